"""Who may work on keys: administrators, and for people's erasure compliance too; each time with a step-up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from security.keeper.held import Held
from security.policy.decide import STEP_UP_REQUIRED
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session, session_of
from security.sign_in.step_up import Use

OPERATORS: Final = frozenset({"administrator"})
ERASERS: Final = frozenset({"administrator", "compliance"})
NOT_AN_OPERATOR: Final = "security:not_an_operator"

_STEP_UP: Final = """
select id from gate.step_up where session_id = $1 and expires_at > $2 and uses < max_uses
order by expires_at desc limit 1
"""


async def operator(
    held: Held,
    token: str,
    request: UUID,
    kind: str,
    at: datetime,
    *,
    roles: Collection[str] = OPERATORS,
    subject: UUID | None = None,
) -> Session:
    """Give who asks, and take one use of the step-up; refusals are entries of the deed's own kind.

    Refusals: `security:not_signed_in`, `security:not_an_operator`, `passengers:step_up_required`.
    """
    caller = await session_of(held.gate.pool, token, at)
    if caller.role not in roles:
        raise await refused(held, caller, request, kind, Refusal(NOT_AN_OPERATOR, 403), subject)
    step_up = await held.gate.pool.fetchval(_STEP_UP, caller.session, at)
    if step_up is None or not await held.use_of(Use(step_up, at)):
        raise await refused(held, caller, request, kind, Refusal(STEP_UP_REQUIRED, 403), subject)
    return caller


async def viewer(held: Held, token: str, at: datetime, *, roles: Collection[str] = ERASERS) -> Session:
    """Give who asks to look. Refusals: `security:not_signed_in`, `security:not_an_operator`."""
    caller = await session_of(held.gate.pool, token, at)
    if caller.role not in roles:
        raise Refusal(NOT_AN_OPERATOR, 403)
    return caller


async def refused(
    held: Held, caller: Session, request: UUID, kind: str, refusal: Refusal, subject: UUID | None = None
) -> Refusal:
    """Write a refusal down, and give it back to be raised."""
    document = {"refusal": refusal.code}
    await held.gate.append(caller.facts(kind, request, decision="deny", subject=subject, document=document))
    return refusal
