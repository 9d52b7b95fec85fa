"""The worker: what is done after the answer: exports, the daily residency statement, forgetting what is old."""

import asyncio
import contextlib
import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from audit.entry import Facts
from audit.ledger import export, record
from audit.refusal import Refusal
from portal.approvals.work import KEPT as TOLD
from portal.approvals.work import open_reviews
from portal.attestations.work import KEPT as REVIEWED
from portal.attestations.work import open_access_reviews
from portal.auditors.work import invitations_kept
from portal.desk.telling import Teller
from portal.exports.work import make_files, remove_files
from portal.extracts.schedules import KEPT as REPORTS
from portal.extracts.work import ExtractMaker, remove_extracts
from portal.links.work import LinkEnder, links_kept
from portal.notices.work import KEPT
from portal.outbox.work import keep_promises
from portal.oversight.charts import columns_folder
from portal.oversight.relay import Relay
from portal.oversight.told import Told
from portal.oversight.work import keep_columns
from portal.quotes.work import expire_quotes
from portal.reports.work import ask_monthly, begin_again, make_reports
from portal.scans.work import collect_orphans
from portal.trail.work import make_digests, tell_disputes, trail_kept
from portal.web.ids import new_id
from portal.web.settings import WebSettings
from security.blobs.opening import open_store
from security.keeper.client import KeeperClient, KeeperRefused, KeeperUnavailable

log = structlog.get_logger("portal.worker")
POLL = 0.25
SELDOM = timedelta(seconds=2)  # between two looks for what nobody waits for
SWEEP = timedelta(minutes=10)  # between two looks for scans that no row names, and for digests that are due
KEEPER_SECONDS = 2.0
FORGET_KEYS = timedelta(hours=24)
FORGET_VIEWS = timedelta(hours=1)
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection just killed by the server, not yet known to be closed
)


