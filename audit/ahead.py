"""Writing a batch's leaves while it is still being made: one piece is on its way as the next is drawn up.

The database takes about as long to write a leaf as we to make it; one after the other they would take twice that.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from audit import journal

if TYPE_CHECKING:
    from audit.stored import Connection

PIECE: Final = 256  # leaves: enough for a statement to be worth its while


class Ahead:
    """Writes leaves over one connection, in their order, a piece at a time."""

    def __init__(self, connection: "Connection", start: int) -> None:
        self._connection = connection
        self._next = start
        self._writing: asyncio.Task[None] | None = None

    async def put(self, leaves: Sequence[bytes]) -> None:
        """Send a piece off once the one before it is written; raises what that one raised."""
        await self.arrived()
        self._writing = asyncio.create_task(journal.put_leaves(self._connection, self._next, leaves))
        self._next += len(leaves)
        await asyncio.sleep(0)  # so that it leaves before the next is made

    async def arrived(self) -> None:
        """Wait until all that was sent off is written."""
        if self._writing is not None:
            await self._writing
            self._writing = None

    async def give_up(self) -> None:
        """Leave the connection free, whatever became of the last piece."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait([self._writing])
            self._writing = None


@asynccontextmanager
async def writing_ahead(connection: "Connection", start: int) -> AsyncIterator[Ahead]:
    """Write ahead within an open transaction; on leaving everything is written, or nothing is under way."""
    ahead = Ahead(connection, start)
    try:
        yield ahead
        await ahead.arrived()
    finally:
        await ahead.give_up()
