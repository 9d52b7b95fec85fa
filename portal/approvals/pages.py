"""Pages of requests: what waits for me, what I asked for, a new request, one request with its decision."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from i18n.catalogs import translations
from portal.accounts.queries import organisation_names
from portal.approvals import words
from portal.approvals.forms import MAX_WORDS, checked_words, read_ask
from portal.approvals.queries import (
    RequestView,
    client_rule,
    document_of_scan,
    find_requests,
    read_request,
)
from portal.approvals.rules import kinds_offered
from portal.directory.world import KIND_NAMES
from portal.passengers.queries import PassengerView, names_of, passenger, sealed_fields
from portal.passengers.window import case_choices, trip_choices
from portal.passengers.words import FIELD_NAMES, PURPOSE_NAMES, ROLE_NAMES
from portal.web.cursors import read_limit
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.in_force import matrix_of
from portal.web.refusals import FormRefused, NotFound
from portal.web.render import address, formats_of, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, act_as, unit_of
from portal.web.views import record_view
from security.fields import SCAN
from security.keeper.client import ApprovalItem, KeeperRefused
from security.policy.approvals import APPROVALS, BREAK_GLASS

Page = Response[Any]
TAKES_PART = frozenset({"client_admin", "service_agent", "operations", "finance", "compliance"})
ASKS = TAKES_PART - {"client_admin"}
WHICH = ("waiting", "mine", "all")
WORDS: dict[str, Any] = {
    "kind_names": words.KINDS,
    "kind_choices": words.KIND_CHOICES,
    "need_names": words.NEEDS,
    "states": words.STATES,
    "decisions": words.DECISIONS,
    "field_names": FIELD_NAMES,
    "purpose_names": PURPOSE_NAMES,
    "role_names": ROLE_NAMES,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: whose, which field, which row; what may be asked, and with which references."""

    view: PassengerView
    field: str
    row: UUID
    kinds: Mapping[str, tuple[str, ...]]
    references: list[tuple[str, str]]


@asynccontextmanager
async def reading(unit: Unit) -> AsyncIterator[None]:
    """Read in a short transaction of an `outside` route: none may be open while the keeper is asked."""
    await unit.open()
    try:
        await act_as(unit.connection, unit.who)
        yield
    finally:
        await unit.close(keep=True)


def said(request: Any, errors: Mapping[str, str]) -> dict[str, str]:
    """Turn field codes into sentences."""
    return {name: sentence(language_of(request), code) for name, code in errors.items()}


@get("/approvals", opt=allow(TAKES_PART), name="approvals", include_in_schema=False)
async def approvals_page(request: Request[Any, Any, Any]) -> Page:
    """List requests: those that wait for this person, the own ones, or all one may see. One entry names the people."""
    unit = unit_of(request)
    which = request.query_params.get("which", WHICH[0])
    which = which if which in WHICH else WHICH[0]
    query = request.query_params
    found = await find_requests(unit, which, cursor=query.get("cursor"), limit=read_limit(query.get("limit")))
    if found.items:
        people = sorted({view.subject for view in found.items})
        await record_view(unit, "approvals:list:viewed", field="approval", tier="masked", members=people)
    return page(
        request,
        "approvals/list.html",
        requests=found.items,
        which=which,
        asks=unit.who.role in ASKS,
        sets_rule=unit.who.role == "client_admin",
        reviews=unit.who.role == "compliance",
        next_cursor=found.next,
        paged="cursor" in query,
        **WORDS,
    )


async def _wanted(request: Any, given: Mapping[str, str]) -> Wanted:
    unit = unit_of(request)
    region = unit.settings.region
    view = await passenger(unit, inner(region, given.get("passenger", "")))
    field, row = given.get("field", ""), inner(region, given.get("row", ""))
    if (field, row) not in sealed_fields(view) and (
        field != SCAN or await document_of_scan(unit, view.id, row) is None
    ):
        raise NotFound
    asks = (await client_rule(unit, view.org)).asks(unit.who.role)
    kinds = kinds_offered(unit.who.role, field, asks, matrix_of(unit.who))
    return Wanted(view, field, row, kinds, await _references(request, unit, view.id) if kinds else [])


async def _references(request: Any, unit: Unit, subject: UUID) -> list[tuple[str, str]]:
    region, formats = unit.settings.region, formats_of(request)
    say = translations(language_of(request)).gettext
    trips = [
        (
            outer(region, trip.id),
            f"{trip.reference} · {'–'.join(trip.airports)} · {formats.date(trip.departs_at)}",
        )
        for trip in await trip_choices(unit, subject)
    ]
    cases = [
        (outer(region, case.id), f"{say(KIND_NAMES[case.kind])} · {formats.datetime(case.opened_at)}")
        for case in await case_choices(unit, subject)
    ]
    return trips + cases


