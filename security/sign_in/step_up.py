"""Stepping up: the password once more, good for a few minutes and a few reveals of this session."""

from __future__ import annotations

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
_USE = """
update gate.step_up set uses = uses + 1 where id = $1 and uses < max_uses and expires_at > $2
returning max_uses - uses
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


async def use_step_up(pool: asyncpg.Pool, step_up_id: UUID, at: datetime) -> bool:
    """Take one use; False when another request took the last one or time ran out."""
    return await pool.fetchval(_USE, step_up_id, at) is not None


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
