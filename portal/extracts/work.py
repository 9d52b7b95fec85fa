"""The worker's part: makes extracts one at a time beside its other work, and removes them after their time.

An extract is read with the eyes of who asked for it: the row policies of the ledger see to that.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from audit.entry import Facts, timestamp
from audit.extract import SHEET_ROWS
from audit.extracting import TooManyRows, Wanted, make_extract
from audit.ledger import NoSuchLeaf, record
from portal.extracts.files import TABLES
from portal.extracts.forms import filter_of, stored_filters
from portal.extracts.rules import KEPT
from portal.extracts.schedules import report_made, run_schedules
from portal.extracts.words import speech
from portal.web.ids import new_id, outer
from portal.web.refusals import FormRefused
from portal.web.settings import WebSettings

log = structlog.get_logger("portal.worker")
Working = Callable[..., AbstractAsyncContextManager[Any]]
FOLDER = "extracts"
BETWEEN = 0.7  # seconds between two words about progress
_CLAIM = (
    "update ledger_extract set state = 'building', done = 0 where id = (select id from ledger_extract"
    " where state = 'waiting' order by requested_at limit 1 for update skip locked)"
    " returning id, account_id, layout, filter, language, schedule_id"
)
_READY = (
    "update ledger_extract set state = 'ready', done = $2, total = $2, size = $3, seconds = $4, ready_at = $5,"
    " expires_at = $6 where id = $1"
)
_END = (
    "update ledger_extract set state = 'expired', size = null where state = 'ready' and expires_at <= $1"
    " returning id"
)


class ExtractMaker:
    """Makes one extract after the other; `tend` never waits for one."""

    def __init__(self, settings: WebSettings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._task: asyncio.Task[None] | None = None
        self._fresh = True

    def tend(self, work: Working) -> None:
        """Go on, unless one is being made."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._go(work))

    async def stop(self) -> None:
        """Leave off; a half-made extract is begun again by the next worker."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _go(self, work: Working) -> None:
        try:
            await self.once(work)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
            self._fresh = True
            log.warning("extracts_wait", error=type(failure).__name__)

    async def once(self, work: Working) -> bool:
        """Run what is due, make one extract; says whether there was one."""
        if self._fresh:
            async with work() as connection:
                await connection.execute(
                    "update ledger_extract set state = 'waiting' where state = 'building'"
                )
            self._fresh = False
        async with work() as connection:
            await run_schedules(connection, self._settings.region, self._now())
        async with work() as connection:
            wanted = await connection.fetchrow(_CLAIM)
        if wanted is not None:
            await self._make(work, wanted)
        return wanted is not None

    async def _make(self, work: Working, wanted: Any) -> None:
        folder = self._settings.blob_folder / FOLDER
        await asyncio.to_thread(folder.mkdir, 0o700, parents=True, exist_ok=True)
        half = folder / f"{wanted['id']}.part"
        rows = folder / f"{wanted['id']}.rows"
        begun = time.monotonic()
        try:
            count = await self._write(work, wanted, half, rows)
        except (NoSuchLeaf, TooManyRows, FormRefused) as refused:
            codes: dict[type, str] = {
                TooManyRows: "extracts:too_many_rows",
                NoSuchLeaf: "extracts:nothing_yet",
            }
            await self._failed(work, wanted["id"], codes.get(type(refused), "extracts:failed"))
            return
        except Exception as failure:
            if isinstance(failure, asyncpg.PostgresConnectionError | asyncpg.InterfaceError):
                raise
            log.error("extract_failed", error=type(failure).__name__)
            await self._failed(work, wanted["id"], "extracts:failed")
            return
        finally:
            for left in (rows, rows.with_suffix(".plain")):
                await asyncio.to_thread(left.unlink, missing_ok=True)
        await asyncio.to_thread(half.chmod, 0o600)
        whole = path_of(self._settings, wanted["id"])
        await asyncio.to_thread(half.replace, whole)
        size = (await asyncio.to_thread(whole.stat)).st_size
        at = self._now()
        async with work() as connection:
            seconds = round(time.monotonic() - begun)
            await connection.execute(_READY, wanted["id"], count, size, seconds, at, at + KEPT)
            await record(connection, _facts(self._settings.region, "extracts:extract:built", wanted["id"]))
            if wanted["schedule_id"] is not None:
                await report_made(connection, wanted["id"], at)

    async def _write(self, work: Working, wanted: Any, half: Path, rows: Path) -> int:
        await asyncio.to_thread(half.unlink, missing_ok=True)
        filters, layout = stored_filters(wanted["filter"]), wanted["layout"]
        about = {
            "region": self._settings.region,
            "made_at": timestamp(self._now()),
            **{f"filter_{n}": v for n, v in filters.items()},
        }
        asked = Wanted(filter_of(filters), layout, SHEET_ROWS if layout == "xlsx" else None, about)
        last = 0.0

        async def told(done: int, total: int) -> None:
            nonlocal last
            if done and time.monotonic() - last < BETWEEN:
                return
            last = time.monotonic()
            async with work() as other:
                await other.execute(
                    "update ledger_extract set done = $2, total = $3 where id = $1", wanted["id"], done, total
                )

        async with work(isolation="repeatable_read", readonly=True) as connection:
            await connection.execute("select set_config('wx.account', $1, true)", str(wanted["account_id"]))
            table = TABLES[layout](rows, speech(wanted["language"]))
            return await make_extract(connection, half, table, asked, told)

    async def _failed(self, work: Working, wanted: UUID, code: str) -> None:
        half = self._settings.blob_folder / FOLDER / f"{wanted}.part"
        await asyncio.to_thread(half.unlink, missing_ok=True)
        async with work() as connection:
            await connection.execute(
                "update ledger_extract set state = 'failed', failure = $2 where id = $1", wanted, code
            )


async def remove_extracts(work: Working, settings: WebSettings, at: datetime) -> int:
    """Remove what is kept too long; says how many."""
    async with work() as connection:
        ended = await connection.fetch(_END, at)
        for row in ended:
            await record(connection, _facts(settings.region, "extracts:extract:removed", row["id"]))
    for row in ended:
        await asyncio.to_thread(path_of(settings, row["id"]).unlink, missing_ok=True)
    return len(ended)


def path_of(settings: WebSettings, wanted: UUID) -> Path:
    """Say where the file of an extract lies."""
    return settings.blob_folder / FOLDER / f"{wanted}.zip"


def _facts(region: str, kind: str, about: UUID) -> Facts:
    return Facts(
        kind=kind, who="worker", role="system", request=new_id(), field="ledger", via=outer(region, about)
    )
