"""The region's keys as they are now: a new epoch takes the old one's place while calls are under way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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

    async def make_log_key(self) -> Custody:
        """Make the log's key to come; raises `CustodyRefused`."""
        return await self._change(lambda custody: custody.with_next_log_key())

    async def drop_log_key(self) -> Custody:
        """Throw the log's key to come away."""
        return await self._change(lambda custody: custody.without_next_log_key())

    async def retire_log_key(self) -> Custody:
        """Put the log's key to come in the place of the old one, which is destroyed."""
        return await self._change(lambda custody: custody.with_log_key_retired())

    async def _change(self, deed: Callable[[Custody], Custody]) -> Custody:
        async with self._changing:
            self._custody = await asyncio.to_thread(deed, self._custody)
            return self._custody

    async def destroy(self, kek_id: UUID) -> Custody:
        """Destroy an old epoch for good; raises `CustodyRefused`."""
        async with self._changing:
            self._custody = await asyncio.to_thread(self._custody.without_epoch, kek_id)
            return self._custody
