"""Pages of quotes: the list, one quote with its options side by side, and the forms that ask and answer."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.accounts.queries import organisation_names
from portal.passengers.forms import Checks
from portal.passengers.listing import find_lines
from portal.passengers.pages import said
from portal.passengers.queries import names_of
from portal.quotes import forms, rules, words
from portal.quotes.actions import answer_quote, ask_quote, decline_quote, withdraw_quote
from portal.quotes.queries import PRICED, VIEWS, QuoteView, find_quotes, quote
from portal.trips.airports import served
from portal.trips.fleet import aircraft_types
from portal.trips.route_map import route_map
from portal.trips.rules import block_time, distance
from portal.web.cursors import read_limit
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused, NotFound, Stale
from portal.web.render import address, formats_of, page
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view

Page = Response[Any]
ASKS = frozenset({"booker", "client_admin"})
ANSWERS = frozenset({"sales"})
SEES = ASKS | ANSWERS | {"service_agent", "operations", "finance"}
LEG_FIELDS = ("from", "to", "date", "time")
ROWS = 4  # legs that the form offers


def see(request: Any, path: str) -> Redirect:
    """Lead to a page after a deed."""
    return Redirect(address(request, path), status_code=303)


def here(unit: Unit, wanted: UUID) -> str:
    """Give a quote's own path."""
    return f"/quotes/{outer(unit.settings.region, wanted)}"


async def load(unit: Unit, text: str) -> QuoteView:
    """Read the quote an address names."""
    return await quote(unit, inner(unit.settings.region, text))


@get("/quotes", opt=allow(SEES), name="quotes", include_in_schema=False)
async def quotes_page(request: Request[Any, Any, Any]) -> Page:
    """List quotes: open, closed or all. One entry."""
    unit = unit_of(request)
    view = request.query_params.get("view", "open")
    view = view if view in VIEWS else "open"
    limit = read_limit(request.query_params.get("limit"))
    found = await find_quotes(unit, view=view, cursor=request.query_params.get("cursor"), limit=limit)
    orgs = await organisation_names({item.org for item in found.items}) if unit.who.org is None else {}
    await record_view(unit, "quotes:list:viewed", field="quote", tier="clear", reference=view)
    return page(
        request,
        "quotes/list.html",
        quotes=found.items,
        orgs=orgs,
        view=view,
        states=words.STATES,
        next_cursor=found.next,
        paged="cursor" in request.query_params,
        may_ask=unit.who.role in ASKS,
        at=unit.at,
    )


@get("/quotes/{wanted:str}", opt=allow(SEES), name="quote", include_in_schema=False)
async def quote_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show one quote: what was asked, the options side by side, and who did what when."""
    unit = unit_of(request)
    return await show(request, await load(unit, wanted), done=request.query_params.get("done", ""))


async def _seen(request: Any, view: QuoteView, people: list[UUID]) -> None:
    """Write down that a quote was shown. One entry names everybody on it."""
    unit = unit_of(request)
    reference, kind = outer(unit.settings.region, view.id), "quotes:quote:viewed"
    await record_view(unit, kind, field="quote", tier="clear", members=people, reference=reference)


async def show(
    request: Any, view: QuoteView, *, done: str = "", status: int = 200, problem: str = ""
) -> Page:
    """Render a quote. One entry names everybody on it."""
    unit = unit_of(request)
    names = await names_of(view.passengers)
    await _seen(request, view, list(names))
    return page(
        request,
        "quotes/one.html",
        status=status,
        quote=view,
        org=(await organisation_names({view.org})).get(view.org, ""),
        names=sorted(names.items(), key=lambda item: item[1].casefold()),
        words=words,
        map=route_map(view.airports),
        priced=unit.who.role in PRICED,
        may_accept=unit.who.role in ASKS and view.state == "answered",
        may_answer=unit.who.role in ANSWERS and view.state == "asked",
        may_withdraw=(unit.who.role in ASKS and view.state == "asked")
        or (unit.who.role in ANSWERS and view.state == "answered"),
        done=done,
        problem=problem,
        at=unit.at,
    )


@get("/quotes/new", opt=allow(ASKS), include_in_schema=False)
async def new_quote_page(request: Request[Any, Any, Any]) -> Page:
    """Show the empty enquiry."""
    return await _ask_form(request, {}, {})


async def _ask_form(request: Any, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Page:
    unit = unit_of(request)
    people = (await find_lines(unit, limit=200)).items
    if people:
        shown = [person.id for person in people]
        await record_view(unit, "passengers:list:viewed", field="passenger", tier="masked", members=shown)
    return page(
        request,
        "quotes/ask.html",
        status=status,
        values=values,
        errors=said(request, errors),
        people=people,
        airports=served(),
        needs=words.NEEDS,
        rows=ROWS,
    )


@post("/quotes", opt=allow(ASKS), include_in_schema=False)
async def add_quote(request: Request[Any, Any, Any]) -> Page:
    """Ask for a quote; a mistake loses nothing that was typed."""
    unit = unit_of(request)
    fields = await submitted(request)
    try:
        given = _read_ask(fields, unit)
        if unit.who.org is None:
            raise NotFound
        made = await ask_quote(unit, unit.who.org, given)
    except FormRefused as refused:
        return await _ask_form(request, fields, refused.errors, 422)
    return see(request, here(unit, made) + "?done=asked")


def _read_ask(fields: dict[str, str], unit: Unit) -> forms.AskInput:
    rows = [{name: fields.get(f"l{n}_{name}", "") for name in LEG_FIELDS} for n in range(1, ROWS + 1)]
    used = max((n for n, row in enumerate(rows, 1) if any(row.values())), default=1)
    people = tuple(inner(unit.settings.region, name[2:]) for name in fields if name.startswith("p_"))
    needs = [name.removeprefix("need_") for name in fields if name.startswith("need_")]
    checks = Checks()
    given = forms.read_ask(
        rows[:used],
        fields,
        people=people,
        needs=needs,
        today=unit.at.date(),
        place=lambda n: f"l{n + 1}_",
        checks=checks,
    )
    checks.done()
    if given is None:
        raise LookupError
    return given


@get("/quotes/{wanted:str}/answer", opt=allow(ANSWERS), include_in_schema=False)
async def answer_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show the form of one to three options, begun with what was asked."""
    view = await load(unit_of(request), wanted)
    await _seen(request, view, list(await names_of(view.passengers)))
    values = {"version": str(view.version), "valid_hours": "48"}
    for n, leg in enumerate(view.legs, 1):
        values[f"o1_l{n}_departs"] = f"{leg.on}T{leg.time:%H:%M}" if leg.time else f"{leg.on}T09:00"
    return _answer_form(request, view, values, {})


