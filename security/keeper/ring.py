"""The region's keys as they are now: a new epoch takes the old one's place while calls are under way."""

from __future__ import annotations

import asyncio
from uuid import UUID

from security.vault.custody import Custody


class Ring:
    """Holds the custody in force. Whoever opens asks at that moment, so a rewrapped key finds its KEK."""

    def __init__(self, custody: Custody) -> None:
        self._custody = custody
        self._changing = asyncio.Lock()

    @property
    def custody(self) -> Custody:
        """The keys in force."""
        return self._custody

    async def turn(self) -> Custody:
        """Add an epoch, durably, and use it from now on; raises `CustodyRefused`."""
        async with self._changing:
            self._custody = await asyncio.to_thread(self._custody.with_new_epoch)
            return self._custody

    async def destroy(self, kek_id: UUID) -> Custody:
        """Destroy an old epoch for good; raises `CustodyRefused`."""
        async with self._changing:
            self._custody = await asyncio.to_thread(self._custody.without_epoch, kek_id)
            return self._custody
