"""A store of sealed scans: written as a stream and there only when whole, read by ranges, listed, deleted.

It is not the ledger's store (`audit/blobs.py`), which writes small things on a condition and never deletes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final, NamedTuple, Protocol


class BlobsAway(Exception):  # noqa: N818 - errors are named for what was refused
    """The store cannot be reached or has no room; nothing half-written is there. `cause` is a code."""

    code: Final = "security:blobs_away"

    def __init__(self, cause: str) -> None:
        super().__init__(self.code, cause)
        self.cause = cause


class BlobMissing(Exception):  # noqa: N818 - errors are named for what was refused
    """No such blob, or fewer bytes than were asked for."""

    code: Final = "security:blob_missing"


class StoreRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """The address of a store is not understood; it may hold a secret and is not repeated."""

    code: Final = "security:store_refused"


class Stored(NamedTuple):
    """A blob that is there, or an upload that was never finished: its name, and since when."""

    name: str
    at: datetime


class Writing(Protocol):
    """A blob being written. Until `finish` returns nobody sees any of it; then it is durable."""

    async def write(self, data: bytes) -> None:
        """Append; waits until the store has taken it up. Raises `BlobsAway`."""

    async def finish(self) -> None:
        """Put the whole blob in its place. Raises `BlobsAway`."""

    async def drop(self) -> None:
        """Throw away what was written; raises nothing."""


class BlobStore(Protocol):
    """Blobs by name (`[0-9a-f-]+`)."""

    async def begin(self, name: str) -> Writing:
        """Begin a new blob. Raises `BlobsAway`."""

    async def read(self, name: str, start: int, length: int) -> bytes:
        """Return exactly so many bytes. Raises `BlobMissing`, `BlobsAway`."""

    def names(self) -> AsyncIterator[Stored]:
        """List every blob. Raises `BlobsAway`."""

    async def delete(self, name: str) -> None:
        """Remove a blob; an absent one is nothing. Raises `BlobsAway`."""

    async def forget_unfinished(self, before: datetime) -> int:
        """Remove what was begun before then and never finished; say how many. Raises `BlobsAway`."""
