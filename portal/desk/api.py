"""The API of the desk: cases with their steps, and open work."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from portal.desk.actions import open_case
from portal.desk.forms import read_case, read_step, read_wanted
from portal.desk.queries import CaseView, find_cases
from portal.desk.queries import read_case as load_case
from portal.desk.rules import OWING, STATES, TEAMS
from portal.desk.steps import take_step
from portal.desk.work import open_work
from portal.web.cursors import read_limit
from portal.web.gate import allow
from portal.web.idempotency import claim, settle
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused, Stale
from portal.web.session import header
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.actor import CLIENT_ROLES, DESK_ROLES

TAGS = ["desk"]
CLIENTS = CLIENT_ROLES
SEES = CLIENT_ROLES | DESK_ROLES
WORKS = frozenset(TEAMS)
BASE = "/api/v1/cases"
CREATED = 201


class CaseIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case to open: kind, words, and maybe the passenger and the trip it is about."""

    kind: str = ""
    words: str = ""
    passenger: str | None = None
    trip: str | None = None


class StepIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step: take, answer, hand_over (with team), reply or close."""

    step: str = ""
    words: str = ""
    team: str | None = None


class StepOut(msgspec.Struct, frozen=True):
    """One step with who and when."""

    kind: str
    by: str
    role: str
    team: str | None
    words: str
    at: datetime


class CaseOut(msgspec.Struct, frozen=True):
    """A case; `respond_by` and `solve_by` are null when nothing is owed. Lists leave `steps` empty."""

    id: str
    org: str
    kind: str
    language: str
    team: str
    state: str
    passenger: str | None
    trip: str | None
    holder: str | None
    opened_at: datetime
    respond_by: datetime | None
    solve_by: datetime | None
    steps: list[StepOut]


class CaseList(msgspec.Struct, frozen=True):
    """A page of cases."""

    items: list[CaseOut]
    next: str | None


class WorkOut(msgspec.Struct, frozen=True):
    """One item of open work; `urgency` is on_time, soon, late or no_clock."""

    source: str
    id: str
    kind: str
    org: str | None
    language: str
    team: str
    state: str
    opened_at: datetime
    due_at: datetime | None
    urgency: str


class WorkList(msgspec.Struct, frozen=True):
    """Open work, what is due first at the top."""

    items: list[WorkOut]
    next: str | None


def case_out(unit: Unit, view: CaseView) -> CaseOut:
    """Write a case as the API shows it."""
    region = unit.settings.region
    return CaseOut(
        id=outer(region, view.id),
        org=outer(region, view.org),
        kind=view.kind,
        language=view.language,
        team=view.team,
        state=view.state,
        passenger=outer(region, view.passenger) if view.passenger else None,
        trip=outer(region, view.trip) if view.trip else None,
        holder=view.holder_name,
        opened_at=view.opened_at,
        respond_by=view.respond_by,
        solve_by=view.solve_by,
        steps=[StepOut(s.kind, s.name, s.role, s.team, s.words, s.at) for s in view.steps],
    )


def _answer(unit: Unit, view: CaseView, status: int = 200) -> Response[CaseOut]:
    headers = {"etag": f'"v{view.version}"'}
    if status == CREATED:
        headers["location"] = f"{BASE}/{outer(unit.settings.region, view.id)}"
    return Response(case_out(unit, view), status_code=status, headers=headers)


@get(BASE, opt=allow(SEES), tags=TAGS)
async def list_cases(
    request: Request[Any, Any, Any],
    in_state: Annotated[str, QueryParameter(name="state")] = "",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[str | None] = None,
) -> CaseList:
    """List cases, the newest first; `?state=open` or one of the states."""
    unit = unit_of(request)
    if in_state not in {"", "open", *STATES}:
        raise FormRefused({"state": "web:invalid"})
    found = await find_cases(unit, state=in_state or None, cursor=cursor, limit=read_limit(limit))
    if found.items:
        await record_view(unit, "desk:list:viewed", field="case", tier="clear", members=found.people)
    return CaseList([case_out(unit, view) for view in found.items], found.next)


@get(f"{BASE}/{{wanted:str}}", opt=allow(SEES), tags=TAGS)
async def one_case(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Response[CaseOut]:
    """Give one case with its steps."""
    unit = unit_of(request)
    view = await load_case(unit, inner(unit.settings.region, wanted))
    await record_view(
        unit, "desk:case:viewed", field="case", tier="clear", subject=view.passenger, reference=wanted
    )
    return _answer(unit, view)


@post(BASE, opt=allow(CLIENTS), tags=TAGS, status_code=201)
async def add_case(request: Request[Any, Any, Any], data: JSONBody[CaseIn]) -> Response[CaseOut]:
    """Open a case; the desk's clock begins."""
    unit = unit_of(request)
    claimed = await claim(request, unit)
    if claimed and claimed.location:
        known = inner(unit.settings.region, claimed.location.rpartition("/")[2])
        return _answer(unit, await load_case(unit, known), CREATED)
    made = await open_case(unit, read_case(msgspec.to_builtins(data), unit.settings.region))
    await settle(unit, claimed, CREATED, f"{BASE}/{outer(unit.settings.region, made)}")
    return _answer(unit, await load_case(unit, made), CREATED)


@post(f"{BASE}/{{wanted:str}}/steps", opt=allow(CLIENTS | WORKS), tags=TAGS, status_code=201)
async def add_step(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[StepIn]
) -> Response[CaseOut]:
    """Take, answer, hand over, reply to or close a case."""
    unit = unit_of(request)
    claimed = await claim(request, unit)
    view = await load_case(unit, inner(unit.settings.region, wanted))
    if claimed and claimed.location:
        return _answer(unit, view, CREATED)
    sent = header(request.scope, b"if-match")
    if sent is not None and sent.strip() not in {"*", f'"v{view.version}"'}:
        raise Stale
    await take_step(unit, view, read_step(msgspec.to_builtins(data)))
    await settle(unit, claimed, CREATED, f"{BASE}/{wanted}")
    return _answer(unit, await load_case(unit, view.id), CREATED)


@get("/api/v1/work", opt=allow(OWING), tags=TAGS)
async def list_work(request: Request[Any, Any, Any]) -> WorkList:
    """List open work of this cell: `?team=`, `?source=`, `?kind=`, `?language=`, `?held=me|nobody`."""
    unit, region = unit_of(request), unit_of(request).settings.region
    found = await open_work(
        unit.connection, unit.who.role, read_wanted(request.query_params, unit.who.account)
    )
    await record_view(unit, "desk:list:viewed", field="case", tier="clear")
    items = [
        WorkOut(
            source=item.source,
            id=outer(region, item.id),
            kind=item.kind,
            org=outer(region, item.org) if item.org else None,
            language=item.language,
            team=item.team,
            state=item.state,
            opened_at=item.opened_at,
            due_at=item.due_at,
            urgency=item.urgency(unit.at),
        )
        for item in found
    ]
    return WorkList(items, None)


API = [list_cases, one_case, add_case, add_step, list_work]
