"""Pages of cases: the list, a new one, and one with its steps and what may be done next."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.accounts.queries import organisation_names
from portal.desk import words
from portal.desk.actions import FORBIDS, open_case
from portal.desk.clocks import CLOCKS
from portal.desk.forms import MAX_WORDS, read_case, read_step
from portal.desk.queries import CaseView, find_cases, subjects
from portal.desk.queries import read_case as load_case
from portal.desk.rules import CLIENT_STEPS, DESK_STEPS, KINDS, TEAMS, how_urgent, what_forbids
from portal.desk.steps import take_step
from portal.web.cursors import read_limit
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused, NotFound, Refusal, Stale
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.actor import CLIENT_ROLES, DESK_ROLES

Page = Response[Any]
CLIENTS = CLIENT_ROLES
SEES = CLIENT_ROLES | DESK_ROLES
WORKS = frozenset(TEAMS)
WHICH = ("open", "all")
WORDS: dict[str, Any] = {
    "kinds": words.KINDS,
    "states": words.STATES,
    "step_words": words.STEPS,
    "step_icons": words.ICONS,
    "teams": words.TEAMS,
    "hand_over_to": TEAMS,
    "urgencies": words.URGENCIES,
}


def said(request: Any, errors: dict[str, str]) -> dict[str, str]:
    """Turn field codes into sentences."""
    return {name: sentence(language_of(request), code) for name, code in errors.items()}


@get("/cases", opt=allow(SEES), name="cases", include_in_schema=False)
async def cases_page(request: Request[Any, Any, Any]) -> Page:
    """List cases, open ones or all. One entry names everybody they are about."""
    unit = unit_of(request)
    which = request.query_params.get("which", "open")
    which = which if which in WHICH else "open"
    found = await find_cases(
        unit,
        state="open" if which == "open" else None,
        cursor=request.query_params.get("cursor"),
        limit=read_limit(request.query_params.get("limit")),
    )
    orgs = await organisation_names({view.org for view in found.items}) if unit.who.org is None else {}
    if found.items:
        await record_view(unit, "desk:list:viewed", field="case", tier="clear", members=found.people)
    return page(
        request,
        "desk/cases.html",
        cases=found.items,
        orgs=orgs,
        which=which,
        may_open=unit.who.role in CLIENTS,
        next_cursor=found.next,
        paged="cursor" in request.query_params,
        now=unit.at,
        urgency=lambda view: how_urgent(view.due.first, unit.at, CLOCKS[view.kind].warn),
        **WORDS,
    )


async def _new_form(
    request: Any, values: dict[str, str], errors: dict[str, str], *, status: int = 200
) -> Page:
    unit, region = unit_of(request), unit_of(request).settings.region
    about = await subjects(unit)
    return page(
        request,
        "desk/new.html",
        status=status,
        values=values,
        errors=said(request, errors),
        kind_codes=KINDS,
        people=[(outer(region, id_), name) for id_, name in about.passengers],
        trips=[(outer(region, id_), name) for id_, name in about.trips],
        own_only=unit.who.role == "traveller",
        clocks=CLOCKS,
        longest=MAX_WORDS,
        **WORDS,
    )


@get("/cases/new", opt=allow(CLIENTS), name="new_case", include_in_schema=False)
async def new_case_page(request: Request[Any, Any, Any]) -> Page:
    """Show the empty form; `?kind=` and `?trip=` are filled in."""
    given = {name: request.query_params.get(name, "") for name in ("kind", "trip", "passenger")}
    return await _new_form(request, given, {})


@post("/cases", opt=allow(CLIENTS), include_in_schema=False)
async def add_case(request: Request[Any, Any, Any]) -> Page:
    """Open a case."""
    unit = unit_of(request)
    fields = await submitted(request, longest=MAX_WORDS + 1)
    try:
        made = await open_case(unit, read_case(fields, unit.settings.region))
    except FormRefused as refused:
        return await _new_form(request, fields, refused.errors, status=422)
    except NotFound:
        return await _new_form(request, fields, {"passenger": "desk:unknown_subject"}, status=422)
    return Redirect(
        address(request, f"/cases/{outer(unit.settings.region, made)}?done=opened"), status_code=303
    )


async def _load(request: Any, wanted: str) -> CaseView:
    unit = unit_of(request)
    view = await load_case(unit, inner(unit.settings.region, wanted))
    await record_view(
        unit, "desk:case:viewed", field="case", tier="clear", subject=view.passenger, reference=wanted
    )
    return view


def steps_open(unit: Unit, view: CaseView) -> set[str]:
    """Say which steps this actor may take now."""
    role = unit.who.role
    if role not in WORKS | CLIENTS:
        return set()
    return {
        step
        for step in CLIENT_STEPS | DESK_STEPS
        if what_forbids(step, view.stands(unit.who.account), role) is None
    }


async def _one(
    request: Any,
    view: CaseView,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
    problem: str = "",
) -> Page:
    unit = unit_of(request)
    return page(
        request,
        "desk/one.html",
        status=status,
        case=view,
        org=(await organisation_names({view.org})).get(view.org, ""),
        may=steps_open(unit, view),
        mine=view.holder == unit.who.account,
        of_desk=unit.who.role in DESK_ROLES,
        now=unit.at,
        warn=CLOCKS[view.kind].warn,
        urgency=how_urgent,
        errors=said(request, errors or {}),
        values=values or {},
        problem=sentence(language_of(request), problem) if problem else "",
        done=request.query_params.get("done", ""),
        longest=MAX_WORDS,
        **WORDS,
    )


@get("/cases/{wanted:str}", opt=allow(SEES), name="case", include_in_schema=False)
async def case_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show one case: what was said, where it stands, what is owed, and what may be done."""
    return await _one(request, await _load(request, wanted))


@post("/cases/{wanted:str}/steps", opt=allow(CLIENTS | WORKS), include_in_schema=False)
async def add_step(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Take a step; what is refused is said on the page, and what was typed stays."""
    fields = await submitted(request, longest=MAX_WORDS + 1)
    view = await _load(request, wanted)
    try:
        if fields.get("version", str(view.version)) != str(view.version):
            raise Stale
        await take_step(unit_of(request), view, read_step(fields))
    except FormRefused as refused:
        return await _one(request, view, status=422, errors=refused.errors, values=fields)
    except Refusal as refused:
        if refused.code != Stale.code and refused.code not in FORBIDS:
            raise
        return await _one(request, view, status=refused.status, values=fields, problem=refused.code)
    return Redirect(address(request, f"/cases/{wanted}?done={fields.get('step', '')}"), status_code=303)


PAGES = [cases_page, new_case_page, add_case, case_page, add_step]
