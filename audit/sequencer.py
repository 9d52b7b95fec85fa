"""The sequencer: makes leaves of what waits, in one process of the cell at a time, for as long as it lives.

One connection holds the advisory lock and writes every batch. When anything goes wrong it is thrown away,
and the log is read again over a new one: the lock comes free only when the old backend is gone, so by then
a COMMIT whose outcome was unknown has either happened or never will. Only then is anything signed again.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

import asyncpg

from audit import journal, stored
from audit.ahead import Behind, working_ahead
from audit.batch import Batch, Entry, Maker, State, build, next_ts, opening
from audit.blobs import Below, Blobs
from audit.catalogue import may_write
from audit.checkpoint import Checkpoint, origin_of
from audit.claims import facts_of
from audit.covered import Covered, NotCovered, Waiter
from audit.entry import EntryRefused, Facts, Leaf
from audit.note import Verifier
from audit.publish import CHECKPOINT, LogDiverged, catch_up, check_holds, publish
from audit.refusal import Refusal
from audit.replay import Replayed, beyond, replay
from audit.signing_keys import SigningKeys
from audit.stored import Generation

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

ORIGIN: Final = "wx_keeper"
FIRST: Final = Generation()
BATCH: Final = 2048  # rows of each kind: enough for the throughput, few enough to keep the process answering
IDLE_SECONDS: Final = 0.1
TAKE_SECONDS: Final = 0.05
LOCK_SECONDS: Final = 5.0
_BACK_OFF: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
_PASSING: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection just killed by the server, not yet known to be closed
    journal.HeadMoved,
)


class NotLeading(Refusal):
    """Another process sequences this log."""

    code: ClassVar[str] = "audit:not_leading"


class Sequencer:
    """Sequences one region's log: `start`, then `run` as a task; `append` from any task of the same loop."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        *,
        region: str,
        log_name: str,
        signing_seed: bytes,
        next_seed: bytes | None = None,
        link_key: bytes,
        blobs: Blobs,
        now: Callable[[], datetime],
        generation: Generation = FIRST,
        known: Callable[[], Sequence[Checkpoint]] = tuple,
        take_seconds: float = TAKE_SECONDS,
    ) -> None:
        """`known` are checkpoints of this log that others hold: it never goes on without their leaves.

        `next_seed` is a key to come.
        `take_seconds`: while somebody waits for a proof, the database is looked into no more often than that.
        """
        self._pool = pool
        self._blobs = blobs if generation.number == 1 else Below(blobs, str(generation.number))
        self._later = Below(blobs, str(generation.number + 1))
        self._now = now
        self._generation = generation
        self._known = known
        self._signing = SigningKeys(origin_of(log_name, region, generation.number), signing_seed, next_seed)
        self._maker = Maker(region, self._signing.first, link_key)
        self._waiting: deque[Waiter] = deque()
        self._wake = asyncio.Event()
        self._connection: PoolConnectionProxy[asyncpg.Record] | None = None
        self._state = State()
        self._took_at = 0.0
        self._behind = Behind()
        self._take_seconds = take_seconds
        self.last_checkpoint_at: datetime | None = None
        self.failure: str | None = None
        self.replayed: Replayed | None = None
        self._halted = False

    @property
    def leading(self) -> bool:
        """Whether this process holds the log now and can cover an entry."""
        return self._connection is not None

    @property
    def size(self) -> int:
        """How many leaves the newest published checkpoint covers."""
        return self._state.edge.size

    @property
    def waiting_count(self) -> int:
        """How many appended entries wait in memory."""
        return len(self._waiting)

    @property
    def origin(self) -> str:
        """The name of this log, with its generation from the second on."""
        return self._maker.signer.name

    @property
    def vkey(self) -> str:
        """The public key of this log, as verifiers take it; the newest that signs."""
        return str(self._maker.signer.verifier())

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        """Every key whose signature makes a checkpoint this log's own."""
        return self._maker.signer.verifiers()

    async def pending_count(self) -> int:
        """Count what waits in the database."""
        count: int = await self._pool.fetchval("select count(*) from ledger_pending")
        return count

    async def start(self) -> None:
        """Take the lock, check the log and bring its blobs up to it; open the log if there is none.

        `NotLeading` if another process holds the lock, `LogDiverged`, `NoteRefused`, `BlobConflict` if the
        log must not go on.
        """
        patience = asyncio.get_running_loop().time() + LOCK_SECONDS
        while not await self._lead():  # a killed predecessor's backend takes a moment to go
            if asyncio.get_running_loop().time() > patience:
                raise NotLeading
            await asyncio.sleep(_BACK_OFF[0])

    async def run(self) -> None:
        """Sequence until cancelled; outlives restarts of the database, ends on a log that must not go on."""
        failures = 0
        try:
            while True:
                try:
                    worked = await self._turn()
                except _PASSING as problem:
                    self.failure = type(problem).__name__
                    await asyncio.sleep(_BACK_OFF[min(failures, len(_BACK_OFF) - 1)])
                    failures += 1
                    continue
                failures, self.failure = 0, None
                if not worked:
                    await self._idle()
        finally:
            await self._drop()

    def halt(self) -> None:
        """Sign nothing more: it is known by now that this log is not the one that others hold."""
        self._halted = True
        self._wake.set()

    async def stop(self) -> None:
        """Give up the lead after a `start` that no `run` follows; `run` does so itself when it ends."""
        await self._drop()

    async def use_keys(self, signing_seed: bytes, next_seed: bytes | None) -> None:
        """Sign with other keys from the next checkpoint on, as far as the log has announced them."""
        changed = self._signing.change(signing_seed, next_seed)
        self._wake.set()
        await changed

    async def append(self, facts: Facts) -> Covered:
        """Write one entry and wait until a checkpoint that covers it is committed and published."""
        return await self._wait_for([facts])[0]

    async def append_many(self, many: list[Facts]) -> list[Covered]:
        """Write entries, one after the other, and wait until all are covered; else `NotCovered`."""
        return list(await asyncio.gather(*self._wait_for(many)))

    def _wait_for(self, many: Sequence[Facts]) -> "list[asyncio.Future[Covered]]":
        if not self.leading:
            raise NotCovered(reason="not_leading")
        if not all(may_write(ORIGIN, facts.kind) for facts in many):
            raise NotCovered(reason="kind")
        loop = asyncio.get_running_loop()
        waiters = [Waiter(facts, loop.create_future()) for facts in many]
        self._waiting.extend(waiters)
        self._wake.set()
        return [waiter.future for waiter in waiters]

    async def _idle(self) -> None:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _turn(self) -> bool:
        """Do one batch, or take the lead first; say whether more is waiting already."""
        if self._halted:
            raise LogDiverged(reason="behind_witness")
        if self._connection is None and not await self._lead():
            return False
        self._wake.clear()
        waiters = [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH))]
        try:
            if self._signing.is_due:
                await self._settle(self._held())
            return await self._sequence(waiters)
        except BaseException as problem:
            reason = problem.code if isinstance(problem, Refusal) else type(problem).__name__
            for waiter in waiters:
                waiter.fail(NotCovered(reason=reason))
            await self._drop()
            raise

    async def _sequence(self, waiters: list[Waiter]) -> bool:
        connection = self._held()
        if not waiters and not self._behind.row and not await journal.waiting(connection):
            return False
        ts = next_ts(self._state, self._now())
        appended = self._leaves(waiters, ts)
        entries = [(waiter.facts, leaf) for waiter, leaf in appended]
        if entries and not self._is_time_to_take():
            batch = build(self._state, entries, ts, self._maker.signer)
            await journal.write_alone(connection, batch, self._maker.signer.name)
        else:
            behind = self._behind.now(asyncio.get_running_loop().time())
            self._behind = Behind()
            async with connection.transaction():
                taken, last = await self._take(connection, entries, ts, behind.row)
                entries += taken
                if not entries:
                    return False
                batch = build(self._state, entries, ts, self._maker.signer)
                await journal.write_rest(connection, batch, self._maker.signer.name)
            if len(taken) == BATCH:
                self._behind = replace(behind, row=last)
        await self._publish(batch)
        for index, (waiter, leaf) in enumerate(appended, batch.start):
            if not waiter.future.done():
                waiter.future.set_result(
                    Covered(index, leaf.data, batch.state.note, batch.grown.proof(index))
                )
        return max(len(waiters), len(entries) - len(appended)) == BATCH or bool(self._waiting)

    async def _take(
        self,
        connection: "PoolConnectionProxy[asyncpg.Record]",
        before: Sequence[Entry],
        ts: datetime,
        row: int,
    ) -> tuple[list[Entry], int]:
        """Take what waits behind a row and write the leaves of all, those `before` first; give the last row too."""
        taken: list[Entry] = []
        await journal.hold_head(connection, self.origin, self._state.edge.size)
        async with working_ahead(connection, self._state.edge.size, BATCH, row) as ahead:
            rows = await ahead.begin([leaf.data for _, leaf in before])
            while rows:
                made = [self._maker.claimed(facts_of(row), row["origin"], ts) for row in rows]
                following = await ahead.arrived()
                await ahead.put([leaf.data for _, leaf in made], after=following)
                taken += made
                rows = following
        return taken, ahead.last

    def _is_time_to_take(self) -> bool:
        """Say whether to look into the database too: not with every batch that somebody waits for."""
        clock = asyncio.get_running_loop().time()
        if clock < self._took_at + self._take_seconds:
            return False
        self._took_at = clock
        return True

    def _leaves(self, waiters: list[Waiter], ts: datetime) -> list[tuple[Waiter, Leaf]]:
        made: list[tuple[Waiter, Leaf]] = []
        for waiter in waiters:
            try:
                made.append((waiter, self._maker.leaf(waiter.facts, ts)))
            except EntryRefused as refusal:
                waiter.fail(NotCovered(**refusal.fields))
        return made

    async def _publish(self, batch: Batch) -> None:
        before = self._state.note.encode() or None
        size = batch.state.edge.size
        made = batch.blobs()
        await publish(self._blobs, batch.start, size, made=made, before=before, note=batch.state.note)
        self._state = batch.state
        self.last_checkpoint_at = batch.ts

    async def _lead(self) -> bool:
        """Take a connection and the lock, and read where the log stands; False if another process leads."""
        connection = await self._pool.acquire()
        try:
            if not await journal.lead(connection):
                await self._pool.release(connection)
                return False
            if not await self._blobs.hold():
                await journal.discard(self._pool, connection)  # and with it the lock
                return False
            await self._read(connection)
        except BaseException:
            await journal.discard(self._pool, connection)
            await self._blobs.let_go()
            raise
        self._connection = connection
        return True

    async def _read(self, connection: "PoolConnectionProxy[asyncpg.Record]") -> None:
        head = await stored.head(connection)
        keys = await self._signing.accepted(connection)
        if await self._later.read(CHECKPOINT) is not None:
            raise LogDiverged(reason="generation")  # a later one was opened; the database does not know of it
        if (published := await beyond(self._blobs, keys, head)) is not None:
            state = State() if head is None else await journal.load(connection, head, ())
            self.replayed = await replay(connection, self._blobs, state, *published)
            head = await stored.head(connection)
        if head is None:
            await self._open(connection)
            return
        if head.origin != self.origin:
            raise LogDiverged(reason="origin")
        await self._settle(connection)
        keys = await self._signing.accepted(connection)
        state = await journal.load(connection, head, keys)
        for tree in self._others_hold():
            await check_holds(connection, head, tree, "behind_witness")
        await catch_up(connection, self._blobs, head, keys)
        self._state, self.last_checkpoint_at = state, head.signed_at

    async def _settle(self, connection: "PoolConnectionProxy[asyncpg.Record]") -> None:
        self._maker = replace(self._maker, signer=await self._signing.settle(connection, self._blobs))

    def _others_hold(self) -> list[Checkpoint]:
        return [tree for tree in self._known() if tree.origin == self.origin]

    async def _open(self, connection: "PoolConnectionProxy[asyncpg.Record]") -> None:
        """Begin the log with the leaf that says whose it is, which key signs it, and what it continues."""
        if self._others_hold():
            raise LogDiverged(reason="behind_witness")
        ts, signer = self._now(), self._maker.signer
        facts = opening(self._generation, self.vkey, signer.name)
        batch = build(State(), [(facts, self._maker.leaf(facts, ts))], ts, signer)
        async with connection.transaction():
            await journal.write(connection, batch, signer.name)
        self._state = State()
        await self._publish(batch)

    def _held(self) -> "PoolConnectionProxy[asyncpg.Record]":
        if self._connection is None:
            raise NotLeading
        return self._connection

    async def _drop(self) -> None:
        """Give up the lead, and with it every entry that still waits in memory."""
        connection, self._connection = self._connection, None
        while self._waiting:
            self._waiting.popleft().fail(NotCovered(reason="not_leading"))
        if connection is not None:
            await self._blobs.let_go()
            await journal.discard(self._pool, connection)
