"""What the keeper remembers of scans while they come in and while they are shown. Nothing of it is content."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from security.blobs.store import BlobStore, Writing
from security.keeper.scan_messages import BeginScan
from security.sign_in.often import Recently
from security.sign_in.sessions import Session
from security.vault.chunks import Head, SealedScan

MOST_UPLOADS: Final = 16
MOST_OF_ONE: Final = 3
IDLE: Final = timedelta(seconds=60)
MOST_VIEWS: Final = 10_000


@dataclass(slots=True)
class Incoming:
    """A scan that comes in: from whom, under which key, how far it is. One piece at a time."""

    ask: BeginScan = field(repr=False)
    caller: Session
    token: bytes = field(repr=False)
    scan: SealedScan = field(repr=False)
    writing: Writing = field(repr=False)
    touched_at: datetime
    taken: int = 0
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class View:
    """A scan that one session may read until then."""

    subject: UUID
    head: Head
    until: datetime


class ScansHeld:
    """The store, the scans that come in (by their secret name), and those shown (by session token and row)."""

    def __init__(self, store: BlobStore) -> None:
        self.store = store
        self.dropped = Recently(int(IDLE.total_seconds()))
        self.incoming: dict[bytes, Incoming] = {}
        self._views: dict[tuple[bytes, UUID], View] = {}

    def has_room(self, account: UUID) -> bool:
        """Whether one more may come in, at all and from this account."""
        own = sum(one.caller.account == account for one in self.incoming.values())
        return len(self.incoming) < MOST_UPLOADS and own < MOST_OF_ONE

    def idle(self, at: datetime) -> list[Incoming]:
        """Take out those that nobody has sent anything to for a minute."""
        old = [name for name, one in self.incoming.items() if one.touched_at < at - IDLE]
        return [self.incoming.pop(name) for name in old]

    def show(self, token: bytes, row: UUID, view: View, at: datetime) -> None:
        """Let a session read a scan."""
        if len(self._views) >= MOST_VIEWS:
            self._views = {place: seen for place, seen in self._views.items() if seen.until > at}
        self._views[token, row] = view

    def view(self, token: bytes, row: UUID, at: datetime) -> View | None:
        """Give what this session may still read of this row."""
        found = self._views.get((token, row))
        if found is not None and found.until <= at:
            del self._views[token, row]
            return None
        return found
