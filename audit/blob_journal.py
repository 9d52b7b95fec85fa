"""A journal of steps: one file, written over from its beginning, one flush a step.

A record is magic, number, length, SHA-256 and body. Numbers go up by one without end, so that what an earlier
round left behind in the file is no continuation; a record that was cut off was never acknowledged.
"""

import hashlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from audit.blobs import Step

MAGIC: Final = b"wxj1"
ROOM: Final = (
    4 * 1024 * 1024
)  # written ahead, so that a flush finds no new block to enter into the file system
HEAD: Final = struct.Struct(">4sQI32s")
_SIZE: Final = struct.Struct(">I")
_NONE: Final = 0xFFFF_FFFF


class Journal:
    """One file of records; not for two writers at once."""

    def __init__(self, path: Path) -> None:
        """Open the file (0600), made if need be. Raises OSError."""
        self.handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._end = 0

    @property
    def size(self) -> int:
        """How many bytes of records were appended since it was last forgotten."""
        return self._end

    def make_room(self) -> None:
        """Write zeros where the file is shorter than `ROOM`."""
        there = os.fstat(self.handle).st_size
        if there < ROOM:
            os.pwrite(self.handle, bytes(ROOM - there), there)
            os.fsync(self.handle)

    def append(self, number: int, step: Step) -> None:
        """Write one record behind the last. Durable on return; after an OSError it counts as not written."""
        body = encode(step)
        record = HEAD.pack(MAGIC, number, len(body), _digest(number, body)) + body
        written = os.pwrite(self.handle, record, self._end)
        if written != len(record):
            raise OSError("short write")
        os.fdatasync(self.handle)
        self._end += written

    def read(self) -> list[tuple[int, Step]]:
        """Return the records that are whole and follow each other."""
        data = os.pread(self.handle, os.fstat(self.handle).st_size, 0)
        found: list[tuple[int, Step]] = []
        at = 0
        while (record := _record(data, at)) is not None and (not found or record[0] == found[-1][0] + 1):
            number, body = record
            found.append((number, decode(body)))
            at += HEAD.size + len(body)
        return found

    def forget(self) -> None:
        """Say that its records are of no more use. Durable on return."""
        os.pwrite(self.handle, bytes(HEAD.size), 0)
        os.fdatasync(self.handle)
        self._end = 0

    def close(self) -> None:
        """Let go of the file, and of any lock on it."""
        os.close(self.handle)


def encode(step: Step) -> bytes:
    """Write a step as bytes: three counted lists, each string behind its length."""
    path, data, old = step.replaced
    parts = [_SIZE.pack(len(step.made)), *(part for one in step.made.items() for part in _pair(*one))]
    parts += [*_pair(path, data), *_bytes(old)]
    parts += [
        _SIZE.pack(len(step.outgrown)),
        *(part for one in step.outgrown for part in _bytes(one.encode())),
    ]
    return b"".join(parts)


def decode(body: bytes) -> Step:
    """Read a step that `encode` wrote."""
    reading = _Reading(body)
    made = {reading.text(): reading.some() for _ in range(reading.count())}
    replaced = reading.text(), reading.some(), reading.blob()
    return Step(made, replaced, tuple(reading.text() for _ in range(reading.count())))


class _Reading:
    """Takes one thing after the other from bytes whose hash was checked."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def count(self) -> int:
        (count,) = _SIZE.unpack_from(self._body, self._at)
        self._at += _SIZE.size
        return int(count)

    def blob(self) -> bytes | None:
        size = self.count()
        if size == _NONE:
            return None
        self._at += size
        return self._body[self._at - size : self._at]

    def some(self) -> bytes:
        return self.blob() or b""

    def text(self) -> str:
        return self.some().decode()


def _pair(path: str, data: bytes) -> Iterator[bytes]:
    yield from _bytes(path.encode())
    yield from _bytes(data)


def _bytes(data: bytes | None) -> tuple[bytes, ...]:
    return (_SIZE.pack(_NONE),) if data is None else (_SIZE.pack(len(data)), data)


def _digest(number: int, body: bytes) -> bytes:
    return hashlib.sha256(number.to_bytes(8, "big") + body).digest()


def _record(data: bytes, at: int) -> tuple[int, bytes] | None:
    if len(data) - at < HEAD.size:
        return None
    magic, number, size, digest = HEAD.unpack_from(data, at)
    body = data[at + HEAD.size : at + HEAD.size + size]
    whole = magic == MAGIC and len(body) == size and digest == _digest(number, body)
    return (number, body) if whole else None
