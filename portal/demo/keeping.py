"""Keeping the ledger of two months in a few seconds: the real sequencer, on a clock that is moved.

What web and worker state goes the way it always goes: into `ledger_pending` under their own login role, which the
database stamps and the sequencer checks. Nothing is written to the ledger beside it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from audit import stored
from audit.blobs import FileBlobs, InTurn
from audit.covered import NotCovered
from audit.entry import Facts, facts_digest
from audit.note import parse_vkey
from audit.publish import catch_up
from audit.sequencer import Sequencer
from portal.demo.settings import DemoSettings
from security.keeper.keys_made import state_keys
from security.vault.custody import Custody

COLUMNS = (
    "kind decision who role request subject members field tier purpose reason_commitment reference dek via"
    " document"
)
LOOK = 0.0005  # seconds between two looks at how far the sequencer is
QUICK = {"synchronous_commit": "off", "application_name": "demo ledger"}
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened at one instant, by who writes it: the keeper, web, the worker."""

    at: datetime
    keeper: tuple[Facts, ...] = ()
    web: tuple[Facts, ...] = ()
    worker: tuple[Facts, ...] = ()

    def __len__(self) -> int:
        """Count the entries."""
        return len(self.keeper) + len(self.web) + len(self.worker)


@dataclass(slots=True)
class Clock:
    """A clock that is moved by hand, never back."""

    at: datetime

    def __call__(self) -> datetime:
        """Read it."""
        return self.at

    def move(self, at: datetime) -> None:
        """Move it on."""
        self.at = max(self.at, at)


@dataclass(slots=True)
class MemoryBlobs(InTurn):
    """Holds what is published until the end; then the whole log is put where it belongs, each tile once."""

    held: dict[str, bytes] = field(default_factory=dict)

    async def read(self, path: str) -> bytes | None:
        """Return the blob, or None."""
        return self.held.get(path)

    async def put(self, blobs: dict[str, bytes]) -> None:
        """Keep the blobs."""
        self.held.update(blobs)

    async def swap(self, path: str, data: bytes, *, old: bytes | None) -> None:  # noqa: ARG002 -- nobody else writes
        """Replace a blob."""
        self.held[path] = data

    async def delete(self, paths: list[str]) -> None:
        """Remove blobs."""
        for path in paths:
            self.held.pop(path, None)


class LedgerKeeper:
    """Writes moments into the ledger, one after the other."""

    def __init__(
        self, sequencer: Sequencer, running: "asyncio.Task[None]", clock: Clock, web: Any, worker: Any
    ) -> None:
        self._sequencer = sequencer
        self._running = running
        self._clock = clock
        self._web = web
        self._worker = worker

    @property
    def size(self) -> int:
        """How many entries the ledger has."""
        return self._sequencer.size

    async def keep(self, moments: Sequence[Moment], progress: Progress) -> None:
        """Write all moments, which are in the order of their time."""
        for count, moment in enumerate(moments, 1):
            await self._write(moment)
            progress(count, len(moments))

    async def as_worker(self, at: datetime, deed: Callable[[Any], Awaitable[int]]) -> None:
        """Let the worker's own code do something that states so many entries as it says."""
        self._clock.move(at)
        before = self._sequencer.size
        async with self._worker.transaction():
            await self._worker.execute("select set_config('role', 'wx_as_worker', true)")
            count = await deed(self._worker)
        await self._reached(before + count)

    async def _reached(self, expected: int) -> None:
        await self._sequencer.append_many([])  # wakes the sequencer
        while self._sequencer.size < expected:
            if self._running.done():
                raise NotCovered(reason="not_leading")
            await asyncio.sleep(LOOK)

    async def _write(self, moment: Moment) -> None:
        self._clock.move(moment.at)
        expected = self._sequencer.size + len(moment)
        for connection, stated in ((self._web, moment.web), (self._worker, moment.worker)):
            if stated:
                rows = [_row(facts) for facts in stated]
                await connection.copy_records_to_table(
                    "ledger_pending", columns=COLUMNS.split(), records=rows
                )
        await self._sequencer.append_many(list(moment.keeper))  # without any it only wakes the sequencer
        while self._sequencer.size < expected:
            if self._running.done():
                raise NotCovered(reason="not_leading")
            await asyncio.sleep(LOOK)


@contextlib.asynccontextmanager
async def ledger_kept(
    settings: DemoSettings, custody: Custody, began_at: datetime
) -> AsyncIterator[LedgerKeeper]:
    """Open the log as of `began_at`; at the end put all of it into the blob store."""
    clock = Clock(began_at)
    async with contextlib.AsyncExitStack() as stack:
        pool = await asyncpg.create_pool(settings.database_url, min_size=2, max_size=3, server_settings=QUICK)
        stack.callback(pool.terminate)
        web, worker = [
            await stack.enter_async_context(_speaking_as(settings, r)) for r in ("wx_web", "wx_worker")
        ]
        sequencer = Sequencer(
            pool,
            region=settings.region,
            log_name=settings.log_name,
            signing_seed=custody.log_signing_seed,
            link_key=custody.link_key,
            blobs=MemoryBlobs(),
            now=clock,
            take_seconds=0.0,  # each moment's entries, from both sides, stand under its own time
        )
        await sequencer.start()
        running = asyncio.get_running_loop().create_task(sequencer.run())
        stack.push_async_callback(_ended, running)
        await state_keys(pool, sequencer, custody)
        yield LedgerKeeper(sequencer, running, clock, web, worker)
        await _publish(pool, settings, sequencer.vkey)


@contextlib.asynccontextmanager
async def _speaking_as(settings: DemoSettings, role: str) -> AsyncIterator[Any]:
    """Connect as superuser and become a login role: the database then stamps its entries with that name."""
    connection = await asyncpg.connect(settings.database_url, server_settings=QUICK)
    try:
        await connection.execute(f"set session authorization {role}")
        yield connection
    finally:
        connection.terminate()


async def _publish(pool: Any, settings: DemoSettings, vkey: str) -> None:
    async with pool.acquire() as connection:
        head = await stored.head(connection)
        if head is not None:
            await catch_up(connection, FileBlobs(settings.blobs), head, [parse_vkey(vkey)])


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _row(facts: Facts) -> tuple[Any, ...]:
    document = None if facts.document is None else facts_digest(facts.document)[0]
    who = (facts.kind, facts.decision, facts.who, facts.role, facts.request)
    whom = (facts.subject, list(facts.members) or None, facts.field, facts.tier)
    why = (facts.purpose, facts.reason_commitment, facts.reference, facts.dek, facts.via)
    return (*who, *whom, *why, document)


def in_order(moments: Iterable[Moment], last: datetime) -> list[Moment]:
    """Sort moments by time and leave out what has not happened yet."""
    return sorted((m for m in moments if m.at < last and len(m)), key=lambda moment: moment.at)
