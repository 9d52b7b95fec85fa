"""Asking others to agree: exactly what is to be opened, why, and who must say yes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import uuid_utils.compat as uuids

from audit.entry import Facts, reason_commitment
from security.fields import FIELDS, UnknownField
from security.keeper.approval_messages import ApprovalAsked, ApprovalItem, AskApproval
from security.keeper.case import Asked, Case, Question, parse_reference
from security.keeper.held import Held
from security.keeper.reveal import judged_of
from security.keeper.sealed_files import file_password
from security.keeper.standing import reason_salt, standing_of
from security.policy.approvals import (
    APPROVALS,
    BREAK_GLASS,
    CLIENT,
    CLIENT_APPROVAL_REQUIRED,
    EXPORT,
    REVEAL,
    SECOND_PERSON,
    STATUSES,
    Special,
    approvers_of,
)
from security.policy.decide import (
    NOTHING_ON_FILE,
    OUTSIDE_WINDOW,
    PURPOSE_NOT_ALLOWED,
    SECOND_PERSON_REQUIRED,
)
from security.purposes import PURPOSES, UnknownPurpose
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session, session_of

MADE: Final = "approvals:request:made"
NOT_NEEDED: Final = "approvals:not_needed"
TOO_MANY_OPEN: Final = "approvals:too_many_open"
BAD_REQUEST: Final = "approvals:bad_request"
REASON_REQUIRED: Final = "approvals:reason_required"
NOT_FOUND: Final = "passengers:not_found"
MOST_OPEN: Final = 20
LAYOUTS: Final = frozenset({"xlsx", "csv"})
KINDS: Final = frozenset({REVEAL, BREAK_GLASS, EXPORT})
_OPEN: Final = """
select count(*) from gate.approval_request
where account_id = $1 and state = 'waiting' and expires_at > $2
"""
_REQUEST: Final = """
insert into gate.approval_request (id, kind, account_id, role, org_id, purpose, reference_id, reason, salt, needs,
  approvers, layout, state, asked_at, expires_at, entry)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, nullif($12, ''), 'waiting', $13, $14, $15)
"""
_ITEMS: Final = """
insert into gate.approval_item (id, request_id, subject_id, field, row_id)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value that is to be opened, with its case."""

    question: Question
    case: Case


async def ask_approval(held: Held, ask: AskApproval, at: datetime) -> ApprovalAsked:
    """Write a request down, or refuse it in the order of the access matrix; both are entries."""
    caller = await session_of(held.gate.pool, ask.token, at)
    wanted = await _wanted(held, ask, _checked(ask, held.region), at)
    approval = uuids.uuid7()
    needs, refusal = await _needs(held, ask.kind, wanted)
    if refusal is None and await held.gate.pool.fetchval(_OPEN, caller.account, at) >= MOST_OPEN:
        refusal = Refusal(TOO_MANY_OPEN, 429)
    if refusal is not None:
        await held.gate.append(_facts(held, caller, ask, approval, {"refusal": refusal.code}))
        raise refusal
    expires_at = at + APPROVALS.waits[ask.kind]
    stated = {"kind": ask.kind, "needs": ",".join(needs), "items": str(len(wanted))}
    covered = await held.gate.append(_facts(held, caller, ask, approval, stated))
    await _store(held, caller, ask, wanted, approval, needs, at, covered.index)
    password = file_password(held.custody.link_key, approval) if ask.kind == EXPORT else ""
    return ApprovalAsked(approval, needs, expires_at, password)


def _checked(ask: AskApproval, region: str) -> UUID | None:
    """Give the reference; raises for what no form of ours sends."""
    if any(item.field not in FIELDS for item in ask.items):
        raise Refusal(UnknownField.code, 422)
    if ask.purpose not in PURPOSES:
        raise Refusal(UnknownPurpose.code, 422)
    laid_out = ask.layout in LAYOUTS if ask.kind == EXPORT else not ask.layout
    twice = len({(item.subject, item.field, item.row) for item in ask.items}) != len(ask.items)
    if ask.kind not in KINDS or not laid_out or twice or (ask.kind != EXPORT and len(ask.items) != 1):
        raise Refusal(BAD_REQUEST, 422)
    if not ask.reason.strip():
        raise Refusal(REASON_REQUIRED, 422)
    return parse_reference(ask.reference, region)


async def _wanted(held: Held, ask: AskApproval, reference: UUID | None, at: datetime) -> list[Wanted]:
    questions = [_question(item, ask, reference) for item in ask.items]
    cases = await asyncio.gather(*(held.case_of(Asked(ask.token, question, at)) for question in questions))
    return [Wanted(question, case) for question, case in zip(questions, cases, strict=True) if case]


def _question(item: ApprovalItem, ask: AskApproval, reference: UUID | None) -> Question:
    return Question(
        subject=item.subject, field=item.field, row=item.row, purpose=ask.purpose, reference=reference
    )


async def _needs(held: Held, kind: str, wanted: list[Wanted]) -> tuple[list[str], Refusal | None]:
    """Say who must agree, or why nobody is asked; the first value that may not be asked for decides."""
    needs: set[str] = set()
    for one in wanted:
        found, refused = await _needs_of(held, kind, one)
        if refused is not None:
            return [], Refusal(refused, STATUSES.get(refused, 404))
        needs |= found
    if len({one.case.subject_org for one in wanted}) != 1:
        return [], Refusal(BAD_REQUEST, 422)
    if not needs:
        return [], Refusal(NOT_NEEDED, 409)
    return [need for need in (SECOND_PERSON, CLIENT) if need in needs], None


async def _needs_of(held: Held, kind: str, one: Wanted) -> tuple[set[str], str | None]:
    """Judge one value as a reveal would, but for what is asked for here: people's approval."""
    plain = (await judged_of(held, one.case, one.question, stepped_up=True)).refused
    if kind == BREAK_GLASS:
        return _breaking(one, plain)
    if kind == EXPORT and not _covers(APPROVALS.export, one):
        return set(), PURPOSE_NOT_ALLOWED
    client = {CLIENT} if _client_asks(one) else set[str]()
    second = {SECOND_PERSON} if kind == EXPORT or plain == SECOND_PERSON_REQUIRED else set[str]()
    if plain in {SECOND_PERSON_REQUIRED, CLIENT_APPROVAL_REQUIRED, None}:
        return client | second, None if one.case.envelope is not None else NOTHING_ON_FILE
    return set(), plain


