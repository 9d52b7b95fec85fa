"""Where the published ledger lies: tiles, bundles and the checkpoint, each written on a condition.

A tile is written once: putting it again is nothing, putting other bytes at its place is refused. The
checkpoint is replaced only if it is still the one its writer knew. So a second writer, or a database
restored to an older state, cannot silently write over what others may already have read.
"""

import asyncio
import os
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol, Self, TypeVar

from audit.refusal import Refusal

T = TypeVar("T")
AT_ONCE: Final = 64  # files open together


class BlobConflict(Refusal):
    """Other bytes than expected lie there. `path` names the blob."""

    code: ClassVar[str] = "audit:blob_conflict"


@dataclass(frozen=True, slots=True)
class Step:
    """What one batch changes: blobs to make, one to replace (path, data, the data known of it), those outgrown."""

    made: dict[str, bytes]
    replaced: tuple[str, bytes, bytes | None]
    outgrown: tuple[str, ...]


class Blobs(Protocol):
    """A store of blobs by relative path (`tile/0/000`)."""

    async def hold(self) -> bool:
        """Become the one who writes; False while somebody else is."""

    async def let_go(self) -> None:
        """Write no more."""

    async def step(self, step: Step) -> None:
        """Put, swap and delete, in this order; another's bytes raise `BlobConflict`. Durable on return."""

    async def read(self, path: str) -> bytes | None:
        """Return the blob, or None."""

    async def put(self, blobs: dict[str, bytes]) -> None:
        """Make each blob unless it is there; other bytes there raise `BlobConflict`. Durable on return."""

    async def swap(self, path: str, data: bytes, *, old: bytes | None) -> None:
        """Replace a blob if it still is `old` (None: absent) or is `data`; else `BlobConflict`. Durable."""

    async def delete(self, paths: list[str]) -> None:
        """Remove blobs; absent ones are nothing."""


class InTurn:
    """A store that takes a step by its parts, and that nobody has to hold."""

    async def hold(self) -> bool:
        """Become the one who writes."""
        return True

    async def let_go(self) -> None:
        """Write no more."""

    async def step(self: Blobs, step: Step) -> None:
        """Put, swap and delete, in this order."""
        path, data, old = step.replaced
        await self.put(step.made)
        await self.swap(path, data, old=old)
        await self.delete(list(step.outgrown))


class Below:
    """The blobs below a folder of another store: where a later generation of a log publishes."""

    def __init__(self, blobs: Blobs, folder: str) -> None:
        self._blobs = blobs
        self._folder = folder

    async def hold(self) -> bool:
        """Become the one who writes."""
        return await self._blobs.hold()

    async def let_go(self) -> None:
        """Write no more."""
        await self._blobs.let_go()

    async def step(self, step: Step) -> None:
        """Put, swap and delete, in this order."""
        made = {f"{self._folder}/{path}": data for path, data in step.made.items()}
        path, data, old = step.replaced
        outgrown = tuple(f"{self._folder}/{path}" for path in step.outgrown)
        await self._blobs.step(Step(made, (f"{self._folder}/{path}", data, old), outgrown))

    async def read(self, path: str) -> bytes | None:
        """Return the blob, or None."""
        return await self._blobs.read(f"{self._folder}/{path}")

    async def put(self, blobs: dict[str, bytes]) -> None:
        """Make each blob unless it is there."""
        await self._blobs.put({f"{self._folder}/{path}": data for path, data in blobs.items()})

    async def swap(self, path: str, data: bytes, *, old: bytes | None) -> None:
        """Replace a blob if it still is `old`."""
        await self._blobs.swap(f"{self._folder}/{path}", data, old=old)

    async def delete(self, paths: list[str]) -> None:
        """Remove blobs."""
        await self._blobs.delete([f"{self._folder}/{path}" for path in paths])


class FileBlobs(InTurn):
    """Blobs as files below a folder (0700, files 0600)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def read(self, path: str) -> bytes | None:
        """Return the blob, or None."""
        return await finished(self._read, path)

    async def put(self, blobs: dict[str, bytes]) -> None:
        """Make each blob unless it is there."""
        await finished(self._put, blobs)

    async def swap(self, path: str, data: bytes, *, old: bytes | None) -> None:
        """Replace a blob if it still is `old`."""
        await finished(self._swap, path, data, old)

    async def delete(self, paths: list[str]) -> None:
        """Remove blobs."""
        await finished(self._delete, paths)

    def _place(self, path: str) -> Path:
        place = self._folder / path
        if ".." in place.parts or Path(path).is_absolute():
            raise BlobConflict(path=path)
        return place

    def _read(self, path: str) -> bytes | None:
        try:
            return self._place(path).read_bytes()
        except FileNotFoundError:
            return None

    def _put(self, blobs: dict[str, bytes]) -> None:
        """Make files some at a time: flushed together they cost the file system little more than one."""
        several = iter(blobs.items())
        while some := dict(islice(several, AT_ONCE)):
            self._put_some(some)
        for folder in {self._place(path).parent for path in blobs}:
            sync_folder(folder)

    def _put_some(self, blobs: dict[str, bytes]) -> None:
        with ExitStack() as after:
            drafts = [(path, after.enter_context(_Draft(self._place(path), blobs[path]))) for path in blobs]
            for _, draft in drafts:
                draft.flush()
            for path, draft in drafts:
                try:
                    draft.link()
                except FileExistsError:
                    if draft.place.read_bytes() != blobs[path]:
                        raise BlobConflict(path=path) from None

    def _swap(self, path: str, data: bytes, old: bytes | None) -> None:
        present = self._read(path)
        if present == data:
            return
        if present != old:
            raise BlobConflict(path=path)
        self._replace(path, data)

    def _replace(self, path: str, data: bytes) -> None:
        place = self._place(path)
        with _Draft(place, data) as draft:
            draft.flush()
            draft.rename()
        sync_folder(place.parent)

    def _delete(self, paths: list[str]) -> None:
        for path in paths:
            self._place(path).unlink(missing_ok=True)


class _Draft:
    """A file beside the place it is meant for; gone afterwards, whatever became of it."""

    def __init__(self, place: Path, data: bytes) -> None:
        self.place = place
        self._data = data
        self._path = place.with_name(f".{secrets.token_hex(8)}")
        self._handle = -1

    def __enter__(self) -> Self:
        make_folder(self.place.parent)
        self._handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(self._handle, "wb", closefd=False) as file:
                file.write(self._data)
        except BaseException:
            self.__exit__()
            raise
        return self

    def flush(self) -> None:
        """Make what is in it durable."""
        os.fsync(self._handle)

    def link(self) -> None:
        """Give it its name; unlike a rename, this fails if somebody was there first."""
        os.link(self._path, self.place)

    def rename(self) -> None:
        """Give it its name in the place of what had it."""
        self._path.rename(self.place)

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
        self._path.unlink(missing_ok=True)


async def finished(work: Callable[..., T], *arguments: Any) -> T:
    """Do blocking work in a thread, and wait for its end even if cancelled: nothing writes behind us."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def make_folder(folder: Path) -> None:
    """Make a folder (0700) and those above it, durable on return."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's names."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
