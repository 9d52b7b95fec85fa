"""The keeper's operations on keys: who may, what is written down, and which job is begun."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from security.keeper import jobs
from security.keeper.epochs import epochs, turn_epoch
from security.keeper.held import Held
from security.keeper.jobs import Job, Order
from security.keeper.key_messages import (
    ApproveShred,
    AskShred,
    CertificateText,
    EpochSeen,
    JobSeen,
    KeyJobAsked,
    KeyOperation,
    KeysSeen,
    OrgKeySeen,
    ReadCertificate,
    ReadKeys,
    ResealSubject,
    RewrapKeys,
    RotateKeys,
    WithdrawShred,
)
from security.keeper.keys_made import KEYS_MADE
from security.keeper.messages import Done
from security.keeper.operator import ERASERS, OPERATORS, operator, refused, viewer
from security.keeper.shred import NO_LIST
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session
from security.vault.custodian import CustodyRefused

KEYS_VIEWED: Final = "security:keys:viewed"
RESEAL_ASKED: Final = "security:reseal:asked"
REWRAP_ASKED: Final = "security:rewrap:asked"
SHRED_APPROVED: Final = "security:shred:approved"
SHRED_ASKED: Final = "security:shred:asked"
SHRED_WITHDRAWN: Final = "security:shred:withdrawn"
NOT_FOUND: Final = "passengers:not_found"
OWN_REQUEST: Final = "security:own_request"
WAITS: Final = timedelta(days=7)  # a request to shred, for its second person

Answered = KeysSeen | KeyJobAsked | CertificateText | Done

_SUBJECT: Final = "select true from gate_subject where subject_id = $1"
_SHREDDED: Final = "select shredded_at is not null from subject where id = $1"


async def key_answer(held: Held, ask: KeyOperation, at: datetime) -> Answered:
    """Answer one."""
    return await _DEEDS[type(ask)](held, ask, at)


async def _rewrap(held: Held, ask: RewrapKeys, at: datetime) -> KeyJobAsked:
    caller = await operator(held, ask.token, ask.request, REWRAP_ASKED, at)
    return await _begin(held, caller, REWRAP_ASKED, _order("rewrap", caller, ask.request, at))


def _order(
    kind: jobs.Kind, caller: Session, request: UUID, at: datetime, subject: UUID | None = None
) -> Order:
    expires_at = at + WAITS if kind == "shred" else None
    return Order(
        kind=kind,
        by=caller.code,
        role=caller.role,
        request=request,
        at=at,
        subject=subject,
        expires_at=expires_at,
    )


async def _begin(held: Held, caller: Session, kind: str, order: Order) -> KeyJobAsked:
    job = await jobs.ask(held.keys, order)
    document = {"job": str(job)}
    await held.gate.append(caller.facts(kind, order.request, subject=order.subject, document=document))
    held.wake.set()
    return KeyJobAsked(job)


async def _rotate(held: Held, ask: RotateKeys, at: datetime) -> KeyJobAsked:
    caller = await operator(held, ask.token, ask.request, KEYS_MADE, at)
    try:
        await turn_epoch(held, at, (caller.code, caller.role), ask.request)
    except CustodyRefused as closed:
        raise await refused(held, caller, ask.request, KEYS_MADE, Refusal(closed.code, 503)) from None
    return await _begin(held, caller, REWRAP_ASKED, _order("rewrap", caller, ask.request, at))


async def _of_subject(held: Held, ask: ResealSubject | AskShred, at: datetime) -> KeyJobAsked:
    is_shred = isinstance(ask, AskShred)
    kind, roles = (SHRED_ASKED, ERASERS) if is_shred else (RESEAL_ASKED, OPERATORS)
    caller = await operator(held, ask.token, ask.request, kind, at, roles=roles, subject=ask.subject)
    if is_shred and held.erasures is None:
        raise await refused(held, caller, ask.request, kind, Refusal(NO_LIST, 409), ask.subject)
    known = await held.gate.pool.fetchval(_SUBJECT, ask.subject)
    if not known or await held.keys.fetchval(_SHREDDED, ask.subject):
        raise Refusal(NOT_FOUND, 404)
    order = _order("shred" if is_shred else "reseal", caller, ask.request, at, ask.subject)
    return await _begin(held, caller, kind, order)


async def _approve(held: Held, ask: ApproveShred, at: datetime) -> KeyJobAsked:
    caller = await operator(held, ask.token, ask.request, SHRED_APPROVED, at, roles=ERASERS)
    job = await _waiting(held, ask.job)
    if job.asked_by == caller.code:
        refusal = Refusal(OWN_REQUEST, 403)
        raise await refused(held, caller, ask.request, SHRED_APPROVED, refusal, job.subject_id)
    # The entry comes first: should the keeper end here, nothing was shredded that nobody is said to have approved.
    document = {"job": str(job.id), "asked": job.asked_by}
    await held.gate.append(
        caller.facts(SHRED_APPROVED, ask.request, subject=job.subject_id, document=document)
    )
    if await jobs.approve(held.keys, job.id, caller.code, caller.role, at) is None:
        raise Refusal(jobs.NOT_FOUND, 404)
    held.wake.set()
    return KeyJobAsked(job.id)


async def _withdraw(held: Held, ask: WithdrawShred, at: datetime) -> Done:
    caller = await operator(held, ask.token, ask.request, SHRED_WITHDRAWN, at, roles=ERASERS)
    job = await _waiting(held, ask.job)
    if not await jobs.withdraw(held.keys, job.id, at):
        raise Refusal(jobs.NOT_FOUND, 404)
    document = {"job": str(job.id)}
    await held.gate.append(
        caller.facts(SHRED_WITHDRAWN, ask.request, subject=job.subject_id, document=document)
    )
    return Done()


async def _waiting(held: Held, job_id: UUID) -> Job:
    job = await jobs.job_of(held.keys, job_id)
    if job.state != "asked" or job.kind != "shred":
        raise Refusal(jobs.NOT_FOUND, 404)
    return job


async def _certificate(held: Held, ask: ReadCertificate, at: datetime) -> CertificateText:
    caller = await viewer(held, ask.token, at)
    job = await jobs.job_of(held.keys, ask.job)
    if job.certificate is None:
        raise Refusal(jobs.NOT_FOUND, 404)
    await held.gate.append(caller.facts(KEYS_VIEWED, ask.request, subject=job.subject_id))
    return CertificateText(job.certificate)


async def _read(held: Held, ask: ReadKeys, at: datetime) -> KeysSeen:
    caller = await viewer(held, ask.token, at)
    seen = await epochs(held.keys)
    kept = timedelta(days=held.limits.key_backup_days)
    current = next((one for one in seen if one.kek_id == held.custody.kek_id), None)
    found = KeysSeen(
        custodian=held.custody.custodian,
        epochs=[
            EpochSeen(
                kek=one.kek_id,
                epoch=one.epoch,
                made_at=one.made_at,
                retired_at=one.retired_at,
                emptied_at=one.emptied_at,
                destroyed_at=one.destroyed_at,
                destroy_at=None if one.emptied_at is None else one.emptied_at + kept,
                counts=one.counts,
            )
            for one in seen
        ],
        jobs=[job_seen(job, caller) for job in await jobs.newest(held.keys)],
        next_epoch_at=None if current is None else current.made_at + timedelta(days=held.limits.epoch_days),
        shreds=held.erasures is not None,
        org_keys=[
            OrgKeySeen(one.org, one.address, one.set_at, one.subjects, "")
            for one in await held.org_keys.seen()
        ],
    )
    if held.viewed.is_first((caller.account, KEYS_VIEWED), at):
        await held.gate.append(caller.facts(KEYS_VIEWED, ask.request))
    return found


def job_seen(job: Job, caller: Session) -> JobSeen:
    """Tell of a job as this caller may hear of it."""
    return JobSeen(
        id=job.id,
        kind=job.kind,
        state=job.state,
        subject=job.subject_id,
        org=job.org_id,
        asked_by=job.asked_by,
        approved_by=job.approved_by or "",
        asked_at=job.asked_at,
        expires_at=job.expires_at,
        ended_at=job.ended_at,
        done=job.done,
        total=job.total,
        failed=job.failed,
        failure=job.failure or "",
        has_certificate=job.certificate is not None,
        is_mine=job.asked_by == caller.code,
    )


_DEEDS: Final[dict[type, Callable[[Held, Any, datetime], Awaitable[Answered]]]] = {
    ReadKeys: _read,
    RotateKeys: _rotate,
    RewrapKeys: _rewrap,
    ResealSubject: _of_subject,
    AskShred: _of_subject,
    ApproveShred: _approve,
    WithdrawShred: _withdraw,
    ReadCertificate: _certificate,
}