def _answer_form(
    request: Any, view: QuoteView, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Page:
    formats = formats_of(request)
    far = [distance(leg.origin, leg.destination) for leg in view.legs]
    able = [kind for kind in aircraft_types().values() if not rules.aircraft_problem(kind, view.seats, far)]
    choices = []
    for kind in able:
        blocks = " + ".join(formats.duration(block_time(miles, kind.knots)) for miles in far)
        choices.append((kind.type, kind.seats, blocks))
    return page(
        request,
        "quotes/answer.html",
        status=status,
        quote=view,
        values=values,
        errors=said(request, errors),
        kinds=choices,
        miles=[round(miles) for miles in far],
        words=words,
        currencies=[(code, f"{code} · {formats.currency(code)}") for code in rules.CURRENCIES],
        hours=words.HOURS,
        wrong_twice={name for name, code in errors.items() if code == "trips:ambiguous_time"},
    )


@post("/quotes/{wanted:str}/options", opt=allow(ANSWERS), include_in_schema=False)
async def add_options(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Answer with one to three options."""
    unit = unit_of(request)
    view = await load(unit, wanted)
    fields = await submitted(request)
    try:
        options = _read_options(fields, view, unit)
        version = fields.get("version", "")
        known = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else -1  # noqa: PLR2004 -- fits an integer column
        await answer_quote(unit, view.id, known, options)
    except FormRefused as refused:
        return _answer_form(request, view, fields, refused.errors, 422)
    except Stale as stale:
        return _answer_form(request, view, fields, {"": stale.code}, stale.status)
    return see(request, here(unit, view.id) + "?done=answered")


def _read_options(fields: dict[str, str], view: QuoteView, unit: Unit) -> list[forms.OptionInput]:
    found, errors = [], {}
    for n in range(1, rules.MOST_OPTIONS + 1):
        own = {k.removeprefix(f"o{n}_"): v for k, v in fields.items() if k.startswith(f"o{n}_")}
        if not own.get("aircraft") and n > 1:
            continue
        legs = [
            {"departs_local": own.get(f"l{m}_departs", ""), "which": own.get(f"l{m}_which", "")}
            for m in range(1, len(view.legs) + 1)
        ]
        typed = {kind: own[f"price_{kind}"] for kind in rules.PRICE_KINDS if own.get(f"price_{kind}")}
        checks = Checks()
        prices = forms.read_prices(typed, own.get("currency", ""), checks)
        option = forms.read_option(
            view,
            {**own, "valid_hours": fields.get("valid_hours", "")},
            legs,
            prices,
            at=unit.at,
            checks=checks,
        )
        for name, code in checks.errors.items():
            errors["valid_hours" if name == "valid_until" else f"o{n}_{name}"] = code
        if option:
            found.append(option)
    if errors:
        raise FormRefused(errors)
    return found


@post("/quotes/{wanted:str}/refusal", opt=allow(ASKS), include_in_schema=False)
async def refuse(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Decline all options."""
    unit = unit_of(request)
    await submitted(request)
    await decline_quote(unit, inner(unit.settings.region, wanted))
    return see(request, f"/quotes/{wanted}?done=declined")


@post("/quotes/{wanted:str}/withdrawal", opt=allow(ASKS | ANSWERS), include_in_schema=False)
async def withdraw(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Take back what one has asked or offered."""
    unit = unit_of(request)
    await submitted(request)
    await withdraw_quote(unit, inner(unit.settings.region, wanted))
    return see(request, f"/quotes/{wanted}?done=withdrawn")


PAGES = [
    quotes_page,
    new_quote_page,
    add_quote,
    quote_page,
    answer_page,
    add_options,
    refuse,
    withdraw,
]
