"""The pages of a reveal: choose purpose and reference, step up, see one value for a minute with its proof."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from audit.ledger import record
from i18n.catalogs import translations
from portal.directory.world import KIND_NAMES
from portal.passengers.explaining import Grounds, explanation_of, grounds
from portal.passengers.explaining import said as explained
from portal.passengers.pages import SEES, said
from portal.passengers.queries import PassengerView, passenger, sealed_fields
from portal.passengers.window import CaseChoice, TripChoice, case_choices, trip_choices
from portal.passengers.words import FIELD_NAMES, PURPOSE_NAMES
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.in_force import matrix_of
from portal.web.refusals import FormRefused, NotFound
from portal.web.render import formats_of, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, act_as, unit_of
from portal.web.views import record_view
from security.keeper.client import KeeperRefused, Revealed
from security.policy.approvals import may_ask_others
from security.vault.door import DOOR

SECONDS = 60
LONGEST_INDEX = 18
Page = Response[Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """One choice of the reference select: id at the edge and what a person reads."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be opened: whose, which field, which row; and on what grounds it might be."""

    view: PassengerView
    field: str
    row: UUID
    grounds: Grounds
    client_asks: tuple[str, ...] = ()


async def _wanted(
    request: Any, text: str, field: str, row: str, *, shown: bool = False
) -> tuple[Wanted, list[Reference]]:
    """Read whose field this is, and the trips and cases that may be its reference, in a short transaction."""
    unit = unit_of(request)
    region = unit.settings.region
    await unit.open()
    try:
        await act_as(unit.connection, unit.who)
        view = await passenger(unit, inner(region, text))
        if shown:
            kind = "passengers:profile:viewed"
            await record_view(unit, kind, field="passenger", tier="masked", subject=view.id)
        trips = await trip_choices(unit, view.id)
        opens_by_case = not matrix_of(unit.who).rule(unit.who.role, field).window
        cases = await case_choices(unit, view.id) if opens_by_case else []
        on = await grounds(unit, view)
        asks = await _client_asks(unit, view)
    finally:
        await unit.close(keep=True)
    wanted = Wanted(view, field, inner(region, row), on, asks)
    if (field, wanted.row) not in sealed_fields(view):
        raise NotFound
    return wanted, _references(request, unit, view, trips, cases)


async def _client_asks(unit: Unit, view: PassengerView) -> tuple[str, ...]:
    """Give the purposes for which the passenger's organisation wants to be asked by this role first."""
    found = await unit.connection.fetchval(
        "select purposes from gate.client_rule_list where org_id = $1 and $2 = any (roles)",
        view.org,
        unit.who.role,
    )
    return tuple(found or ())


def _references(
    request: Any, unit: Unit, view: PassengerView, trips: list[TripChoice], cases: list[CaseChoice]
) -> list[Reference]:
    region, formats = unit.settings.region, formats_of(request)
    if unit.who.passenger == view.id:
        return [Reference(outer(region, view.id), view.name)]
    return [
        Reference(
            outer(region, trip.id),
            f"{trip.reference} · {'–'.join(trip.airports)} · {formats.date(trip.departs_at)}",
        )
        for trip in trips
    ] + [Reference(outer(region, case.id), _of_case(request, case)) for case in cases]


def _of_case(request: Any, case: CaseChoice) -> str:
    kind = translations(language_of(request)).gettext(KIND_NAMES[case.kind])
    return f"{kind} · {formats_of(request).datetime(case.opened_at)}"


def _why_not(unit: Unit, wanted: Wanted) -> str:
    """Name why this role cannot open this now."""
    rule = matrix_of(unit.who).rule(unit.who.role, wanted.field)
    sealed = sealed_fields(wanted.view)[wanted.field, wanted.row]
    if not rule.purposes or (rule.own and unit.who.passenger != wanted.view.id):
        return "passengers:purpose_not_allowed"
    if rule.second_person:
        return "passengers:second_person_required"
    if sealed.state == "absent":
        return "passengers:nothing_on_file"
    return "passengers:outside_window"


def _offered(unit: Unit, wanted: Wanted, references: list[Reference]) -> tuple[str, ...]:
    """Give the purposes this role may choose from, none where it could not name a reference either."""
    rule = matrix_of(unit.who).rule(unit.who.role, wanted.field)
    may = not rule.own or unit.who.passenger == wanted.view.id
    return rule.purposes if may and references else ()


