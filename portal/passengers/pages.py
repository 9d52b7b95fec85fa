"""Pages of passengers: the list, one passenger, and the forms that add and edit."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.accounts.queries import organisation_names
from portal.passengers import forms
from portal.passengers.actions import (
    change_passenger,
    create_passenger,
    remove_birth_date,
)
from portal.passengers.attached import attach_scans
from portal.passengers.choices import kind_choices, order_choices, state_choices
from portal.passengers.explaining import explanation_of, grounds, hurdle
from portal.passengers.explaining import said as explained
from portal.passengers.finding import asks_of
from portal.passengers.listing import find_lines
from portal.passengers.queries import PassengerView, passenger
from portal.passengers.rows import ListForm, draw_list, draw_rows
from portal.passengers.standing import expiries, shortfalls_ahead
from portal.passengers.warning_words import EXPIRIES, say_shortfall
from portal.passengers.words import BRANDS, KINDS
from portal.web.closed_words import close_words, open_words
from portal.web.cursors import read_limit
from portal.web.forms import plain_line, submitted
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused, Stale
from portal.web.render import address, formats_of, framed, language_of, page
from portal.web.sentences import sentence
from portal.web.session import SessionToken
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.actor import CLIENT_ROLES, DESK_ROLES

Page = Response[Any]
SEES = CLIENT_ROLES | DESK_ROLES
EDITS = CLIENT_ROLES
ADDS = frozenset({"booker", "client_admin"})


def _see(request: Any, path: str) -> Redirect:
    return Redirect(address(request, path), status_code=303)


def here(unit: Unit, view: PassengerView, rest: str = "") -> str:
    """Give a passenger's own path."""
    return f"/passengers/{outer(unit.settings.region, view.id)}{rest}"


async def load(request: Any, text: str) -> PassengerView:
    """Read the passenger an address names."""
    unit = unit_of(request)
    return await passenger(unit, inner(unit.settings.region, text))


def said(request: Any, errors: dict[str, str]) -> dict[str, str]:
    """Turn field codes into sentences."""
    return {name: sentence(language_of(request), code) for name, code in errors.items()}


@get("/passengers", opt=allow(SEES), name="passengers", include_in_schema=False)
async def passengers_page(request: Request[Any, Any, Any]) -> Page:
    """List passengers with masks. One entry names everybody shown."""
    unit = unit_of(request)
    sought = request.query_params.get("s", "")
    q = open_words(_session(unit), sought)
    limit = read_limit(request.query_params.get("limit"))
    found = await find_lines(unit, q=q, cursor=request.query_params.get("cursor"), limit=limit)
    orgs = await organisation_names({line.org for line in found.items}) if unit.who.org is None else {}
    if found.items:
        await record_view(
            unit,
            "passengers:list:viewed",
            field="passenger",
            tier="masked",
            members=[line.id for line in found.items],
        )
    form = ListForm(
        has_rows=bool(found.items),
        has_orgs=bool(orgs),
        has_q=bool(q),
        has_next=found.next is not None,
        paged="cursor" in request.query_params,
        may_add=unit.who.role in ADDS,
        desk=asks_of(unit) if unit.who.role in DESK_ROLES else None,
    )
    rows = draw_rows(request, found.items, orgs)
    return framed(request, draw_list(request, form, rows, (q, sought), found.next))


@post("/passengers/search", opt=allow(SEES), include_in_schema=False)
async def search_passengers(request: Request[Any, Any, Any]) -> Page:
    """Take the words of a search by name or e-mail, and lead to an address in which they are closed."""
    unit, fields = unit_of(request), await submitted(request)
    q = plain_line(fields.get("q", ""))[:200]
    return _see(request, f"/passengers?s={close_words(_session(unit), q)}" if q else "/passengers")


def _session(unit: Unit) -> SessionToken:
    if unit.token is None:
        raise LookupError
    return unit.token


