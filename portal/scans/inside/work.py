"""The closed-off process: reads one job from standard input, writes one answer to standard output, ends.

A job is `D` and a file, or `M`, the length of a text (1 byte), the text, and a page. An answer is `+` and bytes,
or `-` and a code.
"""

import os
import sys
from typing import Final

from portal.scans.inside.closing import close_off
from portal.scans.inside.drawing import Undrawn, drawn, marked, settle
from portal.scans.rules import DAMAGED, MOST_BYTES, MOST_CONTENT, TOO_LARGE

_MOST: Final = max(MOST_BYTES, MOST_CONTENT) + 512


def main() -> None:
    """Do one job."""
    settle()
    close_off()
    try:
        answer = b"+" + _done(_job())
    except Undrawn as refused:
        answer = b"-" + refused.code.encode()
    _write(answer)
    os._exit(0)  # nothing of a library runs any more


def _job() -> bytes:
    job = sys.stdin.buffer.read(_MOST + 1)
    if len(job) > _MOST:
        raise Undrawn(TOO_LARGE)
    return job


def _done(job: bytes) -> bytes:
    what, rest = job[:1], job[1:]
    if what == b"D":
        return drawn(rest)
    if what == b"M" and rest:
        end = 1 + rest[0]
        return marked(rest[end:], rest[1:end].decode("ascii", "replace"))
    raise Undrawn(DAMAGED)


def _write(answer: bytes) -> None:
    view = memoryview(answer)
    while view:
        view = view[os.write(1, view) :]
