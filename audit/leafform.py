"""A leaf as it is written here, known by its bytes alone.

RFC 8785 leaves one spelling for what consists of codes, pseudonyms and times: the parts in this order, without a
space, nothing escaped. A pattern over the bytes therefore proves form and spelling at once, at a fifth of the cost of
reading the JSON and writing it again. What it does not match is not thereby wrong; it is looked at slowly.
"""

import re
from typing import Final, NamedTuple

_CODE: Final = r"[A-Za-z0-9_.:/-]{1,128}"
_TIME: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
_B64: Final = r"[A-Za-z0-9_-]+"
# In the order of canonical JSON; a question mark after a name: may be absent.
_PARTS: Final = (
    ("act", _CODE),
    ("at?", _TIME),
    ("case?", _CODE),
    ("dec", _CODE),
    ("dek?", _B64),
    ("facts?", _B64),
    ("n", _B64),
    ("rc?", _CODE),
    ("reg", _CODE),
    ("req", _CODE),
    ("res?", _CODE),
    ("role", _CODE),
    ("set?", _B64),
    ("sub?", _B64),
    ("tier?", _CODE),
    ("ts", _TIME),
    ("v", ""),
    ("via?", _CODE),
    ("who", _CODE),
    ("why?", _CODE),
)
_WANTED: Final = ("act", "reg", "ts", "facts", "set")


class Said(NamedTuple):
    """What the verifier needs of a leaf, as it stands there."""

    act: bytes
    reg: bytes
    ts: bytes
    facts: bytes | None
    set: bytes | None


def _member(name: str, form: str) -> str:
    bare = name.removesuffix("?")
    value = f'"(?P<{bare}>{form})"' if bare in _WANTED else f'"{form}"' if form else "1"
    lead = "" if bare == _PARTS[0][0] else ","
    member = f'{lead}"{bare}":{value}'
    return f"(?:{member})?" if bare != name else member


_LEAF: Final = re.compile((r"\{" + "".join(_member(*part) for part in _PARTS) + r"\}").encode())
_fullmatch = _LEAF.fullmatch


def said(leaf: bytes) -> Said | None:
    """Return what a leaf of the usual form says; None: read it as JSON to know."""
    match = _fullmatch(leaf)
    return None if match is None else Said(*match.group(*_WANTED))
