"""The client's own approval: which reveals of its people an organisation wants to be asked about first."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from security.keeper.approval_messages import ApprovalDecided, SetClientRule
from security.keeper.deciding import step_up_used
from security.keeper.held import Held
from security.policy.approvals import APPROVALS, CLIENT_APPROVER
from security.policy.decide import STEP_UP_REQUIRED
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session, session_of

CHANGED: Final = "approvals:client-rule:changed"
BAD_RULE: Final = "approvals:bad_rule"
NOT_FOR_THIS_ROLE: Final = "approvals:not_for_this_role"
_PUT: Final = """
insert into gate.client_rule (org_id, roles, purposes, changed_by, changed_at, entry) values ($1, $2, $3, $4, $5, $6)
on conflict (org_id) do update set roles = excluded.roles, purposes = excluded.purposes,
  changed_by = excluded.changed_by, changed_at = excluded.changed_at, entry = excluded.entry
"""


async def set_client_rule(held: Held, ask: SetClientRule, at: datetime) -> ApprovalDecided:
    """Change the rule of the caller's own organisation; without roles and purposes it asks for nothing."""
    caller = await session_of(held.gate.pool, ask.token, at)
    roles, purposes = sorted(set(ask.roles)), sorted(set(ask.purposes))
    refusal = _refusal(caller, roles, purposes)
    if refusal is None and not await step_up_used(held, caller, at):
        refusal = Refusal(STEP_UP_REQUIRED, 403)
    stated = {"roles": ",".join(roles), "purposes": ",".join(purposes)}
    if refusal is not None:
        document = {"refusal": refusal.code}
        await held.gate.append(caller.facts(CHANGED, ask.request, decision="deny", document=document))
        raise refusal
    covered = await held.gate.append(caller.facts(CHANGED, ask.request, document=stated))
    await held.gate.pool.execute(_PUT, caller.org, roles, purposes, caller.account, at, covered.index)
    return ApprovalDecided("asks" if roles else "silent", covered.index)


def _refusal(caller: Session, roles: list[str], purposes: list[str]) -> Refusal | None:
    if caller.role != CLIENT_APPROVER or caller.org is None:
        return Refusal(NOT_FOR_THIS_ROLE, 403)
    known = set(roles) <= set(APPROVALS.client_roles) and set(purposes) <= set(APPROVALS.client_purposes)
    return None if known and bool(roles) == bool(purposes) else Refusal(BAD_RULE, 422)
