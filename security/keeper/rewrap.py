"""Rewrapping: every data key under the KEK in force, batch by batch, while the house serves.

A row changes its wrapping and its KEK's id in one statement, and both KEKs are held meanwhile: there is no moment at
which a key cannot be opened. What was done before a crash is done; the next run takes up what is not.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from security.keeper import jobs
from security.keeper.held import Held
from security.keeper.jobs import Job
from security.keeper.key_entries import state_key_deed
from security.vault.custody import Custody
from security.vault.envelope import EnvelopeRefused
from security.vault.keys import rewrap_dek

KEYS_REWRAPPED: Final = "security:keys:rewrapped"
REFUSED: Final = "security:envelope_refused"
BATCH: Final = 256
REST: Final = 1.0  # how long to rest after a batch, in the time it took: half of one processor stays free

_COUNT: Final = "select count(*) from subject_key where kek_id = any ($1::uuid[])"
_READ: Final = """
select id, kek_id, dek from subject_key
where kek_id = $1 and ($2::uuid is null or id > $2) order by id limit $3
"""
_WRITE: Final = """
update subject_key k set kek_id = $1, dek = n.dek
from unnest($2::uuid[], $3::bytea[]) as n (id, dek) where k.id = n.id and k.kek_id = $4
"""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A batch under its new KEK; `failed` could not be opened and stay as they are."""

    ids: list[UUID]
    deks: list[bytes]
    failed: int


async def rewrap(held: Held, job: Job, at: datetime, *, rest: float = REST) -> None:
    """Do the job, or what is left of it."""
    custody = held.custody
    old = [kek_id for kek_id in custody.epochs if kek_id != custody.kek_id]
    await jobs.set_total(held.keys, job, job.done + await held.keys.fetchval(_COUNT, old))
    failed = 0
    for kek_id in old:
        failed += await _empty(held, job, custody, kek_id, rest)
    job = await jobs.job_of(held.keys, job.id)
    document = {"kek": str(custody.kek_id), "epoch": str(custody.epoch)}
    document |= {"count": str(job.done), "failed": str(failed)}
    await state_key_deed(
        held, KEYS_REWRAPPED, document, by=(job.asked_by, job.asked_role), request=job.request
    )
    await jobs.end(held.keys, job, at, failed, REFUSED if failed else None)


async def _empty(held: Held, job: Job, custody: Custody, kek_id: UUID, rest: float) -> int:
    """Rewrap what one KEK wraps, again and again until nothing new has come; returns how many do not open."""
    while True:
        moved, failed = await _pass(held, job, custody, kek_id, rest)
        if not moved:
            return failed


async def _pass(held: Held, job: Job, custody: Custody, kek_id: UUID, rest: float) -> tuple[int, int]:
    cursor: UUID | None = None
    moved = failed = 0
    writing: asyncio.Task[None] | None = None
    rows = await held.keys.fetch(_READ, kek_id, cursor, BATCH)
    while rows:
        cursor, began = rows[-1]["id"], time.monotonic()
        wrapped, rows = await asyncio.gather(
            asyncio.to_thread(rewrapped, custody, rows), held.keys.fetch(_READ, kek_id, cursor, BATCH)
        )
        if writing is not None:
            await writing
        moved, failed = moved + len(wrapped.ids), failed + wrapped.failed
        writing = asyncio.create_task(_write(held, job, custody.kek_id, kek_id, wrapped, cursor))
        await asyncio.sleep(rest * (time.monotonic() - began))
    if writing is not None:
        await writing
    return moved, failed


def rewrapped(custody: Custody, rows: Sequence[Any]) -> Wrapped:
    """Open each key of a batch and wrap it by the KEK in force."""
    ids, deks, failed = [], [], 0
    for row in rows:
        try:
            dek = rewrap_dek(
                row["dek"],
                dek_id=row["id"],
                old_kek=custody.kek_of(row["kek_id"]),
                new_kek=custody.kek,
                new_kek_id=custody.kek_id,
                region=custody.region,
            )
        except EnvelopeRefused:
            failed += 1
            continue
        ids.append(row["id"])
        deks.append(dek)
    return Wrapped(ids, deks, failed)


async def _write(held: Held, job: Job, new: UUID, old: UUID, wrapped: Wrapped, cursor: UUID) -> None:
    async with held.keys.acquire() as connection, connection.transaction():
        await connection.execute(_WRITE, new, wrapped.ids, wrapped.deks, old)
        await jobs.advance(connection, job, cursor, len(wrapped.ids))
