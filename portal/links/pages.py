"""Pages for who asks: a passenger's links, how far each is, a new one, and taking one back."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.links.forms import read_language
from portal.links.orders import NoAddress, chosen_leg, order_link, take_back_link
from portal.links.queries import LegChoice, home_language, leg_choices, link, links_of
from portal.links.words import STATES
from portal.passengers.pages import here, load, said
from portal.passengers.queries import PassengerView
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused, NotFound
from portal.web.render import address, formats_of, page
from portal.web.unit import unit_of
from portal.web.views import record_view

Page = Response[Any]
ASKS = frozenset({"booker", "client_admin"})


@get("/passengers/{wanted:str}/links", opt=allow(ASKS), include_in_schema=False)
async def links_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show a passenger's links and the form for another."""
    view = await load(request, wanted)
    await record_view(unit_of(request), "links:list:viewed", field="document", tier="hidden", subject=view.id)
    return await _shown(request, view, {}, {})


async def _shown(
    request: Any, view: PassengerView, fields: dict[str, str], errors: dict[str, str], status: int = 200
) -> Page:
    unit = unit_of(request)
    legs = await leg_choices(unit, view.id)
    return page(
        request,
        "links/list.html",
        status=status,
        person=view,
        links=await links_of(unit, view.id),
        legs=[(outer(unit.settings.region, leg.id), _leg_words(request, leg)) for leg in legs],
        leg_words={leg.id: _leg_words(request, leg) for leg in legs},
        values={
            "leg": fields.get("leg", ""),
            "locale": fields.get("locale") or await _language(request, view),
        },
        errors=said(request, errors),
        states=STATES,
        done=request.query_params.get("done", ""),
    )


async def _language(request: Any, view: PassengerView) -> str:
    return await home_language(unit_of(request), view.org)


def _leg_words(request: Any, leg: LegChoice) -> str:
    """Name a leg in a line: its airports and its day by the clock of the first."""
    day = formats_of(request).date(leg.departs_at.astimezone(leg.origin.zoneinfo).date())
    return f"{leg.origin.code} – {leg.destination.code} · {day}"


@post("/passengers/{wanted:str}/links", opt=allow(ASKS), include_in_schema=False)
async def add_link(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Order a link; it goes to the traveller's address and nowhere else."""
    unit, view = unit_of(request), await load(request, wanted)
    fields = await submitted(request)
    try:
        locale = read_language(fields.get("locale", ""))
        leg = await chosen_leg(unit, view.id, inner(unit.settings.region, fields.get("leg", "")))
        await order_link(unit, view, leg, locale)
    except FormRefused as refused:
        return await _shown(request, view, fields, refused.errors, 422)
    except NotFound:
        return await _shown(request, view, fields, {"leg": "web:required"}, 422)
    except NoAddress as refused:
        return await _shown(request, view, fields, {"": refused.code}, 422)
    return Redirect(address(request, here(unit, view, "/links?done=sent")), status_code=303)


@post("/passengers/{wanted:str}/links/{item:str}/withdrawal", opt=allow(ASKS), include_in_schema=False)
async def withdraw(request: Request[Any, Any, Any], wanted: FromPath[str], item: FromPath[str]) -> Page:
    """Take a link back."""
    unit, view = unit_of(request), await load(request, wanted)
    await submitted(request)
    await take_back_link(unit, await link(unit, view.id, inner(unit.settings.region, item)))
    return Redirect(address(request, here(unit, view, "/links?done=withdrawn")), status_code=303)


PAGES = [links_page, add_link, withdraw]
