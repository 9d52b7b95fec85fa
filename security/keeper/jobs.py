"""Long work on keys, as the key store remembers it: asked, approved where it must be, begun, got so far, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from security.sign_in.refusal import Refusal

Kind = Literal["rewrap", "reseal", "shred", "enclose", "release"]
UNDER_WAY: Final = "security:key_job_under_way"
NOT_FOUND: Final = "security:key_job_not_found"
MOST_LISTED: Final = 50

_ASK: Final = """
insert into key_job (id, kind, state, subject_id, org_id, request, asked_by, asked_role, asked_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_NEXT: Final = """
update key_job set state = 'running', started_at = coalesce(started_at, $1)
where id = (select id from key_job where state in ('running', 'waiting') order by asked_at, id limit 1)
returning *
"""
_ADVANCE: Final = (
    "update key_job set cursor = $2, done = done + $3, total = greatest(total, done + $3) where id = $1"
)
_END: Final = "update key_job set state = $2, ended_at = $3, failed = $4, failure = $5 where id = $1"
_APPROVE: Final = """
update key_job set state = 'waiting', approved_by = $2, approved_role = $3, expires_at = null
where id = $1 and state = 'asked' and expires_at > $4 and asked_by <> $2 returning *
"""
_WITHDRAW: Final = (
    "update key_job set state = 'withdrawn', ended_at = $2 where id = $1 and state = 'asked' returning id"
)


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `asked_by` and `approved_by` are people's codes in the ledger; the keeper's own is `keeper`."""

    id: UUID
    kind: Kind
    state: str
    subject_id: UUID | None
    org_id: UUID | None
    request: UUID
    asked_by: str
    asked_role: str
    approved_by: str | None
    approved_role: str | None
    asked_at: datetime
    expires_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    cursor: UUID | None
    done: int
    total: int
    failed: int
    failure: str | None
    certificate: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for, by whom (code and role), when; with `expires_at` it waits for a second person."""

    kind: Kind
    by: str
    role: str
    request: UUID
    at: datetime
    subject: UUID | None = None
    org: UUID | None = None
    expires_at: datetime | None = None


async def ask(pool: asyncpg.Pool, order: Order) -> UUID:
    """Put a job into the row. Refusal: `security:key_job_under_way` for a second one of the same thing."""
    job_id = uuids.uuid7()
    state = "waiting" if order.expires_at is None else "asked"
    values = (order.subject, order.org, order.request, order.by, order.role, order.at, order.expires_at)
    try:
        await pool.execute(_ASK, job_id, order.kind, state, *values)
    except asyncpg.UniqueViolationError:
        raise Refusal(UNDER_WAY, 409) from None
    return job_id


async def next_job(pool: asyncpg.Pool, at: datetime) -> Job | None:
    """Take the oldest job that is begun or may begin."""
    row = await pool.fetchrow(_NEXT, at)
    return Job(**row) if row else None


async def job_of(pool: asyncpg.Pool, job_id: UUID) -> Job:
    """Read one. Refusal: `security:key_job_not_found`."""
    row = await pool.fetchrow("select * from key_job where id = $1", job_id)
    if row is None:
        raise Refusal(NOT_FOUND, 404)
    return Job(**row)


async def newest(pool: asyncpg.Pool) -> list[Job]:
    """List the jobs, newest first."""
    rows = await pool.fetch("select * from key_job order by asked_at desc, id desc limit $1", MOST_LISTED)
    return [Job(**row) for row in rows]


async def newest_of(pool: asyncpg.Pool, org: UUID) -> Job | None:
    """Read the last job on an organisation's own key."""
    row = await pool.fetchrow(
        "select * from key_job where org_id = $1 order by asked_at desc, id desc limit 1", org
    )
    return Job(**row) if row else None


async def approve(pool: asyncpg.Pool, job_id: UUID, by: str, role: str, at: datetime) -> Job | None:
    """Let a job begin; None if it does not wait any more, or if who asked would approve it himself."""
    row = await pool.fetchrow(_APPROVE, job_id, by, role, at)
    return Job(**row) if row else None


async def withdraw(pool: asyncpg.Pool, job_id: UUID, at: datetime) -> bool:
    """Take back what nobody has approved yet."""
    return await pool.fetchval(_WITHDRAW, job_id, at) is not None


async def expire(pool: asyncpg.Pool, at: datetime) -> None:
    """Take back what nobody approved in time."""
    await pool.execute(
        "update key_job set state = 'withdrawn', ended_at = $1 where state = 'asked' and expires_at <= $1", at
    )


async def advance(connection: Any, job: Job, cursor: UUID | None, done: int) -> None:
    """Remember how far it is, in the transaction that made it so."""
    await connection.execute(_ADVANCE, job.id, cursor, done)


async def set_total(pool: asyncpg.Pool, job: Job, total: int) -> None:
    """Say how much there is to do."""
    await pool.execute("update key_job set total = $2 where id = $1", job.id, total)


async def end(
    pool: asyncpg.Pool, job: Job, at: datetime, failed: int = 0, failure: str | None = None
) -> None:
    """End it; `failed` is how many rows could not be done."""
    await pool.execute(_END, job.id, "failed" if failure else "done", at, failed, failure)