def _form(
    request: Any,
    wanted: Wanted,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    status: int = 200,
    problem: str = "",
) -> Page:
    kind = values.get("kind") or next(iter(wanted.kinds), "")
    return page(
        request,
        "approvals/new.html",
        status=status,
        person=wanted.view,
        field=wanted.field,
        row=wanted.row,
        kinds=wanted.kinds,
        kind=kind,
        purposes=list(dict.fromkeys(p for some in wanted.kinds.values() for p in some)),
        references=wanted.references,
        values=values,
        errors=said(request, errors),
        problem=problem,
        longest=MAX_WORDS,
        usable=APPROVALS.usable,
        breaks=BREAK_GLASS in wanted.kinds,
        **WORDS,
    )


@get("/approvals/new", opt=allow(ASKS), include_in_schema=False)
async def new_request_page(request: Request[Any, Any, Any]) -> Page:
    """Show the form for one field of one passenger; purpose and reference may be filled in by the address."""
    wanted = await _wanted(request, request.query_params)
    filled = {name: request.query_params.get(name, "") for name in ("kind", "purpose", "reference")}
    return _form(request, wanted, filled, {}, status=200 if wanted.kinds else 403)


@post("/approvals", opt=allow(ASKS, outside=True), include_in_schema=False)
async def add_request(request: Request[Any, Any, Any]) -> Page:
    """Ask; the keeper decides whether it may be asked, and records it."""
    unit = unit_of(request)
    fields = await submitted(request, longest=MAX_WORDS + 1)
    async with reading(unit):
        wanted = await _wanted(request, fields)
    try:
        given = read_ask(fields, wanted.kinds)
        made = await unit.keeper.ask_approval(
            unit.credential,
            unit.request,
            given.kind,
            [ApprovalItem(wanted.view.id, wanted.field, wanted.row)],
            given.purpose,
            given.reference,
            given.reason,
        )
    except FormRefused as refused:
        return _form(request, wanted, fields, refused.errors, status=422)
    except KeeperRefused as refused:
        problem = sentence(language_of(request), refused.code, refused.fields)
        return _form(request, wanted, fields, {}, status=refused.status, problem=problem)
    where = f"/approvals/{outer(unit.settings.region, made.id)}?done=asked"
    return Redirect(address(request, where), status_code=303)


async def shown(
    request: Any,
    view: RequestView,
    *,
    status: int = 200,
    problem: str = "",
    errors: Mapping[str, str] | None = None,
) -> Page:
    """Draw one request; reads the names of those it is about."""
    unit = unit_of(request)
    names = await names_of(list({part.subject for part in view.parts}))
    scanned = await document_of_scan(unit, view.subject, view.row) if view.field == SCAN else None
    return page(
        request,
        "approvals/one.html",
        status=status,
        view=view,
        names=names,
        scanned=scanned,
        org=(await organisation_names({view.org})).get(view.org, ""),
        stepped_up=unit.who.step_up_until is not None,
        usable=APPROVALS.usable[view.kind],
        problem=problem,
        errors=said(request, errors or {}),
        done=request.query_params.get("done", ""),
        reviews=unit.who.role == "compliance" and view.kind == BREAK_GLASS,
        longest=MAX_WORDS,
        **WORDS,
    )


async def load(unit: Unit, wanted: str) -> RequestView:
    """Read a request and record that it was looked at."""
    view = await read_request(unit, inner(unit.settings.region, wanted))
    one = view.subject if view.items == 1 else None
    await record_view(
        unit,
        "approvals:request:viewed",
        field="approval",
        tier="masked",
        subject=one,
        members=() if one else sorted({part.subject for part in view.parts}),
        reference=wanted,
    )
    return view


@get("/approvals/{wanted:str}", opt=allow(TAKES_PART), name="approval", include_in_schema=False)
async def request_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show one request: what, for what, why, how it stands, and what this person may do."""
    return await shown(request, await load(unit_of(request), wanted))


@post("/approvals/{wanted:str}/decisions", opt=allow(TAKES_PART, outside=True), include_in_schema=False)
async def decide(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Approve, decline or withdraw; the keeper asks who, and whether he may."""
    unit = unit_of(request)
    fields = await submitted(request, longest=MAX_WORDS + 1)
    decision = fields.get("decision", "")
    fields["words"] = checked_words(fields.get("words"), "words")
    try:
        await take(unit, inner(unit.settings.region, wanted), decision, fields)
    except KeeperRefused as refused:
        wrong = refused.code == "security:wrong_password"
        problem = "" if wrong else sentence(language_of(request), refused.code, refused.fields)
        async with reading(unit):
            view = await load(unit, wanted)
            errors = {"password": refused.code} if wrong else {}
            return await shown(request, view, status=refused.status, problem=problem, errors=errors)
    return Redirect(address(request, f"/approvals/{wanted}?done={decision}"), status_code=303)


async def take(unit: Unit, approval: UUID, decision: str, fields: Mapping[str, str]) -> str:
    """Hand a decision to the keeper, after the password if one was given; says how the request stands."""
    if fields.get("password"):
        await unit.keeper.step_up(unit.credential, unit.request, fields["password"])
    if decision == "withdraw":
        return (await unit.keeper.withdraw_approval(unit.credential, unit.request, approval)).state
    said_ = fields.get("words", "")
    decided = await unit.keeper.approve(unit.credential, unit.request, approval, decision, said_)
    return decided.state


PAGES = [approvals_page, new_request_page, add_request, request_page, decide]
