"""Signing in with a password: throttled, alike for a name that nobody has, always an entry."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from audit.entry import Facts
from security.sign_in.accounts import sign_in_name
from security.sign_in.gate import Gate
from security.sign_in.refusal import Refusal
from security.sign_in.tokens import new_token, token_hash

DEVICE: Final = 64
NOBODY: Final = "unknown"
ENDED: Final = "security:access_ended"
NOT_BEGUN: Final = "security:access_not_begun"
_FIND = """
select a.id, a.password_hash, a.role, a.code, x.starts_at, x.ends_at, x.revoked_at
from gate.account a left join gate.external_auditor x on x.account_id = a.id
where a.email = $1 and a.disabled_at is null
"""
_OPEN = """
insert into gate.session (id, token_hash, account_id, device, created_at, seen_at, expires_at)
values ($1, $2, $3, $4, $5, $5, $6)
"""
_REHASH = "update gate.account set password_hash = $3 where id = $1 and password_hash = $2"


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just opened; the token is told this once."""

    token: str = field(repr=False)
    account: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody at the door."""

    email: str = field(repr=False)
    password: str = field(repr=False)
    device: str
    address: str = field(repr=False)
    request: UUID


async def sign_in(gate: Gate, attempt: Attempt, at: datetime) -> NewSession:
    """Open a session. Refusals: `security:wrong_credentials`, `…:too_many_attempts` (retry_after), ENDED, NOT_BEGUN."""
    name = sign_in_name(attempt.email)
    by_name, by_address = gate.key("name", name), gate.key("address", attempt.address)
    async with gate.memory.turns.of(by_name):  # or many guesses at once would all pass the same count
        await _hold_back(gate, attempt, by_name, by_address, at)
        account = None if "\0" in name else await gate.pool.fetchrow(_FIND, name)
        stored = account["password_hash"] if account is not None else None
        checked = await gate.passwords.check(stored, attempt.password)
        if account is None or not checked.right:
            await gate.per_name.failed(gate.pool, by_name, at)
            await gate.per_address.failed(gate.pool, by_address, at)
            raise await _refuse(gate, attempt, account, Refusal("security:wrong_credentials", 401))
        await gate.per_name.forget(gate.pool, by_name)
    shut = _shut(account, at)
    if shut is not None:
        raise await _refuse(gate, attempt, account, Refusal(shut, 403))
    if checked.rehashed is not None:
        await gate.pool.execute(_REHASH, account["id"], stored, checked.rehashed)
    return await _open(gate, attempt, account, at)


def _shut(account: asyncpg.Record, at: datetime) -> str | None:
    """Say why somebody who was let in for a time does not come in now; only whoever knows the password learns it."""
    if account["ends_at"] is None:
        return None
    if account["revoked_at"] is not None or account["ends_at"] <= at:
        return ENDED
    return NOT_BEGUN if account["starts_at"] > at else None


async def _hold_back(gate: Gate, attempt: Attempt, by_name: bytes, by_address: bytes, at: datetime) -> None:
    waits = (
        await gate.per_name.retry_after(gate.pool, by_name, at),
        await gate.per_address.retry_after(gate.pool, by_address, at),
    )
    seconds = max((wait for wait in waits if wait is not None), default=None)
    if seconds is None:
        return
    refusal = Refusal("security:too_many_attempts", 429, retry_after=seconds)
    # One entry a minute for a name that is held back: hammering must not fill the ledger.
    if gate.memory.said.is_first(by_name, at):
        await _refuse(gate, attempt, None, refusal)
    raise refusal


async def _refuse(gate: Gate, attempt: Attempt, account: asyncpg.Record | None, refusal: Refusal) -> Refusal:
    await gate.append(
        Facts(
            kind="security:session:refused",
            who=account["code"] if account is not None else NOBODY,
            role=account["role"] if account is not None else NOBODY,
            request=attempt.request,
            decision="deny",
            document={"refusal": refusal.code},
        )
    )
    return refusal


async def _open(gate: Gate, attempt: Attempt, account: asyncpg.Record, at: datetime) -> NewSession:
    expires_at = at + timedelta(seconds=gate.limits.session_seconds)
    if account["ends_at"] is not None:
        expires_at = min(expires_at, account["ends_at"])
    opened = NewSession(new_token(), account["id"], expires_at)
    device = "".join(sign for sign in attempt.device if sign.isprintable())[:DEVICE]
    row = (uuids.uuid7(), token_hash(opened.token), opened.account, device, at, opened.expires_at)
    await gate.pool.execute(_OPEN, *row)
    # If this fails the token is never told, so the row just written opens nothing.
    await gate.append(
        Facts(
            kind="security:session:opened",
            who=account["code"],
            role=account["role"],
            request=attempt.request,
        )
    )
    return opened
