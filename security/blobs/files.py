"""Blobs as files below a folder (0700, files 0600): a draft, flushed, linked to its name when it is whole."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from security.blobs.store import BlobMissing, BlobsAway, Stored

_NAME: Final = re.compile(r"[0-9a-f-]{2,64}")
_DRAFT: Final = ".draft-"


class Files:
    """A store in a folder, which is made at the first write. Names are spread over 256 folders by their end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def begin(self, name: str) -> FileWriting:
        """Begin a new blob."""
        writing: FileWriting = await _done(FileWriting, self._place(name))
        return writing

    async def read(self, name: str, start: int, length: int) -> bytes:
        """Return exactly so many bytes."""
        data: bytes = await _done(_read, self._place(name), start, length)
        if len(data) != length:
            raise BlobMissing
        return data

    async def names(self) -> AsyncIterator[Stored]:
        """List every blob, folder by folder."""
        for folder in await _done(_entries, self._folder):
            for entry in await _done(_entries, folder):
                if not entry.name.startswith("."):
                    yield Stored(entry.name, _since(entry))

    async def delete(self, name: str) -> None:
        """Remove a blob."""
        await _done(self._place(name).unlink, missing_ok=True)

    async def forget_unfinished(self, before: datetime) -> int:
        """Remove drafts that a dead process left behind."""
        left = 0
        for folder in await _done(_entries, self._folder):
            for entry in await _done(_entries, folder):
                if entry.name.startswith(_DRAFT) and _since(entry) < before:
                    await _done(entry.unlink, missing_ok=True)
                    left += 1
        return left

    def _place(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise BlobMissing
        return self._folder / name[-2:] / name


class FileWriting:
    """A draft beside the place of its blob; a rename would overwrite, a link refuses."""

    def __init__(self, place: Path) -> None:
        self._place = place
        for folder in (place.parent.parent, place.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._draft = place.with_name(f"{_DRAFT}{secrets.token_hex(8)}")
        self._file = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    async def write(self, data: bytes) -> None:
        """Append."""
        await _done(_write_all, self._file, data)

    async def finish(self) -> None:
        """Flush, link, flush the folder."""
        await _done(self._finish)

    async def drop(self) -> None:
        """Throw the draft away."""
        try:
            await _done(self._drop)
        except BlobsAway:
            return  # the worker finds it

    def _finish(self) -> None:
        os.fsync(self._file)
        os.link(self._draft, self._place)
        self._drop()
        folder = os.open(self._place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _drop(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._draft.unlink(missing_ok=True)


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _read(place: Path, start: int, length: int) -> bytes:
    try:
        file = os.open(place, os.O_RDONLY)
    except FileNotFoundError:
        raise BlobMissing from None
    try:
        return os.pread(file, length, start)
    finally:
        os.close(file)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _since(entry: Path) -> datetime:
    try:
        return datetime.fromtimestamp(entry.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.max.replace(tzinfo=UTC)  # somebody else has just removed it


async def _done(work: Any, *arguments: Any, **named: Any) -> Any:
    """Do it in a thread; what the disk refuses becomes `BlobsAway` with the name of the error, never a path."""
    try:
        return await asyncio.to_thread(work, *arguments, **named)
    except OSError as error:
        raise BlobsAway(type(error).__name__) from None
