"""Minding the keys: the keeper that leads does what is due to them, one job at a time, beside all else it does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import structlog
import uuid_utils.compat as uuids

from audit.refusal import Refusal as AuditRefusal
from security.keeper import epochs, jobs
from security.keeper.enclosing import enclose, release
from security.keeper.held import Held
from security.keeper.jobs import Job, Order
from security.keeper.key_entries import KEEPER
from security.keeper.reseal import drop_retired, reseal
from security.keeper.rewrap import rewrap
from security.keeper.shred import shred
from security.sign_in.refusal import Refusal
from security.vault.custodian import CustodyRefused

LOOK: Final = 5.0  # seconds until it looks again when nobody wakes it
FAILED: Final = "security:keeper_failed"
ROUND: Final = timedelta(minutes=10)  # between two looks at what time makes due

DEEDS: Final[dict[str, Callable[[Held, Job, datetime], Awaitable[None]]]] = {
    "enclose": enclose,
    "release": release,
    "reseal": reseal,
    "rewrap": rewrap,
    "shred": shred,
}
_STALE: Final = """
select exists (select from subject_key where kek_id = any ($1::uuid[]))
   and not exists (select from key_job where kind = 'rewrap' and state in ('waiting', 'running'))
   and not exists (select from key_job where kind = 'rewrap' and state = 'failed' and asked_at > $2)
"""
_AWAY: Final = (
    AuditRefusal,
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresError,
)

_log = structlog.get_logger(process="keeper")


class KeyMinder:
    """Runs until it is cancelled. What fails is logged by its code and tried again."""

    def __init__(self, held: Held, now: Callable[[], datetime]) -> None:
        self._held = held
        self._now = now
        self._round_at: datetime | None = None

    async def run(self) -> None:
        """Do what is due, then wait to be woken."""
        while True:
            self._held.wake.clear()
            try:
                await self._once()
            except (*_AWAY, CustodyRefused, Refusal) as error:
                _log.warning("keys_wait", cause=str(getattr(error, "code", type(error).__name__)))
                await asyncio.sleep(1.0)
            await self._asleep()

    async def _asleep(self) -> None:
        try:
            async with asyncio.timeout(LOOK):
                await self._held.wake.wait()
        except TimeoutError:
            return

    async def _once(self) -> None:
        at = self._now()
        if self._round_at is None or not self._round_at <= at < self._round_at + ROUND:
            await self._round(at)
            self._round_at = at
        while (job := await jobs.next_job(self._held.keys, self._now())) is not None:
            await self._work(job)

    async def _round(self, at: datetime) -> None:
        """See to what time makes due: the monthly epoch, rewrapping, destroying, requests nobody approved."""
        held = self._held
        await epochs.note_epochs(held, at)
        await jobs.expire(held.keys, at)
        if await epochs.is_due(held, at):
            _log.info("epoch_made", epoch=await epochs.turn_epoch(held, at))
        old = [kek_id for kek_id in held.custody.epochs if kek_id != held.custody.kek_id]
        if await held.keys.fetchval(_STALE, old, at - timedelta(days=1)):
            who, role = KEEPER
            await jobs.ask(held.keys, Order(kind="rewrap", by=who, role=role, request=uuids.uuid7(), at=at))
        await drop_retired(held, at)
        for epoch in await epochs.destroy_old(held, at):
            _log.info("epoch_destroyed", epoch=epoch)

    async def _work(self, job: Job) -> None:
        try:
            await DEEDS[job.kind](self._held, job, self._now())
        except _AWAY:
            raise  # it goes on when they are back
        except Exception as error:  # noqa: BLE001 -- this job cannot be done; the others can, and the keeper goes on
            cause = str(getattr(error, "code", FAILED))
            _log.error("key_job_failed", kind=job.kind, cause=cause, error=type(error).__name__)
            await jobs.end(self._held.keys, job, self._now(), failure=cause)
            return
        await epochs.note_epochs(self._held, self._now())
        _log.info("key_job_done", kind=job.kind)
