"""Stepping up: the password once more, good for a few minutes and a few reveals of this session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from security.sign_in.gate import Gate
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session, session_of

_HASH = "select password_hash from gate.account where id = $1"
_CLEAR = "delete from gate.step_up where session_id = $1"
_INSERT = """
insert into gate.step_up (id, session_id, method, passed_at, expires_at, max_uses)
values ($1, $2, 'password', $3, $4, $5)
"""
_LIVE = """
select id from gate.step_up where session_id = $1 and expires_at > $2 and uses < max_uses
order by expires_at desc limit 1
"""
# As many uses as are wanted and left, of many step-ups at once.
_USE = """
with held as (
  select u.id, least(w.count, u.max_uses - u.uses) as granted
  from unnest($1::uuid[], $2::int[]) as w (id, count) join gate.step_up u on u.id = w.id
  where u.uses < u.max_uses and u.expires_at > $3
  order by u.id for update of u
)
update gate.step_up u set uses = u.uses + held.granted from held where u.id = held.id
returning u.id, held.granted
"""


@dataclass(frozen=True, slots=True)
class NewStepUp:
    """Until when, and for how many reveals."""

    expires_at: datetime
    uses_left: int


async def step_up(gate: Gate, token: str, password: str, request: UUID, at: datetime) -> NewStepUp:
    """Step up this session. Refusals: `security:wrong_password`, `security:too_many_attempts`."""
    caller = await session_of(gate.pool, token, at)
    key = gate.key("step-up", caller.account)
    async with gate.memory.turns.of(key):
        seconds = await gate.per_name.retry_after(gate.pool, key, at)
        if seconds is not None:
            refusal = Refusal("security:too_many_attempts", 429, retry_after=seconds)
            if gate.memory.said.is_first(key, at):
                await _record_refusal(gate, caller, request, refusal)
            raise refusal
        checked = await gate.passwords.check(await gate.pool.fetchval(_HASH, caller.account), password)
        if not checked.right:
            await gate.per_name.failed(gate.pool, key, at)
            refusal = Refusal("security:wrong_password", 403)
            await _record_refusal(gate, caller, request, refusal)
            raise refusal
        await gate.per_name.forget(gate.pool, key)
    await gate.append(caller.facts("security:step-up:passed", request))
    return await _pass(gate, caller, at)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a step-up, wanted at this time."""

    step_up: UUID
    at: datetime


async def use_step_ups(pool: asyncpg.Pool, wanted: Sequence[Use]) -> list[bool]:
    """Take each use; False when the last one was taken or time ran out (judged by the latest of these times)."""
    counts = Counter(one.step_up for one in wanted)
    rows = await pool.fetch(_USE, list(counts), list(counts.values()), max(one.at for one in wanted))
    left = Counter({UUID(int=row["id"].int): row["granted"] for row in rows})
    taken = []
    for one in wanted:
        taken.append(left[one.step_up] > 0)
        left[one.step_up] -= 1
    return taken


async def use_live_step_up(pool: asyncpg.Pool, session: UUID, at: datetime) -> bool:
    """Take one use of the live step-up of this session; False if there is none."""
    found = await pool.fetchval(_LIVE, session, at)
    return found is not None and (await use_step_ups(pool, [Use(found, at)]))[0]


async def _record_refusal(gate: Gate, caller: Session, request: UUID, refusal: Refusal) -> None:
    document = {"refusal": refusal.code}
    facts = caller.facts("security:step-up:refused", request, decision="deny", document=document)
    await gate.append(facts)


async def _pass(gate: Gate, caller: Session, at: datetime) -> NewStepUp:
    passed = NewStepUp(at + timedelta(seconds=gate.limits.step_up_seconds), gate.limits.step_up_uses)
    async with gate.pool.acquire() as connection, connection.transaction():
        # A new one takes the place of what is left of an older one: uses do not add up.
        await connection.execute(_CLEAR, caller.session)
        await connection.execute(
            _INSERT, uuids.uuid7(), caller.session, at, passed.expires_at, passed.uses_left
        )
    return passed
