"""Classes of deeds with a person's data, by the kind of an entry: opened in clear, seen with masks, or done."""

from typing import Final

OPENED: Final = "opened"
SEEN: Final = "seen"
DONE: Final = "done"
DEEDS: Final = (OPENED, SEEN, DONE)
IN_CLEAR: Final = ("revealed", "copied")
IN_FILES: Final = ("exports:file:built", "exports:file:downloaded")
LOOKED: Final = ("viewed", "previewed", "searched", "downloaded", "read")


def deed_of(kind: str) -> str:
    """Say which class of deeds a kind of entry belongs to."""
    last = kind.rpartition(":")[2]
    if last in IN_CLEAR or kind in IN_FILES:
        return OPENED
    return SEEN if last in LOOKED else DONE


def patterns(deed: str) -> list[str]:
    """Give what kinds of a class look like, as patterns of SQL's `like`; `done` is whatever is neither."""
    return {OPENED: [*(f"%:{word}" for word in IN_CLEAR), *IN_FILES], SEEN: [f"%:{word}" for word in LOOKED]}[
        deed
    ]
