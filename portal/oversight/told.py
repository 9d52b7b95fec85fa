"""How far an export is, told to whoever waits for it: written beside the transaction that reads the ledger."""

import asyncio
from types import TracebackType
from typing import Any, Self
from uuid import UUID

BEGUN, WRITTEN = 10, 99  # per cent when reading begins, and when all is read
PAUSE = 0.5  # seconds between two tellings


class Told:
    """While it is open it writes now and then what `reached` was told last."""

    def __init__(self, work: Any, export: UUID) -> None:
        self._work = work
        self._export = export
        self._now = self._written = BEGUN
        self._task: asyncio.Task[None] | None = None

    def reached(self, done: int, total: int) -> None:
        """Remember that `done` of `total` steps are done."""
        self._now = BEGUN + (WRITTEN - BEGUN) * done // max(total, 1)

    async def __aenter__(self) -> Self:
        """Begin telling."""
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell no more; that a telling failed does not matter to the export."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            await self.tell()

    async def tell(self) -> None:
        """Write how far it is, if it is further than when last written."""
        if self._now == self._written:
            return
        async with self._work() as connection:
            await connection.execute(
                "update ledger_export set progress = $2 where id = $1 and state = 'building'",
                self._export,
                self._now,
            )
        self._written = self._now