@get("/passengers/{wanted:str}", opt=allow(SEES), name="passenger", include_in_schema=False)
async def passenger_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show one passenger: clear what the matrix shows, masks for the rest."""
    unit = unit_of(request)
    view = await load(request, wanted)
    await record_view(unit, "passengers:profile:viewed", field="passenger", tier="masked", subject=view.id)
    on = await grounds(unit, view)

    def why_not(field: str, row: UUID) -> str:
        return " ".join(explained(request, hurdle(explanation_of(unit, view, field, row, on))))

    return page(
        request,
        "passengers/one.html",
        person=view,
        why_not=why_not,
        org=(await organisation_names({view.org})).get(view.org, ""),
        may_edit=unit.who.role in EDITS,
        kinds=KINDS,
        brands=BRANDS,
        scans=await attach_scans(unit, view),
        saved=request.query_params.get("saved", ""),
        look=request.query_params.get("look", ""),
        warnings=[
            say_shortfall(language_of(request), formats_of(request), one)
            for one in await shortfalls_ahead(unit, view)
        ],
        standing=expiries(view, unit.at),
        expiries=EXPIRIES,
    )


def _profile_form(
    request: Any,
    values: dict[str, str],
    errors: dict[str, str],
    view: PassengerView | None,
    status: int = 200,
) -> Page:
    return page(
        request,
        "passengers/edit.html",
        status=status,
        person=view,
        values={"version": str(view.version if view else 0), **values},
        errors=said(request, errors),
        states=state_choices(language_of(request)),
        orders=order_choices(),
        kinds=kind_choices(),
    )


@get("/passengers/new", opt=allow(ADDS), name="new_passenger", include_in_schema=False)
async def new_passenger_page(request: Request[Any, Any, Any]) -> Page:
    """Show the empty form."""
    return _profile_form(request, asdict(forms.Profile()), {}, None)


@post("/passengers", opt=allow(ADDS), include_in_schema=False)
async def add_passenger(request: Request[Any, Any, Any]) -> Page:
    """Add a passenger, typed or from two MRZ lines; sealed values are never echoed back."""
    unit = unit_of(request)
    fields = await submitted(request)
    try:
        given = _new_input(fields, unit)
    except FormRefused as refused:
        return _profile_form(request, _echo(fields), refused.errors, None, 422)
    if unit.who.org is None:
        raise LookupError
    made = await create_passenger(unit, unit.who.org, given)
    return _see(request, f"/passengers/{outer(unit.settings.region, made)}?saved=new")


def _echo(fields: dict[str, str]) -> dict[str, str]:
    """Give back what may stand in a page again: name and contact, nothing that is sealed."""
    base = asdict(forms.Profile())
    return {name: fields.get(name, was) for name, was in base.items()} | {
        "version": fields.get("version", "0")
    }


def _new_input(fields: dict[str, str], unit: Unit) -> forms.PassengerInput:
    checks, today = forms.Checks(), unit.at.date()
    documents: tuple[forms.DocumentInput, ...] = ()
    base, born = forms.Profile(), None
    if fields.get("mrz"):
        pasted = forms.read_pasted_mrz(fields["mrz"], today, checks=checks)
        if pasted:
            documents, base, born = (pasted.document,), pasted.profile, pasted.birth_date
    elif fields.get("number"):
        documents = (forms.read_document(fields, checks=checks),)
    typed = {name: value for name, value in fields.items() if value}
    profile = forms.read_profile(
        typed, base, checks=checks if not checks.errors.get("mrz") else forms.Checks()
    )
    born = forms.read_birth_date(fields.get("birth_date", ""), today, checks=checks) or born
    checks.done()
    return forms.PassengerInput(profile=profile, birth_date=born, documents=documents)


@get("/passengers/{wanted:str}/edit", opt=allow(EDITS), include_in_schema=False)
async def edit_passenger_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show name and contact for editing, which is a look at them too."""
    unit, view = unit_of(request), await load(request, wanted)
    await record_view(unit, "passengers:profile:viewed", field="passenger", tier="masked", subject=view.id)
    return _profile_form(request, _profile_of(view), {}, view)


def _profile_of(view: PassengerView) -> dict[str, str]:
    names = ("given", "family", "native", "order", "email", "phone", "nationality")
    return {name: getattr(view, name) for name in names}


@post("/passengers/{wanted:str}/edit", opt=allow(EDITS), include_in_schema=False)
async def edit_passenger(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Store name and contact; a stale form loses nothing that was typed."""
    unit, view = unit_of(request), await load(request, wanted)
    fields = await submitted(request)
    checks = forms.Checks()
    try:
        profile = forms.read_profile(fields, checks=checks)
        born = forms.read_birth_date(fields.get("birth_date", ""), unit.at.date(), checks=checks)
        checks.done()
        version = _version(fields)
        await change_passenger(
            unit, view, forms.PassengerInput(profile=profile, birth_date=born), version=version
        )
    except FormRefused as refused:
        return _profile_form(request, _echo(fields), refused.errors, view, 422)
    except Stale as stale:
        return _profile_form(request, _echo(fields), {"": stale.code}, view, stale.status)
    return _see(request, here(unit, view, "?saved=profile"))


@post("/passengers/{wanted:str}/birth-date/remove", opt=allow(EDITS), include_in_schema=False)
async def remove_date(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Remove the date of birth."""
    unit, view = unit_of(request), await load(request, wanted)
    await submitted(request)
    await remove_birth_date(unit, view)
    return _see(request, here(unit, view, "?saved=removed"))


def _version(fields: dict[str, str]) -> int:
    text = fields.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1  # noqa: PLR2004 -- fits an integer column


PAGES = [
    passengers_page,
    new_passenger_page,
    add_passenger,
    search_passengers,
    passenger_page,
    edit_passenger_page,
    edit_passenger,
    remove_date,
]
