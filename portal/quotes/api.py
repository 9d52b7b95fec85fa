"""The API of quotes: ask, answer, accept, decline, withdraw."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from portal.quotes import shapes
from portal.quotes.acceptance_pages import enter
from portal.quotes.actions import (
    Agreement,
    accept_quote,
    answer_quote,
    ask_quote,
    decline_quote,
    withdraw_quote,
)
from portal.quotes.bodies import read_answer, read_ask
from portal.quotes.pages import ANSWERS, ASKS, SEES, load
from portal.quotes.printing import printer
from portal.quotes.queries import PRICED, VIEWS, Offer, QuoteView, find_quotes
from portal.quotes.terms import CURRENT, terms, terms_digest
from portal.web.cursors import read_limit
from portal.web.forms import plain_line
from portal.web.gate import allow
from portal.web.idempotency import claim, settle
from portal.web.ids import inner, outer
from portal.web.refusals import NotFound, Stale
from portal.web.render import language_of
from portal.web.session import header
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view

TAGS = ["quotes"]
BASE = "/api/v1/quotes"


def _offer_out(region: str, offer: Offer, *, priced: bool) -> shapes.OptionOut:
    legs = [
        shapes.OfferLegOut(
            from_=leg.origin.code,
            to=leg.destination.code,
            departs_at=leg.departs_at,
            arrives_at=leg.arrives_at,
            departs_local=leg.departs_local.isoformat(timespec="minutes"),
            arrives_local=leg.arrives_local.isoformat(timespec="minutes"),
            block_minutes=int((leg.arrives_at - leg.departs_at).total_seconds()) // 60,
            distance_miles=leg.miles,
        )
        for leg in offer.legs
    ]
    return shapes.OptionOut(
        id=outer(region, offer.id),
        position=offer.position,
        aircraft=offer.aircraft,
        seats=offer.seats,
        reason=offer.reason,
        currency=offer.currency,
        valid_until=offer.valid_until,
        legs=legs,
        prices=[shapes.PriceOut(kind, amount) for kind, amount in offer.prices] if priced else None,
        total=offer.total if priced else None,
    )


def _acceptance_out(region: str, view: QuoteView) -> shapes.AcceptanceOut | None:
    got = view.acceptance
    if got is None:
        return None
    return shapes.AcceptanceOut(
        outer(region, got.option), got.name, got.terms, got.at, got.agreed_sha256, got.paper_sha256
    )


def quote_out(unit: Unit, view: QuoteView) -> shapes.QuoteOut:
    """Write a quote as the API shows it to this caller."""
    region, priced = unit.settings.region, unit.who.role in PRICED
    wishes = [
        shapes.WishOut(
            from_=leg.origin.code,
            to=leg.destination.code,
            date=leg.on,
            time=f"{leg.time:%H:%M}" if leg.time else None,
        )
        for leg in view.legs
    ]
    return shapes.QuoteOut(
        id=outer(region, view.id),
        org=outer(region, view.org),
        reference=view.reference,
        state=view.state,
        asked_at=view.asked_at,
        valid_until=view.valid_until,
        legs=wishes,
        seats=view.seats,
        passengers=[outer(region, person) for person in view.passengers],
        needs=view.needs,
        wish=view.wish,
        options=[_offer_out(region, offer, priced=priced) for offer in view.offers],
        steps=[shapes.StepOut(s.state, s.at, s.who, s.role) for s in view.steps],
        acceptance=_acceptance_out(region, view),
        trip=outer(region, view.trip) if view.trip else None,
    )


def _answer(unit: Unit, view: QuoteView, status: int = 200) -> Response[shapes.QuoteOut]:
    headers = {"etag": f'"v{view.version}"', "location": f"{BASE}/{outer(unit.settings.region, view.id)}"}
    return Response(quote_out(unit, view), status_code=status, headers=headers)


def _known_version(request: Any) -> int | None:
    """Read If-Match; None when it asks for nothing. Raises Stale for a tag this API never made."""
    sent = (header(request.scope, b"if-match") or "*").strip()
    if sent == "*":
        return None
    text = sent.removeprefix('"v').removesuffix('"')
    if not (text.isascii() and text.isdigit() and len(text) < 9):  # noqa: PLR2004 -- fits an integer column
        raise Stale
    return int(text)


@get(BASE, opt=allow(SEES), tags=TAGS)
async def list_quotes(
    request: Request[Any, Any, Any],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[str | None] = None,
    view: FromQuery[str] = "all",
) -> shapes.QuoteList:
    """List quotes, newest first: all, open or closed."""
    unit = unit_of(request)
    if view not in VIEWS:
        raise NotFound
    found = await find_quotes(unit, view=view, cursor=cursor, limit=read_limit(limit))
    await record_view(unit, "quotes:list:viewed", field="quote", tier="clear", reference=view)
    return shapes.QuoteList([quote_out(unit, item) for item in found.items], found.next)


@get(f"{BASE}/terms", opt=allow(SEES), tags=TAGS)
async def read_terms(request: Request[Any, Any, Any]) -> shapes.TermsOut:
    """Give the terms that an acceptance is under now, in the caller's language."""
    tag = language_of(request)
    return shapes.TermsOut(CURRENT, tag, terms(CURRENT, tag), terms_digest(CURRENT, tag))