def _breaking(one: Wanted, plain: str | None) -> tuple[set[str], str | None]:
    """Broken glass lifts role and window, never the reference: it must concern this passenger."""
    if plain is None or plain == CLIENT_APPROVAL_REQUIRED:
        return set(), None  # open as it is, or the client's to open: no emergency of ours
    if not _covers(APPROVALS.break_glass, one):
        return set(), PURPOSE_NOT_ALLOWED
    if one.case.subject_org is None:
        return set(), NOT_FOUND
    if not one.case.reference_known:
        return set(), OUTSIDE_WINDOW
    if plain not in {PURPOSE_NOT_ALLOWED, OUTSIDE_WINDOW}:
        return set(), plain
    return {SECOND_PERSON}, None if one.case.envelope is not None else NOTHING_ON_FILE


def _covers(special: Special, one: Wanted) -> bool:
    return special.covers(one.case.caller.role, one.question.field, one.question.purpose)


def _client_asks(one: Wanted) -> bool:
    return standing_of(one.case.standing, one.question.purpose, one.case.row).client_asked


def _facts(
    held: Held,
    caller: Session,
    ask: AskApproval,
    approval: UUID,
    document: Mapping[str, str],
) -> Facts:
    subjects = list(dict.fromkeys(item.subject for item in ask.items))
    reference = parse_reference(ask.reference, held.region)
    salt = reason_salt(held.custody.link_key, approval)
    return caller.facts(
        MADE,
        ask.request,
        decision="deny" if "refusal" in document else "allow",
        subject=subjects[0] if ask.kind != EXPORT else None,
        members=tuple(subjects) if ask.kind == EXPORT else (),
        field=ask.items[0].field if ask.kind != EXPORT else "manifest",
        purpose=ask.purpose,
        reference=f"{held.region}_{reference}" if reference else None,
        reason_commitment=reason_commitment(salt, ask.reason),
        via=f"{held.region}_{approval}",
        document=dict(document),
    )


async def _store(
    held: Held,
    caller: Session,
    ask: AskApproval,
    wanted: list[Wanted],
    approval: UUID,
    needs: list[str],
    at: datetime,
    entry: int,
) -> None:
    first = wanted[0]
    matrix = await held.matrix.keep_up(first.case.matrix)
    who = approvers_of(ask.kind, first.question.field, ask.purpose, matrix)
    async with held.gate.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            _REQUEST,
            approval,
            ask.kind,
            caller.account,
            caller.role,
            first.case.subject_org,
            ask.purpose,
            first.question.reference,
            ask.reason,
            reason_salt(held.custody.link_key, approval),
            needs,
            list(who) if SECOND_PERSON in needs else [],
            ask.layout,
            at,
            at + APPROVALS.waits[ask.kind],
            entry,
        )
        rows = [
            (uuids.uuid7(), approval, one.question.subject, one.question.field, one.case.row)
            for one in wanted
        ]
        await connection.execute(_ITEMS, *(list(column) for column in zip(*rows, strict=True)))
