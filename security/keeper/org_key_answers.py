"""The keeper's operations on an organisation's own key: its client administrator sets it and removes it."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from security.keeper import jobs
from security.keeper.held import Held
from security.keeper.jobs import Kind, Order
from security.keeper.key_answers import job_seen
from security.keeper.key_messages import KeyJobAsked, OrgKeySeen, OwnKey, ReadOrgKey, RemoveOrgKey, SetOrgKey
from security.keeper.operator import operator, refused, viewer
from security.keeper.org_keys import NONE
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session

OWNERS: Final = frozenset({"client_admin"})
ORG_KEY_SET: Final = "security:org-key:set"
ORG_KEY_REMOVED: Final = "security:org-key:removed"


async def org_key_answer(
    held: Held, ask: SetOrgKey | RemoveOrgKey | ReadOrgKey, at: datetime
) -> KeyJobAsked | OwnKey:
    """Answer one."""
    if isinstance(ask, ReadOrgKey):
        return await _read(held, ask, at)
    kind = ORG_KEY_SET if isinstance(ask, SetOrgKey) else ORG_KEY_REMOVED
    caller = await operator(held, ask.token, ask.request, kind, at, roles=OWNERS)
    try:
        return await (
            _set(held, caller, ask, at) if isinstance(ask, SetOrgKey) else _remove(held, caller, ask, at)
        )
    except Refusal as closed:
        raise await refused(held, caller, ask.request, kind, closed) from None


async def _set(held: Held, caller: Session, ask: SetOrgKey, at: datetime) -> KeyJobAsked:
    org = _org(caller)
    key = await held.org_keys.set_key(org, ask.address, at)
    document = {"org": str(org), "key": str(key)}
    await held.gate.append(caller.facts(ORG_KEY_SET, ask.request, document=document))
    return await _begin(held, "enclose", caller, ask.request, at)


async def _remove(held: Held, caller: Session, ask: RemoveOrgKey, at: datetime) -> KeyJobAsked:
    if await held.org_keys.current(_org(caller)) is None:
        raise Refusal(NONE, 409)
    return await _begin(held, "release", caller, ask.request, at)


async def _begin(held: Held, kind: Kind, caller: Session, request: UUID, at: datetime) -> KeyJobAsked:
    order = Order(kind=kind, by=caller.code, role=caller.role, request=request, at=at, org=_org(caller))
    job = await jobs.ask(held.keys, order)
    held.wake.set()
    return KeyJobAsked(job)


async def _read(held: Held, ask: ReadOrgKey, at: datetime) -> OwnKey:
    caller = await viewer(held, ask.token, at, roles=OWNERS)
    org = _org(caller)
    key = None
    for one in await held.org_keys.seen(org):
        closed = await held.org_keys.closed_by(org)
        key = OrgKeySeen(one.org, one.address, one.set_at, one.subjects, closed)
    last = await jobs.newest_of(held.keys, org)
    return OwnKey(key, None if last is None else job_seen(last, caller))


def _org(caller: Session) -> UUID:
    if caller.org is None:
        raise Refusal(NONE, 409)
    return caller.org