class Worker:
    """One worker process: polls, because NOTIFY on the write path would halve commits."""

    def __init__(self, settings: WebSettings) -> None:
        self.settings = settings
        self.pool: Any = None
        self.keeper = KeeperClient(settings.keeper_url)
        self.teller = Teller(settings)
        self.links = LinkEnder(self.keeper)
        self.extracts = ExtractMaker(settings, lambda: datetime.now(UTC))
        self.stopping = asyncio.Event()
        self._seldom_at = datetime.min.replace(tzinfo=UTC)
        self._swept_at = datetime.min.replace(tzinfo=UTC)
        self._interrupted = True  # by the end of the process before this one, or by a lost database

    async def run(self) -> None:
        """Work until told to stop; a database that is away is waited for."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        relaying = asyncio.create_task(Relay(self.keeper, self.settings.front_url).run())
        promises = asyncio.create_task(
            keep_promises(
                self.settings,
                {
                    **KEPT,
                    **TOLD,
                    **REVIEWED,
                    **REPORTS,
                    **links_kept(self.keeper),
                    **trail_kept(self.keeper),
                    **invitations_kept(self.keeper),
                },
                self.stopping,
            )
        )
        columns = asyncio.create_task(keep_columns(self._work, columns_folder(self.settings), self.stopping))
        while not self.stopping.is_set():
            try:
                await self._once()
            except (OSError, asyncpg.PostgresError, *LOST) as failure:
                self._interrupted = True
                log.warning("worker_waits", error=type(failure).__name__)
                await self._pause(1.0)
            await self._pause(POLL)
        relaying.cancel()
        await self.extracts.stop()
        await asyncio.wait([relaying, promises, columns])
        await promises
        await columns
        await self.keeper.close()
        if self.pool is not None:
            self.pool.terminate()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)

    async def _once(self) -> None:
        if self.pool is None:
            self.pool = await asyncpg.create_pool(self.settings.database_url, min_size=1, max_size=4)
        if self._interrupted:
            await self._forget_halves()
            self._interrupted = False
        at = datetime.now(UTC)
        await self._exports(at)
        self.extracts.tend(self._work)
        if at >= self._seldom_at + SELDOM:
            await self._state_residency(at)
            await self._quotes(at)
            await self.links.tend(at)
            await self._agreed(at)
            await self._disputes(at)
            await make_reports(self._work, self.settings.region, at)
            await self._forget(at)
            self._seldom_at = at
        if at >= self._swept_at + SWEEP:
            self._swept_at = at
            await self._reviews(at)
            store = open_store(self.settings.scan_store, self.settings.region)
            await collect_orphans(self._work, store, at)
            async with self._work() as connection:
                await make_digests(connection, at)
        self.teller.tend(self._work, at)

    @contextlib.asynccontextmanager
    async def _work(self, **options: Any) -> Any:
        if self.pool is None:
            raise ConnectionError  # not yet
        async with self.pool.acquire() as connection, connection.transaction(**options):
            await connection.execute("select set_config('role', 'wx_as_worker', true)")
            yield connection

    def _facts(self, kind: str, **more: Any) -> Facts:
        return Facts(kind=kind, who="worker", role="system", request=new_id(), **more)

    async def _forget_halves(self) -> None:
        """Begin an export again that was left half-made."""
        async with self._work() as connection:
            await connection.execute(
                "update ledger_export set state = 'waiting', progress = 0 where state = 'building'"
            )
            await begin_again(connection)

    async def _exports(self, at: datetime) -> None:
        async with self._work() as connection:
            wanted = await connection.fetchval(
                "update ledger_export set state = 'building', progress = 10 where id = (select id from ledger_export"
                " where state = 'waiting' order by requested_at limit 1 for update skip locked) returning id"
            )
        if wanted is None:
            return
        folder = self.settings.blob_folder / "exports"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        half, whole = folder / f"{wanted}.part", folder / f"{wanted}.zip"
        try:
            async with Told(self._work, wanted) as told:
                size, entries = await self._build(half, whole, told)
        except LOST:
            raise  # begun again when the database is back
        except (OSError, asyncpg.PostgresError, Refusal) as failure:
            half.unlink(missing_ok=True)
            log.error("export_failed", error=_name(failure))
            async with self._work() as connection:
                await connection.execute(
                    "update ledger_export set state = 'failed', failure = $2 where id = $1",
                    wanted,
                    _name(failure),
                )
            return
        async with self._work() as connection:
            await connection.execute(
                "update ledger_export set state = 'ready', progress = 100, size = $2, entries = $3, ready_at = $4"
                " where id = $1",
                wanted,
                size,
                entries,
                at,
            )
            await record(connection, self._facts("oversight:export:built", field="ledger"))

    async def _build(self, half: Path, whole: Path, told: Told) -> tuple[int, int]:
        await asyncio.to_thread(half.unlink, missing_ok=True)
        async with self._work(isolation="repeatable_read", readonly=True) as connection:
            done = await export(connection, half, told.reached)
        await asyncio.to_thread(half.replace, whole)  # atomic: a reader sees all of it or nothing
        return (await asyncio.to_thread(whole.stat)).st_size, done.size

    async def _state_residency(self, at: datetime) -> None:
        """Once a UTC day, state what lies here: counts, rows of other regions (0), the database's identity."""
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        keks = {} if self._stated == midnight else await self._keks()
        if not keks:
            return  # stated already; or the keeper, whose keys belong to it, does not answer yet
        async with self._work() as connection:
            done = await connection.fetchval(
                "select true from ledger_leaf where act = 'security:residency:stated' and ts >= $1 limit 1",
                midnight,
            )
            if not done:
                document = await self._residency(connection, keks)
                await record(
                    connection, self._facts("security:residency:stated", field="residency", document=document)
                )
        self._stated = midnight

    _stated: datetime | None = None
    _settled = False  # at a start there is better to do than printing

    async def _keks(self) -> dict[str, int]:
        """Ask the keeper which key-encryption keys it holds: ids and epochs; none while it is away."""
        try:
            async with asyncio.timeout(KEEPER_SECONDS):
                return (await self.keeper.status()).keks
        except (KeeperUnavailable, KeeperRefused, TimeoutError):
            return {}

    async def _residency(self, connection: Any, keks: dict[str, int]) -> dict[str, str]:
        rows = await connection.fetch("select name, rows, foreign_rows from residency_counts()")
        system = await connection.fetchval("select system_identifier from pg_control_system()")
        counts = {row["name"]: str(row["rows"]) for row in rows}
        away = sum(row["foreign_rows"] for row in rows)
        return {
            "region": self.settings.region,
            "system_identifier": str(system),
            "rows": json.dumps(counts, sort_keys=True),
            "foreign_rows": str(away),
            "keks": json.dumps({kek: str(epoch) for kek, epoch in keks.items()}, sort_keys=True),
        }

    async def _quotes(self, at: datetime) -> None:
        async with self._work() as connection:
            await expire_quotes(connection, self.settings.region, at)

    async def _disputes(self, at: datetime) -> None:
        async with self._work() as connection:
            await tell_disputes(connection, at)

    async def _reviews(self, at: datetime) -> None:
        async with self._work() as connection:
            await open_access_reviews(connection, self.settings.region, at)
            if self._settled:
                await ask_monthly(connection, at)
        self._settled = True

    async def _agreed(self, at: datetime) -> None:
        async with self._work() as connection:
            await open_reviews(connection, self.settings.region, at)
        await make_files(self._work, self.keeper, self.settings, at)
        await remove_files(self._work, self.settings, at)
        await remove_extracts(self._work, self.settings, at)

    async def _forget(self, at: datetime) -> None:
        async with self._work() as connection:
            await connection.execute("delete from idempotency where created_at < $1", at - FORGET_KEYS)
            await connection.execute("delete from recent_view where at < $1", at - FORGET_VIEWS)


def _name(failure: Exception) -> str:
    return failure.code if isinstance(failure, Refusal) else type(failure).__name__
