"""Agreeing and declining: another person, entitled, stepped up, about exactly what was asked; once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import uuid_utils.compat as uuids

from audit.entry import Facts
from security.keeper.approval_messages import ApprovalDecided, Approve, WithdrawApproval
from security.keeper.held import Held
from security.policy.approvals import APPROVALS, CLIENT, CLIENT_APPROVER, SECOND_PERSON
from security.policy.decide import STEP_UP_REQUIRED
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session, session_of
from security.sign_in.step_up import Use

KINDS: Final = {
    "approve": "approvals:request:approved",
    "decline": "approvals:request:declined",
    "withdraw": "approvals:request:withdrawn",
}
UNKNOWN_DECISION: Final = "approvals:unknown_decision"
NOT_FOUND: Final = "approvals:not_found"
OWN_REQUEST: Final = "approvals:own_request"
NOT_YOURS: Final = "approvals:not_yours"
CLOSED: Final = "approvals:closed"
EXPIRED: Final = "approvals:expired"
_STATUS: Final = {NOT_FOUND: 404, OWN_REQUEST: 403, NOT_YOURS: 403, STEP_UP_REQUIRED: 403}
_CONFLICT: Final = 409
_READ: Final = """
select r.id, r.kind, r.account_id, r.org_id, r.purpose, r.reference_id, r.needs, r.approvers, r.state, r.expires_at,
  r.usable_until, (select array_agg(v.need) from gate.approval_vote v where v.request_id = r.id) as given,
  (select array_agg(distinct i.subject_id) from gate.approval_item i where i.request_id = r.id) as subjects,
  (select min(i.field) from gate.approval_item i where i.request_id = r.id) as field,
  exists (select from gate.approval_item i where i.request_id = r.id and i.opened_at is not null) as used
from gate.approval_request r where r.id = $1 for update of r
"""
_STEP_UP: Final = """
select id from gate.step_up where session_id = $1 and expires_at > $2 and uses < max_uses
order by expires_at desc limit 1
"""
_VOTE: Final = """
insert into gate.approval_vote (id, request_id, need, account_id, role, decision, words, at, entry)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_STATE: Final = """
update gate.approval_request set state = $2, usable_until = $3, ended_at = $4 where id = $1
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request as it stands, locked until the transaction ends; the needs still open, in their order."""

    row: Mapping[str, Any]
    open: tuple[str, ...]


def need_of(caller: Session, waiting: Waiting) -> str | None:
    """Say which open need this person can fill: the client's of the own organisation, or the second person's."""
    row = waiting.row
    if CLIENT in waiting.open and caller.role == CLIENT_APPROVER and caller.org == row["org_id"]:
        return CLIENT
    return SECOND_PERSON if SECOND_PERSON in waiting.open and caller.role in row["approvers"] else None


def what_forbids(caller: Session, waiting: Waiting | None, at: datetime) -> str | None:
    """Name what forbids this person to decide now, but for a step-up. Whether a stranger's id exists is not told."""
    if waiting is None:
        return NOT_FOUND
    row, need = waiting.row, need_of(caller, waiting)
    own = row["account_id"] == caller.account
    if need is None and not own:
        party = caller.role in row["approvers"] or (
            caller.role == CLIENT_APPROVER and caller.org == row["org_id"] and CLIENT in row["needs"]
        )
        return _over(row, at) or NOT_YOURS if party else NOT_FOUND
    return OWN_REQUEST if own else _over(row, at)


def _over(row: Mapping[str, Any], at: datetime) -> str | None:
    if row["state"] != "waiting":
        return CLOSED
    return EXPIRED if row["expires_at"] <= at else None


