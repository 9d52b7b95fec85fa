"""Proposals for the matrix: made by one person, decided by another, each step an entry before it counts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from audit.entry import SALT_LENGTH, Facts, reason_commitment
from security.keeper.held import Held
from security.keeper.matrix_store import APPLIED, version_of, write_differences
from security.keeper.policy_messages import DecideRule, ProposeRule, RuleDecided, RuleProposed
from security.policy.change import (
    EXPIRED,
    LIFE,
    NOT_WAITING,
    NOT_YOURS,
    OVERTAKEN,
    PROPOSERS,
    ChangeRefused,
    Edit,
    changed,
    differences,
    in_order,
    what_forbids,
)
from security.policy.decide import STEP_UP_REQUIRED
from security.policy.rule import Matrix, MatrixRefused
from security.policy.versions import read_rule, rule_text
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session, session_of
from security.sign_in.step_up import use_live_step_up

NO_PROPOSAL: Final = "policy:no_proposal"
_STATUS: Final = {NOT_WAITING: 409, EXPIRED: 409, OVERTAKEN: 409}
_KIND: Final = {"reject": "security:matrix:rejected", "withdraw": "security:matrix:withdrawn"}
_STATE: Final = {"approve": "applied", "reject": "rejected", "withdraw": "withdrawn"}
_INSERT: Final = """
insert into gate.matrix_proposal
  (id, group_code, role, was, rule, reason, proposer_id, proposer_role, proposed_at, expires_at, state)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting')
"""
_READ: Final = "select * from gate.matrix_proposal where id = $1"
_DECIDE: Final = """
update gate.matrix_proposal set state = $2, decider_id = $3, decider_role = $4, decided_at = $5
where id = $1 and state = 'waiting' returning id
"""
_EXPIRE: Final = """
update gate.matrix_proposal set state = 'expired', decided_at = $1
where state = 'waiting' and expires_at <= $1 returning id
"""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A proposal, who decides it, and what would come of it."""

    row: asyncpg.Record
    caller: Session
    edit: Edit

    def facts(self, kind: str, request: UUID, document: dict[str, str]) -> Facts:
        """State a step of it."""
        return self.caller.facts(kind, request, reference=str(self.row["id"]), document=document)


async def propose_rule(held: Held, ask: ProposeRule, at: datetime) -> RuleProposed:
    """Keep a proposal; what could never be applied is refused at once, and is an entry."""
    caller = await session_of(held.gate.pool, ask.token, at)
    try:
        edit = _edit(caller, ask)
        after = changed(held.matrix.matrix, edit)
    except ChangeRefused as refused:
        raise await _refusal(held, caller, ask.request, refused.code, refused.fault) from None
    made = uuids.uuid7()
    document = {
        "proposal": str(made),
        "differences": write_differences(differences(held.matrix.matrix, after)),
    }
    rc = reason_commitment(secrets.token_bytes(SALT_LENGTH), ask.reason)
    kind = "security:matrix:proposed"
    await held.gate.append(
        caller.facts(kind, ask.request, reference=str(made), reason_commitment=rc, document=document)
    )
    was = rule_text(_rule_now(held.matrix.matrix, edit))
    row = (made, ask.group, ask.role, was, rule_text(edit.rule), ask.reason)
    await held.gate.pool.execute(_INSERT, *row, caller.account, caller.role, at, at + LIFE)
    return RuleProposed(made)


async def decide_rule(held: Held, ask: DecideRule, at: datetime) -> RuleDecided:
    """Approve, reject or withdraw; only an approval changes the matrix, after its entry is covered."""
    caller = await session_of(held.gate.pool, ask.token, at)
    await expire_proposals(held, at)
    row = await held.gate.pool.fetchrow(_READ, ask.proposal)
    if caller.role not in PROPOSERS:
        raise await _refusal(held, caller, ask.request, NOT_YOURS)
    if row is None:
        raise Refusal(NO_PROPOSAL, 404)
    waiting = _Waiting(row, caller, Edit(row["group_code"], row["role"], read_rule(row["rule"])))
    code = _forbidden(waiting, ask.decision)
    if code is not None:
        raise await _refusal(held, caller, ask.request, code)
    if ask.decision == "approve":
        return await _approve(held, ask, waiting, at)
    await held.gate.append(waiting.facts(_KIND[ask.decision], ask.request, {"proposal": str(row["id"])}))
    values = (row["id"], _STATE[ask.decision], caller.account, caller.role, at)
    if await held.gate.pool.fetchval(_DECIDE, *values) is None:
        raise Refusal(NOT_WAITING, 409)
    return RuleDecided(_STATE[ask.decision], 0)


async def expire_proposals(held: Held, at: datetime) -> None:
    """End what waited too long; each is an entry."""
    for row in await held.gate.pool.fetch(_EXPIRE, at):
        document = {"proposal": str(row["id"])}
        kind, request = "security:matrix:expired", uuids.uuid7()
        await held.gate.append(
            Facts(
                kind=kind,
                who="keeper",
                role="process",
                request=request,
                reference=str(row["id"]),
                document=document,
            )
        )


def _edit(caller: Session, ask: ProposeRule) -> Edit:
    if caller.role not in PROPOSERS:
        raise ChangeRefused(NOT_YOURS)
    try:
        rule = in_order(read_rule(ask.rule))
    except MatrixRefused:
        raise Refusal("security:malformed_request", 422) from None
    if not ask.reason.strip():
        raise Refusal("policy:reason_required", 422)
    return Edit(ask.group, ask.role, rule)


def _rule_now(matrix: Matrix, edit: Edit) -> Any:
    group = matrix.group(edit.group)
    return group.rules[edit.role] if group else None


def _forbidden(waiting: _Waiting, decision: str) -> str | None:
    row, caller = waiting.row, waiting.caller
    is_own = row["proposer_id"] == caller.account
    if row["state"] != "waiting":
        return EXPIRED if row["state"] == "expired" else NOT_WAITING
    if decision == "withdraw":
        return None if is_own else NOT_YOURS
    return what_forbids(proposer=row["proposer_role"], decider=caller.role, is_same=is_own)


async def _approve(held: Held, ask: DecideRule, waiting: _Waiting, at: datetime) -> RuleDecided:
    row, caller, store = waiting.row, waiting.caller, held.matrix
    if rule_text(_rule_now(store.matrix, waiting.edit)) != row["was"]:
        raise await _refusal(held, caller, ask.request, OVERTAKEN)
    try:
        after = changed(store.matrix, waiting.edit)
    except ChangeRefused as refused:
        raise await _refusal(held, caller, ask.request, refused.code, refused.fault) from None
    if not await use_live_step_up(held.quick, caller.session, at):
        raise await _refusal(held, caller, ask.request, STEP_UP_REQUIRED)
    version = version_of(store.version.number + 1, after, proposal=row["id"])
    document = version.document(differences(store.matrix, after))
    settled = (row["id"], "applied", caller.account, caller.role, at)
    try:
        await store.apply(version, waiting.facts(APPLIED, ask.request, document), at, _DECIDE, *settled)
    except MatrixRefused:
        raise Refusal(OVERTAKEN, 409) from None
    return RuleDecided("applied", version.number)


async def _refusal(held: Held, caller: Session, request: UUID, code: str, fault: str = "") -> Refusal:
    """Write the refusal down and give it back."""
    document = {"refusal": code} | ({"fault": fault} if fault else {})
    kind = "security:matrix:refused"
    await held.gate.append(caller.facts(kind, request, decision="deny", document=document))
    fields = {"fault": fault} if fault else {}
    return Refusal(code, _STATUS.get(code, 403 if not fault else 422), **fields)
