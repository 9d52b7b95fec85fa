"""Which kinds somebody looks for, by room; pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from audit.catalogue import Kind

LONGEST = 64


@dataclass(frozen=True, slots=True)
class Line:
    """A kind with its name in the reader's language."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Group:
    """The kinds of one room."""

    room: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: words of code or name, a room, a writer, a decision; empty is all."""

    text: str = ""
    room: str = ""
    writer: str = ""
    decision: str = ""


def chosen(kinds: Iterable[Kind], wanted: Wanted, name_of: Callable[[str], str]) -> list[Line]:
    """Return the kinds that fit; every word of the text must stand in the code or the name."""
    words = wanted.text.casefold().split()
    lines = (Line(kind, name_of(kind.code)) for kind in kinds)
    return [line for line in lines if _fits(line, wanted) and _says(line, words)]


def _fits(line: Line, wanted: Wanted) -> bool:
    kind = line.kind
    return (
        wanted.room in {"", kind.room}
        and (not wanted.writer or wanted.writer in kind.origins)
        and (not wanted.decision or wanted.decision in kind.decisions)
    )


def _says(line: Line, words: Sequence[str]) -> bool:
    said = f"{line.kind.code} {line.name}".casefold()
    return all(word in said for word in words)


def grouped(lines: Sequence[Line], order: Sequence[str]) -> list[Group]:
    """Put kinds under their rooms: rooms in the order given, others behind them, kinds by code."""
    rooms = dict.fromkeys([*order, *sorted(line.kind.room for line in lines)])
    groups = (
        Group(
            room,
            tuple(sorted((one for one in lines if one.kind.room == room), key=lambda one: one.kind.code)),
        )
        for room in rooms
    )
    return [group for group in groups if group.lines]