async def approve(held: Held, ask: Approve, at: datetime) -> ApprovalDecided:
    """Approve or decline. The entry is covered before the decision counts; two who decide at once take turns."""
    caller = await session_of(held.gate.pool, ask.token, at)
    if ask.decision not in {"approve", "decline"}:
        raise Refusal(UNKNOWN_DECISION, 422)
    async with held.gate.pool.acquire() as connection, connection.transaction():
        waiting = await _locked(connection, ask.approval)
        refused = what_forbids(caller, waiting, at)
        if refused is None and not await step_up_used(held, caller, at):
            refused = STEP_UP_REQUIRED
        if refused is not None or waiting is None:
            raise await _refusal(held, caller, ask, waiting, ask.decision, refused or NOT_FOUND)
        covered = await held.gate.append(_facts(held, caller, ask, waiting, ask.decision))
        need = need_of(caller, waiting) or SECOND_PERSON
        vote = (need, caller.account, caller.role, ask.decision, ask.words, at, covered.index)
        await connection.execute(_VOTE, uuids.uuid7(), ask.approval, *vote)
        left = [other for other in waiting.open if other != need]
        state = await _settle(connection, waiting.row, ask.decision, left, at)
    return ApprovalDecided(state, covered.index)


async def withdraw(held: Held, ask: WithdrawApproval, at: datetime) -> ApprovalDecided:
    """Take one's own request back, approved or not."""
    caller = await session_of(held.gate.pool, ask.token, at)
    async with held.gate.pool.acquire() as connection, connection.transaction():
        waiting = await _locked(connection, ask.approval)
        own = waiting is not None and waiting.row["account_id"] == caller.account
        if waiting is None or not own:
            raise await _refusal(held, caller, ask, waiting, "withdraw", NOT_FOUND)
        if waiting.row["state"] not in {"waiting", "approved"} or waiting.row["used"]:
            raise await _refusal(held, caller, ask, waiting, "withdraw", CLOSED)
        covered = await held.gate.append(_facts(held, caller, ask, waiting, "withdraw"))
        await connection.execute(_STATE, ask.approval, "withdrawn", waiting.row["usable_until"], at)
    return ApprovalDecided("withdrawn", covered.index)


async def _locked(connection: Any, approval: UUID) -> Waiting | None:
    row: Mapping[str, Any] | None = await connection.fetchrow(_READ, approval)
    if row is None:
        return None
    given = row["given"] or []
    return Waiting(row, tuple(need for need in row["needs"] if need not in given))


async def step_up_used(held: Held, caller: Session, at: datetime) -> bool:
    """Take one use of a live step-up; like a reveal's, it is durable with the entry that follows."""
    found = await held.quick.fetchval(_STEP_UP, caller.session, at)
    return found is not None and await held.use_of(Use(found, at))


async def _settle(
    connection: Any, row: Mapping[str, Any], decision: str, left: list[str], at: datetime
) -> str:
    if decision == "decline":
        await connection.execute(_STATE, row["id"], "declined", None, at)
        return "declined"
    if left:
        return "waiting"
    await connection.execute(_STATE, row["id"], "approved", at + APPROVALS.usable[row["kind"]], None)
    return "approved"


async def _refusal(
    held: Held,
    caller: Session,
    ask: Approve | WithdrawApproval,
    waiting: Waiting | None,
    decision: str,
    code: str,
) -> Refusal:
    await held.gate.append(_facts(held, caller, ask, waiting, decision, refusal=code))
    return Refusal(code, _STATUS.get(code, _CONFLICT))


def _facts(
    held: Held,
    caller: Session,
    ask: Approve | WithdrawApproval,
    waiting: Waiting | None,
    decision: str,
    **refusal: str,
) -> Facts:
    about: dict[str, Any] = {}
    if waiting is not None:
        row = waiting.row
        many = row["kind"] == "export"
        about = {
            "subject": None if many else row["subjects"][0],
            "members": tuple(row["subjects"]) if many else (),
            "field": "manifest" if many else row["field"],
            "purpose": row["purpose"],
            "reference": f"{held.region}_{row['reference_id']}",
            "document": {"kind": row["kind"], **refusal},
        }
    return caller.facts(
        KINDS[decision],
        ask.request,
        decision="deny" if refusal else "allow",
        via=f"{held.region}_{ask.approval}",
        **({"document": refusal or None} | about),
    )
