"""Sessions: who holds a token, and how a session ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from audit.entry import Facts
from security.sign_in.gate import Gate
from security.sign_in.refusal import Refusal, not_signed_in
from security.sign_in.tokens import token_hash

_READ = """
select s.id as session, a.id as account, a.role, a.org_id as org, a.passenger_id as passenger, a.code
from gate.session s join gate.account a on a.id = s.account_id
where s.token_hash = $1 and s.ended_at is null and s.expires_at > $2 and a.disabled_at is null
"""
_END = """
update gate.session set ended_at = $3 where id = $1 and account_id = $2 and ended_at is null returning id
"""
_END_ALL = "update gate.session set ended_at = $2 where account_id = $1 and ended_at is null returning id"


@dataclass(frozen=True, slots=True)
class Session:
    """A live session and the account it belongs to."""

    session: UUID
    account: UUID
    role: str
    org: UUID | None
    passenger: UUID | None
    code: str

    def facts(self, kind: str, request: UUID, **more: object) -> Facts:
        """State an act of this person; `more` are further fields of `Facts`."""
        return Facts(kind=kind, who=self.code, role=self.role, request=request, **more)  # type: ignore[arg-type]


async def session_of(pool: asyncpg.Pool, token: str, at: datetime) -> Session:
    """Find the live session of a token; refusal: `security:not_signed_in`."""
    row = await pool.fetchrow(_READ, token_hash(token), at)
    if row is None:
        raise not_signed_in()
    return Session(**row)


async def end_session(
    gate: Gate, token: str, request: UUID, at: datetime, session: UUID | None = None
) -> None:
    """End this session, or another one of one's own; refusal: `security:session_not_found`."""
    caller = await session_of(gate.pool, token, at)
    ended = await gate.pool.fetchval(_END, session or caller.session, caller.account, at)
    if ended is None:
        raise Refusal("security:session_not_found", 404)
    await gate.append(caller.facts("security:session:closed", request))


async def end_all_sessions(gate: Gate, token: str, request: UUID, at: datetime) -> None:
    """End all of one's own sessions, this one too."""
    caller = await session_of(gate.pool, token, at)
    ended = await gate.pool.fetch(_END_ALL, caller.account, at)
    count = {"count": str(len(ended))}
    await gate.append(caller.facts("security:sessions:closed", request, document=count))
