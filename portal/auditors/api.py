"""The API of external auditors, for compliance; and for such a person the own access."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from portal.auditors.deeds import extend, invite, revoke
from portal.auditors.forms import Invitation, read_invitation
from portal.auditors.pages import INVITES, reading
from portal.auditors.queries import Access, External, accesses, external, externals
from portal.trail.pages import read_before
from portal.web.cursors import read_limit
from portal.web.gate import allow
from portal.web.idempotency import spend
from portal.web.ids import inner, outer
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view

TAGS = ["auditors"]
BASE = "/api/v1/auditors"


class InvitationIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days are days in the caller's time zone, the last included. rooms and fields: empty means all."""

    email: str
    name: str
    firm: str
    ends_on: str
    starts_on: str = ""
    locale: str = "en"
    time_zone: str = ""
    rooms: list[str] = []
    fields: list[str] = []
    since: str = ""
    until: str = ""

    def __repr__(self) -> str:
        return "<InvitationIn>"


class ExtensionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The new end, an instant."""

    ends_at: datetime


class AuditorOut(msgspec.Struct, frozen=True):
    """An external auditor. state: invited, coming, active, ended, revoked. Null limits are none."""

    id: str
    code: str
    name: str
    email: str
    firm: str
    state: str
    starts_at: datetime
    ends_at: datetime
    rooms: list[str] | None
    fields: list[str] | None
    since: datetime | None
    until: datetime | None
    invited_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None


class AuditorList(msgspec.Struct, frozen=True):
    """External auditors."""

    items: list[AuditorOut]
    next: str | None = None


class AccessOut(msgspec.Struct, frozen=True):
    """One thing done or opened, as its entry says."""

    entry: int
    at: datetime
    kind: str
    decision: str
    reference: str | None
    asked: dict[str, str]


class AccessList(msgspec.Struct, frozen=True):
    """Accesses, newest first."""

    items: list[AccessOut]
    next: str | None


def _out(unit: Unit, one: External) -> AuditorOut:
    return AuditorOut(
        id=outer(unit.settings.region, one.id),
        code=one.code,
        name=one.name,
        email=one.email,
        firm=one.firm,
        state=one.stands(unit.at),
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        rooms=one.rooms,
        fields=one.fields,
        since=one.since,
        until=one.until,
        invited_at=one.invited_at,
        accepted_at=one.accepted_at,
        revoked_at=one.revoked_at,
    )


async def _shown(unit: Unit, wanted: str) -> AuditorOut:
    async with reading(unit):
        return _out(unit, await external(unit, inner(unit.settings.region, wanted)))


def _access(one: Access) -> AccessOut:
    return AccessOut(one.index, one.at, one.kind, one.decision, one.reference, one.asked)


@get(BASE, opt=allow(INVITES), tags=TAGS)
async def list_auditors(request: Request[Any, Any, Any]) -> AuditorList:
    """List external auditors."""
    unit = unit_of(request)
    found = await externals(unit)
    await record_view(unit, "auditors:list:viewed", field="auditor", tier="clear")
    return AuditorList([_out(unit, one) for one in found])


@post(BASE, opt=allow(INVITES, outside=True), tags=TAGS, status_code=201)
async def add_auditor(request: Request[Any, Any, Any], data: JSONBody[InvitationIn]) -> Response[AuditorOut]:
    """Invite somebody; needs a step-up. A mail brings the way to choose a password."""
    unit = unit_of(request)
    given: Invitation = read_invitation(
        msgspec.to_builtins(data), data.rooms, data.fields, unit.who.time_zone, unit.at
    )
    await spend(request, unit)
    made = outer(unit.settings.region, await invite(unit, given))
    return Response(await _shown(unit, made), status_code=201, headers={"location": f"{BASE}/{made}"})


@get(f"{BASE}/{{wanted:str}}", opt=allow(INVITES), tags=TAGS)
async def one_auditor(request: Request[Any, Any, Any], wanted: FromPath[str]) -> AuditorOut:
    """Give one."""
    unit = unit_of(request)
    shown = await _shown(unit, wanted)
    await record_view(unit, "auditors:list:viewed", field="auditor", tier="clear", reference=shown.code)
    return shown


@post(f"{BASE}/{{wanted:str}}/extensions", opt=allow(INVITES, outside=True), tags=TAGS, status_code=201)
async def extend_auditor(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[ExtensionIn]
) -> AuditorOut:
    """Move the end; needs a step-up."""
    unit = unit_of(request)
    await spend(request, unit)
    await extend(unit, inner(unit.settings.region, wanted), data.ends_at)
    return await _shown(unit, wanted)


@post(f"{BASE}/{{wanted:str}}/revocation", opt=allow(INVITES, outside=True), tags=TAGS, status_code=201)
async def revoke_auditor(request: Request[Any, Any, Any], wanted: FromPath[str]) -> AuditorOut:
    """Shut somebody out at once, with all sessions."""
    unit = unit_of(request)
    await spend(request, unit)
    await revoke(unit, inner(unit.settings.region, wanted))
    return await _shown(unit, wanted)


@get(f"{BASE}/{{wanted:str}}/accesses", opt=allow(INVITES), tags=TAGS)
async def list_accesses(
    request: Request[Any, Any, Any],
    wanted: FromPath[str],
    limit: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> AccessList:
    """List what an external auditor did and opened."""
    unit = unit_of(request)
    found = await external(unit, inner(unit.settings.region, wanted))
    looked, older = await accesses(unit, found.id, read_before(cursor), read_limit(limit))
    await record_view(unit, "auditors:list:viewed", field="auditor", tier="clear", reference=found.code)
    return AccessList([_access(one) for one in looked], None if older is None else str(older))


API = [list_auditors, add_auditor, one_auditor, extend_auditor, revoke_auditor, list_accesses]
