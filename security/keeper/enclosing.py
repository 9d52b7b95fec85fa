"""Putting an organisation's data keys under its own key, and taking them off again: a job that may be broken off."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from security.keeper import jobs
from security.keeper.held import Held
from security.keeper.jobs import Job
from security.keeper.key_entries import state_key_deed
from security.keeper.org_keys import NONE, OrgKek
from security.keeper.subject_keys import SubjectKey
from security.sign_in.refusal import Refusal
from security.vault.keys import enclose_dek, wrap_dek

ORG_KEY_REMOVED: Final = "security:org-key:removed"
BATCH: Final = 128
PASSES: Final = 3

_COUNT: Final = "select count(*) from subject_key k join subject s on s.id = k.subject_id where s.org_id = $1"
_READ: Final = """
select k.id, k.kek_id, k.dek from subject_key k join subject s on s.id = k.subject_id
where s.org_id = $1 and ($2::uuid is null or k.id > $2) order by k.id limit $3
"""
_WRITE: Final = "update subject_key set kek_id = $4, dek = $3 where id = $1 and dek = $2"


async def enclose(held: Held, job: Job, at: datetime) -> None:
    """Put every data key of the organisation under its own key. Raises `Refusal` if that one is closed."""
    await _change(held, job, at, enclosed=True)


async def release(held: Held, job: Job, at: datetime) -> None:
    """Take every data key from under it; then the organisation has none. Raises `Refusal` if it is closed."""
    await _change(held, job, at, enclosed=False)
    if job.org_id is not None:
        await held.org_keys.remove(job.org_id, at)
        document = {"org": str(job.org_id)}
        await state_key_deed(
            held, ORG_KEY_REMOVED, document, by=(job.asked_by, job.asked_role), request=job.request
        )


async def _change(held: Held, job: Job, at: datetime, *, enclosed: bool) -> None:
    org_key = None if job.org_id is None else await held.org_keys.current(job.org_id)
    if job.org_id is None or org_key is None:
        raise Refusal(NONE, 409)
    await jobs.set_total(held.keys, job, await held.keys.fetchval(_COUNT, job.org_id))
    for _ in range(PASSES):  # what was sealed meanwhile may be as it was before
        if not await _pass(held, job, job.org_id, org_key, enclosed=enclosed):
            break
    await jobs.end(held.keys, job, at)


async def _pass(held: Held, job: Job, org: UUID, org_key: OrgKek, *, enclosed: bool) -> int:
    cursor: UUID | None = None
    changed = 0
    while rows := await held.keys.fetch(_READ, org, cursor, BATCH):
        cursor = rows[-1]["id"]
        done = [one for row in rows if (one := _changed(held, row, org_key, enclosed=enclosed))]
        async with held.keys.acquire() as connection, connection.transaction():
            await connection.executemany(_WRITE, done)
            await jobs.advance(connection, job, cursor, len(done))
        changed += len(done)
    return changed


def _changed(
    held: Held, row: Any, org_key: OrgKek, *, enclosed: bool
) -> tuple[UUID, bytes, bytes, UUID] | None:
    """Give id, old wrapping, new wrapping and KEK of a data key, None if it is as it shall be."""
    key = SubjectKey(row["id"], row["kek_id"], row["dek"], org_kek=org_key.kek)
    if key.is_enclosed is enclosed:
        return None
    custody, dek = held.custody, key.unwrap(held.custody)
    inside = dek
    if enclosed:
        inside = enclose_dek(
            dek, dek_id=key.id, org_kek=org_key.kek, org_key_id=org_key.id, region=held.region
        )
    wrapped = wrap_dek(inside, dek_id=key.id, kek=custody.kek, kek_id=custody.kek_id, region=held.region)
    return key.id, key.dek, wrapped, custody.kek_id