def _form(
    request: Any,
    wanted: Wanted,
    references: list[Reference],
    values: dict[str, str],
    errors: dict[str, str],
    *,
    status: int = 200,
    problem: str | None = None,
    recorded: bool = False,
    confirmed: bool = False,
) -> Page:
    unit = unit_of(request)
    told = explanation_of(unit, wanted.view, wanted.field, wanted.row, wanted.grounds, stepped_up=confirmed)
    return page(
        request,
        "passengers/reveal.html",
        status=status,
        person=wanted.view,
        field=wanted.field,
        row=outer(unit.settings.region, wanted.row),
        field_name=FIELD_NAMES[wanted.field],
        purposes=_offered(unit, wanted, references),
        purpose_names=PURPOSE_NAMES,
        trips=references,
        why_not=sentence(language_of(request), _why_not(unit, wanted)),
        whys=explained(request, told),
        is_open=told.is_open,
        stepped_up=confirmed or unit.who.step_up_until is not None,
        values=values,
        errors=said(request, errors),
        problem=problem,
        recorded=recorded,
        client_asks=[p for p in _offered(unit, wanted, references) if p in wanted.client_asks],
        asks_others=may_ask_others(unit.who.role, wanted.field, matrix_of(unit.who)),
    )


@get("/passengers/{wanted:str}/reveals/new", opt=allow(SEES, outside=True), include_in_schema=False)
async def reveal_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Ask for purpose, reference, reason and, where needed, the password."""
    query, unit = request.query_params, unit_of(request)
    target, references = await _wanted(
        request, wanted, query.get("field", ""), query.get("row", ""), shown=True
    )
    if _offered(unit, target, references):
        return _form(request, target, references, {}, {})
    # Nothing can be asked here, so the keeper will not hear of it: the page itself says and records the refusal.
    async with unit.short() as connection:
        document = {"refusal": _why_not(unit, target)}
        facts = unit.facts(
            "security:access:refused",
            decision="deny",
            subject=target.view.id,
            field=target.field,
            document=document,
        )
        await record(connection, facts)
    return _form(request, target, references, {}, {}, status=403, recorded=True)


@post("/passengers/{wanted:str}/reveals", opt=allow(SEES, outside=True), include_in_schema=False)
async def reveal(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Open one value, or say clearly why not; the keeper records either before it answers."""
    unit = unit_of(request)
    fields = await submitted(request)
    target, references = await _wanted(request, wanted, fields.get("field", ""), fields.get("row", ""))
    values = {name: fields.get(name, "") for name in ("purpose", "reference", "reason")}
    try:
        if fields.get("password"):
            await unit.keeper.step_up(unit.credential, unit.request, fields["password"])
        opened = await unit.keeper.reveal(
            unit.credential,
            unit.request,
            target.view.id,
            target.field,
            target.row,
            values["purpose"],
            values["reference"],
            values["reason"],
        )
    except KeeperRefused as refused:
        problem = sentence(language_of(request), refused.code, refused.fields)
        wrong_password = refused.code == "security:wrong_password"
        errors = {"password": refused.code} if wrong_password else {}
        judged = refused.code.startswith("passengers:")  # so the password, if one was given, was right
        return _form(
            request,
            target,
            references,
            values,
            errors,
            status=refused.status,
            problem=None if wrong_password else problem,
            recorded=judged,
            confirmed=judged and bool(fields.get("password")),
        )
    return _shown(request, target, values["purpose"], opened)


def _shown(request: Any, target: Wanted, purpose: str, opened: Revealed) -> Page:
    return page(
        request,
        "passengers/revealed.html",
        person=target.view,
        field_name=FIELD_NAMES[target.field],
        purpose_name=PURPOSE_NAMES[purpose],
        value=opened.value.reveal_to(DOOR),
        expires=opened.expires_at.isoformat(),
        seconds=SECONDS,
        index=opened.index,
        proof=opened.proof,
        at=unit_of(request).at,
    )


@post(
    "/passengers/{wanted:str}/copies", opt=allow(SEES, outside=True), status_code=204, include_in_schema=False
)
async def record_copy(request: Request[Any, Any, Any], wanted: FromPath[str]) -> None:
    """Have the keeper write down that a shown value is copied; the page copies nothing before that."""
    unit = unit_of(request)
    index = (await submitted(request)).get("index", "")
    if not (index.isascii() and index.isdecimal() and len(index) <= LONGEST_INDEX):
        raise FormRefused({"index": "web:invalid"})
    subject = inner(unit.settings.region, wanted)
    await unit.keeper.record_copy(unit.credential, unit.request, subject, int(index))


PAGES = [reveal_page, reveal, record_copy]
