"""What is kept beside leaves, as an export has it: lines in the order of their leaves, each read on its own."""

import hashlib
import re
from base64 import urlsafe_b64decode
from binascii import a2b_base64
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

from audit import jcs, merkle
from audit.bundle import FACTS, SETS, BundleReader, BundleUnusable
from audit.entry import EntryRefused, b64url, view_set

Line: TypeAlias = tuple[int, bytes]  # whose leaf, and the line without its newline
_INDEX: Final = "(0|[1-9][0-9]{0,18})"
_DOCUMENT: Final = re.compile(rb'\{"document":.*,"index":%s\}' % _INDEX.encode(), re.DOTALL)
_SET: Final = re.compile(rb'\{"index":%s,"members":.*\}' % _INDEX.encode(), re.DOTALL)
_PERSON: Final = rb'\["([A-Za-z0-9_-]{43})","([A-Za-z0-9_-]{22})"\]'
_PEOPLE: Final = re.compile(rb"\[%s(?:,%s)*\]" % (_PERSON, _PERSON))
_EACH: Final = re.compile(_PERSON)
_TO_PLAIN: Final = bytes.maketrans(b"-_", b"+/")
_PAIR: Final = 2


def lines(reader: BundleReader, path: str) -> Iterator[Line]:
    """Give the lines of one side file with the leaves that they belong to; `BundleUnusable` (line)."""
    form = _DOCUMENT if path == FACTS else _SET
    for line in reader.lines(path):
        match = form.fullmatch(line)
        if match is None:
            raise BundleUnusable(reason="line", path=path)
        yield int(match[1]), line


class Ahead:
    """A stream of lines, cut where a part of the log ends."""

    def __init__(self, stream: Iterable[Line]) -> None:
        self._stream = iter(stream)
        self._next = next(self._stream, None)

    def until(self, end: int) -> list[Line]:
        """Take the lines of leaves below `end`."""
        if self._next is None or self._next[0] >= end:
            return []
        taken, self._next = [self._next], None
        for line in self._stream:
            if line[0] >= end:
                self._next = line
                break
            taken.append(line)
        return taken

    def left(self) -> int | None:
        """Return whose the next line is, or None."""
        return None if self._next is None else self._next[0]


class Beside:
    """The lines of one part, taken one leaf after the other."""

    def __init__(self, taken: Iterable[Line]) -> None:
        self._lines = iter(taken)
        self._next = next(self._lines, None)

    def take(self, index: int) -> bytes | None:
        """Return the line of this leaf, or None."""
        if self._next is None or self._next[0] != index:
            return None
        line = self._next[1]
        self._next = next(self._lines, None)
        return line

    def left(self) -> int | None:
        """Return the index of the first line that no leaf claimed, or None."""
        return None if self._next is None else self._next[0]


def document_of(line: bytes) -> str | None:
    """Return the document that a line holds; None if it is none. `BundleUnusable` if it is not canonical."""
    text = _value(line, FACTS).get("document")
    return text if isinstance(text, str) else None


def digest_of(document: str) -> bytes | None:
    """Return what a leaf that commits to this document says; None of a text that has no bytes."""
    try:
        return b64url(hashlib.sha256(document.encode()).digest()).encode()
    except UnicodeEncodeError:
        return None


def set_of(line: bytes) -> bytes:
    """Return the set that the members of a line make; of anything but members, a set that none makes."""
    people = line[line.index(b'"members":') + len(b'"members":') : -1]
    if _PEOPLE.fullmatch(people) is None:
        return _odd_set(line)
    hashes = [
        merkle.leaf_hash(sub + a2b_base64(nonce.translate(_TO_PLAIN) + b"=="))
        for sub, nonce in _EACH.findall(people)
    ]
    return b64url(merkle.root_of(hashes)).encode()


def _odd_set(line: bytes) -> bytes:
    members = _value(line, SETS).get("members")
    if not isinstance(members, list) or not all(_is_member(member) for member in members):
        return b""
    try:
        subs, nonces = [sub for sub, _ in members], [urlsafe_b64decode(nonce + "==") for _, nonce in members]
        return view_set(subs, nonces).encode()
    except (EntryRefused, ValueError):
        return b""


def _is_member(member: object) -> bool:
    return (
        isinstance(member, list)
        and len(member) == _PAIR
        and all(isinstance(part, str) and part.isascii() for part in member)
    )


def _value(line: bytes, path: str) -> dict[str, Any]:
    try:
        value = jcs.parse(line)
    except jcs.JcsRefused:
        raise BundleUnusable(reason="line", path=path) from None
    return value if isinstance(value, dict) else {}