@get(f"{BASE}/{{wanted:str}}", opt=allow(SEES), tags=TAGS)
async def read_quote(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Response[shapes.QuoteOut]:
    """Give one quote, with its entity tag."""
    unit = unit_of(request)
    view = await load(unit, wanted)
    shown = view.passengers
    await record_view(
        unit, "quotes:quote:viewed", field="quote", tier="clear", members=shown, reference=wanted
    )
    return _answer(unit, view)


@post(BASE, opt=allow(ASKS), tags=TAGS, status_code=201)
async def add_quote(
    request: Request[Any, Any, Any], data: JSONBody[shapes.QuoteIn]
) -> Response[shapes.QuoteOut]:
    """Ask for a quote for the own organisation."""
    unit = unit_of(request)
    claimed = await claim(request, unit)
    if claimed and claimed.location:
        return _answer(unit, await load(unit, claimed.location.rpartition("/")[2]), 201)
    if unit.who.org is None:
        raise NotFound
    made = await ask_quote(unit, unit.who.org, read_ask(data, unit.settings.region, unit.at.date()))
    await settle(unit, claimed, 201, f"{BASE}/{outer(unit.settings.region, made)}")
    return _answer(unit, await load(unit, outer(unit.settings.region, made)), 201)


@post(f"{BASE}/{{wanted:str}}/options", opt=allow(ANSWERS), tags=TAGS, status_code=201)
async def add_options(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[shapes.AnswerIn]
) -> Response[shapes.QuoteOut]:
    """Answer with one to three options. `If-Match` with an old tag is 412; an answered quote 409."""
    unit = unit_of(request)
    claimed = await claim(request, unit)
    view = await load(unit, wanted)
    if claimed and claimed.location:
        return _answer(unit, view, 201)
    known = _known_version(request)
    options = read_answer(data, view, unit.at)
    await answer_quote(unit, view.id, view.version if known is None else known, options)
    await settle(unit, claimed, 201, f"{BASE}/{wanted}")
    return _answer(unit, await load(unit, wanted), 201)


@post(f"{BASE}/{{wanted:str}}/acceptance", opt=allow(ASKS, outside=True), tags=TAGS, status_code=201)
async def accept(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[shapes.AcceptanceIn]
) -> Response[shapes.QuoteOut]:
    """Accept an option after a step-up; the same option again is the same acceptance and the same trip."""
    unit = unit_of(request)
    await enter(unit)
    claimed = await claim(request, unit)
    known = None if claimed and claimed.location else _known_version(request)
    region = unit.settings.region
    given = Agreement(inner(region, data.option), plain_line(data.name), data.terms)
    await accept_quote(unit, inner(region, wanted), given, known, printer(request))
    await settle(unit, claimed, 201, f"{BASE}/{wanted}")
    return _answer(unit, await load(unit, wanted), 201)


@post(f"{BASE}/{{wanted:str}}/refusal", opt=allow(ASKS), tags=TAGS, status_code=201)
async def refuse(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Response[shapes.QuoteOut]:
    """Decline all options."""
    unit = unit_of(request)
    await decline_quote(unit, inner(unit.settings.region, wanted))
    return _answer(unit, await load(unit, wanted), 201)


@post(f"{BASE}/{{wanted:str}}/withdrawal", opt=allow(ASKS | ANSWERS), tags=TAGS, status_code=201)
async def withdraw(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Response[shapes.QuoteOut]:
    """Take back what one has asked (client) or offered (sales)."""
    unit = unit_of(request)
    await withdraw_quote(unit, inner(unit.settings.region, wanted))
    return _answer(unit, await load(unit, wanted), 201)


API = [list_quotes, read_terms, read_quote, add_quote, add_options, accept, refuse, withdraw]
