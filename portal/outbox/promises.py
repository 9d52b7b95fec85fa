"""Promises: made in the transaction of a deed, claimed for a while by one worker, kept, or put off ever longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from portal.web.ids import new_id

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
_CLAIM = (
    "update outbox set attempts = attempts + 1, claimed_until = $2 where id in ("
    "select id from outbox where topic = any($3) and due_at <= $1 and (claimed_until is null or claimed_until <= $1)"
    " order by due_at limit $4 for update skip locked) returning id, topic, subject_id, attempts"
)


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised: a topic and whom or what it is about; `attempts` counts this one."""

    id: UUID
    topic: str
    subject: UUID
    attempts: int


async def promise(connection: Any, topic: str, subject: UUID, *, due_at: datetime, at: datetime) -> None:
    """Promise something in the caller's transaction: with a rollback it was never said."""
    await connection.execute(
        "insert into outbox (id, topic, subject_id, due_at, created_at) values ($1, $2, $3, $4, $5)",
        new_id(),
        topic,
        subject,
        due_at,
        at,
    )


async def claim(
    connection: Any, topics: Sequence[str], at: datetime, lease: timedelta, limit: int
) -> list[Promise]:
    """Claim what is due and nobody is at; who does not keep it within the lease has lost it to the next."""
    rows = await connection.fetch(_CLAIM, at, at + lease, list(topics), limit)
    return [Promise(*row.values()) for row in rows]


async def kept(connection: Any, made: Promise) -> None:
    """Strike a promise out, in the transaction that records what was done."""
    await connection.execute("delete from outbox where id = $1", made.id)


async def put_off(connection: Any, made: Promise, code: str, at: datetime) -> datetime:
    """Try again later; says when."""
    again = at + pause(made.attempts)
    await connection.execute(
        "update outbox set due_at = $2, claimed_until = null, failure = $3 where id = $1",
        made.id,
        again,
        code,
    )
    return again


def pause(attempts: int) -> timedelta:
    """Give the pause after so many attempts: one second, doubled up to five minutes."""
    doubled: timedelta = FIRST_PAUSE * (1 << min(attempts - 1, 16))
    return min(doubled, LONGEST_PAUSE)
