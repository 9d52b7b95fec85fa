"""Taking what waits and writing its leaves while others are being made: the database and we work at the same time.

The database takes about as long for a leaf as we take to make it; one after the other they would take twice that. So
while the leaves of one piece are made, those of the piece before are written and the rows of the next are taken.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from audit import journal

if TYPE_CHECKING:
    from audit.stored import Connection

PIECE: Final = 256  # rows or leaves: enough for a statement to be worth its while
ANEW_SECONDS: Final = 0.5
Rows = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Behind:
    """Behind which waiting row to go on, and when it was begun with the first.

    Rows that are gone are in the way until a vacuum: where many wait, each look from the first on would pass all of
    them. But a row may be committed after rows with a higher id, so it is begun with the first again and again.
    """

    row: int = 0
    since: float = 0.0

    def now(self, clock: float) -> "Behind":
        """Go on behind the same row, or begin anew."""
        return self if self.row and clock < self.since + ANEW_SECONDS else Behind(0, clock)


class Ahead:
    """Takes rows and writes leaves over one connection, a piece at a time, in their order."""

    def __init__(self, connection: "Connection", start: int, limit: int, row: int) -> None:
        self._connection = connection
        self._next = start
        self._left = limit
        self.last = row  # id of the last row taken, or of the one to go on behind
        self._under_way: asyncio.Task[Rows] | None = None

    async def begin(self, leaves: Sequence[bytes]) -> Rows:
        """Take the first rows, and send off these leaves before theirs."""
        rows = await self._take()
        await self.put(leaves, after=rows)
        return rows

    async def put(self, leaves: Sequence[bytes], *, after: Rows) -> None:
        """Send leaves off, and take the rows that follow these."""
        more = len(after) == PIECE and self._left > 0
        self._under_way = asyncio.create_task(self._write(leaves, more=more))
        await asyncio.sleep(0)  # so that it leaves before anything else is made

    async def arrived(self) -> Rows:
        """Wait until what was sent off is written; give the rows that were taken with it."""
        if self._under_way is None:
            return ()
        rows = await self._under_way
        self._under_way = None
        return rows

    async def give_up(self) -> None:
        """Leave the connection free, whatever became of the last piece."""
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.wait([self._under_way])
            self._under_way = None

    async def _write(self, leaves: Sequence[bytes], *, more: bool) -> Rows:
        await journal.put_leaves(self._connection, self._next, leaves)
        self._next += len(leaves)
        return await self._take() if more else ()

    async def _take(self) -> Rows:
        rows = await journal.take(self._connection, min(PIECE, self._left), after=self.last)
        if rows:
            self._left -= len(rows)
            self.last = rows[-1]["id"]
        return rows


@asynccontextmanager
async def working_ahead(connection: "Connection", start: int, limit: int, row: int) -> AsyncIterator[Ahead]:
    """Work ahead within an open transaction, on at most `limit` rows with ids above that of `row`.

    On leaving everything is written, or nothing is under way.
    """
    ahead = Ahead(connection, start, limit, row)
    try:
        yield ahead
        await ahead.arrived()
    finally:
        await ahead.give_up()
