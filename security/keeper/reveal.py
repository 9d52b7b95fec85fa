"""Revealing: decide, write it down, wait until a signed checkpoint covers it, and only then open.

Whatever fails on the way (ledger, disk, database, time) leaves the value closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from audit.catalogue import kind_of_field
from audit.entry import Facts, reason_commitment
from security.actor import CLIENT_ROLES
from security.fields import FIELDS, SCAN, UnknownField
from security.keeper.case import Asked, Case, Question, parse_reference
from security.keeper.held import Held
from security.keeper.standing import Judged, judge, reason_salt, standing_of, use_approval
from security.keeper.subject_keys import KeyWanted, SubjectKey
from security.keeper.together import forsake
from security.keeper.vault_messages import Opened, Reveal
from security.policy.approvals import STATUSES, USED_UP
from security.policy.decide import PURPOSE_NOT_ALLOWED, STEP_UP_REQUIRED, decide_reveal
from security.purposes import PURPOSES, UnknownPurpose
from security.sign_in.refusal import Refusal, not_signed_in
from security.sign_in.sessions import session_of
from security.sign_in.step_up import Use
from security.vault.envelope import Context, EnvelopeRefused, dek_id_of, open_envelope

T = TypeVar("T")
Opening = Callable[[Held, Reveal, Question, Case, SubjectKey | None, datetime], Awaitable[T]]
"""States the entry, waits until it is covered, and opens."""

NOT_FOUND: Final = "passengers:not_found"


async def reveal(held: Held, ask: Reveal, at: datetime) -> Opened:
    """Open one value, or refuse in the order of the access matrix; both are entries.

    Before any of that: `security:not_signed_in`, `passengers:field_unknown`, `passengers:purpose_unknown`,
    which are none (there is nobody, or no kind of entry, to name).
    """
    if ask.field == SCAN:  # a scan is opened in chunks
        await session_of(held.quick, ask.token, at)
        raise Refusal(UnknownField.code, 422)
    return await released(held, ask, at, dek_id_of, _open)


async def released(
    held: Held, ask: Reveal, at: datetime, id_of: Callable[[bytes], UUID], opening: Opening[T]
) -> T:
    """Decide, take a use of the step-up, and have `opening` state the entry and then open; or refuse."""
    question = await _question(held, ask, at)
    case = await held.case_of(Asked(ask.token, question, at))
    if case is None:
        raise not_signed_in()
    await _hold_back(held, ask, question, case, at)
    judged = await judged_of(held, case, question)
    refused = judged.refused
    if refused is None:
        case = replace(case, approved=judged.approved) if judged.approved else case
        key = _key_of(held, question, case, id_of)  # looked for while the use is taken; it comes wrapped
        try:
            refused = await _used_up(held, case, at)
            if refused is None:
                return await opening(held, ask, question, case, await key, at)
        finally:
            forsake(key)
    refusal = Refusal(refused, STATUSES.get(refused, 404))
    await held.gate.append(_denied(held, ask, question, case, refusal))
    raise refusal


async def _question(held: Held, ask: Reveal, at: datetime) -> Question:
    if ask.field not in FIELDS or ask.purpose not in PURPOSES:
        await session_of(held.quick, ask.token, at)
        raise Refusal(UnknownPurpose.code if ask.field in FIELDS else UnknownField.code, 422)
    reference = parse_reference(ask.reference, held.region)
    return Question(
        subject=ask.subject, field=ask.field, row=ask.row, purpose=ask.purpose, reference=reference
    )


async def _hold_back(held: Held, ask: Reveal, question: Question, case: Case, at: datetime) -> None:
    back = held.reveals.held_back(case.caller, at)
    if back is None:
        return
    refusal = Refusal(back.code, 429, retry_after=back.seconds)
    # One entry a minute says that this person is held back: hammering must not fill the ledger.
    if held.gate.memory.said.is_first(case.caller.account, at):
        await held.gate.append(_denied(held, ask, question, case, refusal))
    raise refusal


async def judged_of(held: Held, case: Case, question: Question, *, stepped_up: bool | None = None) -> Judged:
    """Decide by the matrix in force; an unknown or foreign passenger is not found, unless the role may not ask.

    `stepped_up`: what to take for granted, where that is not what is asked.
    """
    caller, matrix = case.caller, await held.matrix.keep_up(case.matrix)
    own = caller.passenger == question.subject
    outside = caller.role in CLIENT_ROLES and caller.org != case.subject_org
    sure = case.step_up is not None if stepped_up is None else stepped_up

    def by_matrix(second_person: bool) -> str | None:  # noqa: FBT001 -- the one thing that differs
        return decide_reveal(
            role=caller.role,
            field=question.field,
            purpose=question.purpose,
            is_own=own,
            reference_known=case.reference_known,
            in_window=case.in_window,
            second_person=second_person,
            stepped_up=sure,
            stored=case.envelope is not None,
            place=held.region,
            matrix=matrix,
        )

    standing = standing_of(case.standing, question.purpose, case.row)
    judged = judge(standing, by_matrix, stepped_up=sure, stored=case.envelope is not None)
    if outside or (caller.role == "traveller" and not own):
        return Judged(NOT_FOUND)
    if case.subject_org is None and judged.refused != PURPOSE_NOT_ALLOWED:
        return Judged(NOT_FOUND)
    return judged


async def _used_up(held: Held, case: Case, at: datetime) -> str | None:
    """Take one use of the step-up, and the approval if this needs one; names what was used up meanwhile."""
    if not await _take_use(held, case, at):
        return STEP_UP_REQUIRED
    if case.approved is not None and not await use_approval(held.quick, case.approved, at):
        return USED_UP
    return None


async def _take_use(held: Held, case: Case, at: datetime) -> bool:
    # This commit does not wait for the disk (`synchronous_commit = off`). It need not: the ledger's commit,
    # for which a reveal waits before anything is opened, comes later in the same WAL and flushes all
    # before it. So the use is durable before the value is released, at the price of no flush of its own.
    return case.step_up is not None and await held.use_of(Use(case.step_up, at))


def _key_of(
    held: Held, question: Question, case: Case, id_of: Callable[[bytes], UUID]
) -> asyncio.Future[SubjectKey | None]:
    if case.envelope is None or case.row is None:
        raise EnvelopeRefused
    key_class = FIELDS[question.field].key_class
    return held.key_of(KeyWanted(id_of(case.envelope), question.subject, key_class))


async def _open(
    held: Held, ask: Reveal, question: Question, case: Case, key: SubjectKey | None, at: datetime
) -> Opened:
    if key is None or case.envelope is None or case.row is None:
        raise EnvelopeRefused
    field = FIELDS[question.field]
    if key.is_enclosed:
        key = await _agreed(held, ask, question, case, key)
    facts = stated(held, ask, question, case, tier="clear", dek=key.id)
    covered = await held.gate.append(facts)
    context = Context(held.region, field.table, field.column, case.row)
    value = open_envelope(case.envelope, dek=key.unwrap(held.custody), context=context)
    return Opened(
        value.decode(), held.shown_until(at), covered.proof_text(), covered.index, covered.leaf.decode()
    )


async def _agreed(held: Held, ask: Reveal, question: Question, case: Case, key: SubjectKey) -> SubjectKey:
    """Ask the organisation's own key service, which may refuse; that is an entry like any refusal."""
    try:
        return await held.org_keys.agreed(key, held.custody)
    except Refusal as closed:
        await held.gate.append(_denied(held, ask, question, case, closed))
        raise


def stated(held: Held, ask: Reveal, question: Question, case: Case, **more: object) -> Facts:
    """State what was asked and what came of it."""
    named, agreed = question.reference, case.approved
    salt = reason_salt(held.custody.link_key, agreed.request if agreed else ask.request)
    return case.caller.facts(
        kind_of_field(question.field, "revealed"),
        ask.request,
        subject=question.subject,
        field=question.field,
        purpose=question.purpose,
        reference=f"{held.region}_{named}" if named is not None else None,
        reason_commitment=reason_commitment(salt, ask.reason) if ask.reason else None,
        via=f"{held.region}_{agreed.request}" if agreed else None,
        **more,
    )


def _denied(held: Held, ask: Reveal, question: Question, case: Case, refusal: Refusal) -> Facts:
    document = {"refusal": refusal.code}
    return stated(held, ask, question, case, decision="deny", document=document)
