"""Ending somebody's access: the account and every session of it, at once, for good, by somebody else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

from security.actor import STAFF_ROLES
from security.keeper.access_messages import WithdrawAccess
from security.keeper.held import Held
from security.keeper.messages import Done
from security.policy.decide import STEP_UP_REQUIRED
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import session_of
from security.sign_in.step_up import use_live_step_up

MAY: Final = frozenset({"compliance", "administrator"})
NOT_YOURS: Final = "attestations:not_yours"
NO_SUCH: Final = "attestations:no_such_person"
OWN: Final = "attestations:own_access"
LAST: Final = "attestations:last_of_role"
_ACCOUNT: Final = "select id, code, role, disabled_at from gate.account where id = $1 for update"
_OTHERS: Final = """
select count(*) from (select 1 from gate.account where role = $1 and disabled_at is null and id <> $2 for update) others
"""
_END: Final = "update gate.account set disabled_at = $2 where id = $1"
_SESSIONS: Final = (
    "update gate.session set ended_at = $2 where account_id = $1 and ended_at is null returning id"
)


async def withdraw_access(held: Held, ask: WithdrawAccess, at: datetime) -> Done:
    """End an access; nobody the own, and never that of the last of compliance or administration."""
    caller = await session_of(held.gate.pool, ask.token, at)
    if caller.role not in MAY:
        raise Refusal(NOT_YOURS, 403)
    if caller.account == ask.account:
        raise Refusal(OWN, 403)
    if not await use_live_step_up(held.quick, caller.session, at):
        raise Refusal(STEP_UP_REQUIRED, 403)
    async with held.gate.pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(_ACCOUNT, ask.account)
        if row is None or row["role"] not in STAFF_ROLES:
            raise Refusal(NO_SUCH, 404)
        if row["disabled_at"] is not None:
            return Done()
        if row["role"] in MAY and not await connection.fetchval(_OTHERS, row["role"], ask.account):
            raise Refusal(LAST, 409)
        await connection.execute(_END, ask.account, at)
        ended = await connection.fetch(_SESSIONS, ask.account, at)
        document = {"account": row["code"], "role": row["role"], "sessions": str(len(ended))}
        kind = "security:access:withdrawn"
        await held.gate.append(caller.facts(kind, ask.request, reference=ask.reference, document=document))
    return Done()


ACCESS_ANSWERS: Final[dict[type, Callable[[Held, Any, datetime], Awaitable[Done]]]] = {
    WithdrawAccess: withdraw_access
}
