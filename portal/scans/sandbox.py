"""Having a file redrawn, or a page marked, by a closed-off process that lives for this one job.

The process gets the bytes by a pipe and answers by a pipe; it inherits no environment, no descriptor, no
transaction. What it says is not trusted: an answer that is not of the agreed shape is no answer.
"""

import asyncio
import sys
from pathlib import Path
from typing import Final

import structlog

from portal.scans.rules import DAMAGED, MOST_CONTENT, SAID_INSIDE, TOO_MUCH_WORK, Unbound, unbind
from portal.web.refusals import Busy, FormRefused

ROOT: Final = Path(__file__).resolve().parents[2]
SECONDS: Final = 25.0
AT_ONCE: Final = 2
WAITING: Final = 8
_BEGIN: Final = "import sys; sys.path.append(sys.argv[1]); from portal.scans.inside.work import main; main()"
_MOST: Final = MOST_CONTENT + 1024

log = structlog.get_logger("portal.scans")


class FileRefused(FormRefused):
    """The file cannot be taken; beside the field stands why."""

    def __init__(self, code: str) -> None:
        super().__init__({"file": code})


class Sandbox:
    """Runs jobs, two at once; when too many wait already, one more is told to come back."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def redraw(self, data: bytes) -> bytes:
        """Give the pages of a file, drawn anew and bound. Raises FileRefused, Busy."""
        answer = await self._job(b"D" + data)
        try:
            unbind(answer)
        except Unbound:
            raise FileRefused(DAMAGED) from None
        return answer

    async def mark(self, page: bytes, text: str) -> bytes:
        """Give a page with the text drawn into it. Raises FileRefused, Busy."""
        line = text.encode("ascii", "replace")[:255]
        return await self._job(b"M" + bytes((len(line),)) + line + page)

    async def _job(self, job: bytes) -> bytes:
        if self._waiting >= WAITING:
            raise Busy
        self._waiting += 1
        try:
            async with self._places:
                return await _run(job)
        finally:
            self._waiting -= 1


async def _run(job: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-B",
        "-c",
        _BEGIN,
        str(ROOT),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(SECONDS):
            _, answer = await asyncio.gather(_send(process, job), _receive(process))
            await process.wait()
    except TimeoutError:
        log.warning("scan_took_too_long")
        raise FileRefused(TOO_MUCH_WORK) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _believed(answer, process.returncode)


async def _send(process: asyncio.subprocess.Process, job: bytes) -> None:
    if process.stdin is None:
        raise LookupError
    try:
        process.stdin.write(job)
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        pass  # it ended before it had read all; its answer says why, or its end does
    finally:
        process.stdin.close()


async def _receive(process: asyncio.subprocess.Process) -> bytes:
    """Read at most so much: whoever took over the process could write for ever."""
    if process.stdout is None:
        raise LookupError
    parts, total = [], 0
    while part := await process.stdout.read(65_536):
        total += len(part)
        if total > _MOST:
            process.kill()
            return b""
        parts.append(part)
    return b"".join(parts)


def _believed(answer: bytes, code: int | None) -> bytes:
    if code == 0 and answer[:1] == b"+":
        return answer[1:]
    said = answer[1:].decode("ascii", "replace") if answer[:1] == b"-" else ""
    if code == 0 and said in SAID_INSIDE:
        raise FileRefused(said)
    log.warning("scan_process_ended", code=code)
    raise FileRefused(TOO_MUCH_WORK if code is not None and code < 0 else DAMAGED)


SANDBOX: Final = Sandbox()
"""The sandbox of this web process."""
