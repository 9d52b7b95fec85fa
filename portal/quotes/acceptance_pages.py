"""The pages of an acceptance: terms, typed name, password; then the trip, and the paper that says what was agreed."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from portal.passengers.pages import said
from portal.quotes.actions import Agreement, QuoteExpired, StepUpRequired, UnknownOption, accept_quote
from portal.quotes.pages import ASKS, Page, load, see
from portal.quotes.printing import printer
from portal.quotes.queries import PRICED, Offer, QuoteView, paper, quote
from portal.quotes.rules import acceptance_problem
from portal.quotes.terms import CURRENT, terms
from portal.quotes.words import PRICES
from portal.web.forms import plain_line, submitted
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused, Refusal
from portal.web.render import language_of, page
from portal.web.sentences import sentence
from portal.web.session import actor_of
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.keeper.client import KeeperRefused

PDF = {"cache-control": "no-store", "content-disposition": 'attachment; filename="acceptance.pdf"'}


async def enter(unit: Unit) -> None:
    """Open the transaction of a route that first had to ask the keeper, and look the step-up up again."""
    await unit.open()
    if unit.token:
        unit.actor = await actor_of(unit.connection, unit.token, unit.at, unit.settings.region, enter=True)


def _offer(view: QuoteView, unit: Unit, text: str) -> Offer:
    wanted = inner(unit.settings.region, text)
    found = next((offer for offer in view.offers if offer.id == wanted), None)
    if found is None:
        raise UnknownOption
    return found


def _form(
    request: Any,
    view: QuoteView,
    offer: Offer,
    *,
    name: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
    problem: str = "",
) -> Page:
    unit = unit_of(request)
    code = acceptance_problem(view.state) or (QuoteExpired.code if offer.valid_until <= unit.at else "")
    return page(
        request,
        "quotes/accept.html",
        status=status,
        quote=view,
        offer=offer,
        prices=PRICES,
        terms=terms(CURRENT, language_of(request)),
        version=CURRENT,
        name=name,
        errors=said(request, errors or {}),
        problem=problem or (sentence(language_of(request), code) if code else ""),
        closed=bool(code),
        stepped_up=unit.who.step_up_until is not None,
    )


@get("/quotes/{wanted:str}/acceptance/new", opt=allow(ASKS), include_in_schema=False)
async def accept_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show what would be agreed to, with the terms."""
    unit = unit_of(request)
    view = await load(unit, wanted)
    offer = _offer(view, unit, request.query_params.get("option", ""))
    reference = outer(unit.settings.region, view.id)
    await record_view(unit, "quotes:quote:viewed", field="quote", tier="clear", reference=reference)
    return _form(request, view, offer)


@post("/quotes/{wanted:str}/acceptance", opt=allow(ASKS, outside=True), include_in_schema=False)
async def accept(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Accept: the password goes to the keeper first, then everything happens in one transaction."""
    unit = unit_of(request)
    fields = await submitted(request)
    refused = ""
    if fields.get("password"):
        try:
            await unit.keeper.step_up(unit.credential, unit.request, fields["password"])
        except KeeperRefused as wrong:
            refused = wrong.code
    await enter(unit)
    view = await load(unit, wanted)
    offer = _offer(view, unit, fields.get("option", ""))
    name = plain_line(fields.get("name", ""))
    if refused:
        return _form(request, view, offer, name=name, errors={"password": refused}, status=403)
    given = Agreement(offer.id, name, fields.get("terms", ""))
    try:
        trip = await accept_quote(unit, view.id, given, _version(fields), printer(request))
    except FormRefused as wrong_fields:
        return _form(request, view, offer, name=name, errors=wrong_fields.errors, status=422)
    except StepUpRequired as missing:
        return _form(
            request, view, offer, name=name, errors={"password": missing.code}, status=missing.status
        )
    except Refusal as closed:
        said_so = sentence(language_of(request), closed.code)
        return _form(request, view, offer, name=name, status=closed.status, problem=said_so)
    return see(request, f"/trips/{outer(unit.settings.region, trip)}?done=booked")


def _version(fields: dict[str, str]) -> int:
    text = fields.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1  # noqa: PLR2004 -- fits an integer column


@get("/quotes/{wanted:str}/acceptance.pdf", opt=allow(PRICED), include_in_schema=False)
async def paper_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Response[bytes]:
    """Give the paper that was made when the quote was accepted. One entry."""
    unit = unit_of(request)
    view = await quote(unit, inner(unit.settings.region, wanted))
    made = await paper(unit, view.id)
    await unit.record("quotes:acceptance:downloaded", field="quote", reference=wanted)
    return Response(made, media_type="application/pdf", headers=PDF)


PAGES = [accept_page, accept, paper_page]
