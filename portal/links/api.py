"""The API of links: what a booker's program may do and see. What a link opens is for its holder's browser alone."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from portal.links.forms import read_language
from portal.links.orders import chosen_leg, order_link, take_back_link
from portal.links.pages import ASKS
from portal.links.queries import LinkView, home_language, link, links_of
from portal.passengers.queries import passenger
from portal.web.gate import allow
from portal.web.idempotency import claim, settle
from portal.web.ids import inner, outer
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view

TAGS = ["passengers"]
BASE = "/api/v1/passengers"
Text = Annotated[str, Meta(max_length=100)]


class LinkOut(msgspec.Struct, frozen=True):
    """A link: state waiting, sent, undelivered, opened, complete, expired or withdrawn."""

    id: str
    passenger: str
    trip: str
    leg: str
    locale: str
    state: str
    made_at: datetime
    expires_at: datetime


class LinkList(msgspec.Struct, frozen=True):
    """A passenger's links, the newest first."""

    items: list[LinkOut]
    next: str | None


class LinkIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For which leg ahead, and in which language; without one in the organisation's."""

    leg: Text
    locale: Text = ""


def _out(unit: Unit, view: LinkView) -> LinkOut:
    region = unit.settings.region
    return LinkOut(
        id=outer(region, view.id),
        passenger=outer(region, view.passenger),
        trip=outer(region, view.trip),
        leg=outer(region, view.leg),
        locale=view.locale,
        state=view.state,
        made_at=view.made_at,
        expires_at=view.expires_at,
    )


@get(f"{BASE}/{{wanted:str}}/links", opt=allow(ASKS), tags=TAGS)
async def list_links(request: Request[Any, Any, Any], wanted: FromPath[str]) -> LinkList:
    """List a passenger's links."""
    unit = unit_of(request)
    view = await passenger(unit, inner(unit.settings.region, wanted))
    await record_view(unit, "links:list:viewed", field="document", tier="hidden", subject=view.id)
    return LinkList([_out(unit, one) for one in await links_of(unit, view.id)], None)


@post(f"{BASE}/{{wanted:str}}/links", opt=allow(ASKS), tags=TAGS, status_code=201)
async def add_link(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[LinkIn]
) -> Response[LinkOut]:
    """Have a link sent to the traveller; an earlier one for the same trip ends."""
    unit = unit_of(request)
    region = unit.settings.region
    view = await passenger(unit, inner(region, wanted))
    claimed = await claim(request, unit)
    if claimed and claimed.location:
        made = inner(region, claimed.location.rpartition("/")[2])
    else:
        locale = read_language(data.locale or await home_language(unit, view.org))
        leg = await chosen_leg(unit, view.id, inner(region, data.leg))
        made = await order_link(unit, view, leg, locale)
        await settle(unit, claimed, 201, f"{BASE}/{wanted}/links/{outer(region, made)}")
    headers = {"location": f"{BASE}/{wanted}/links/{outer(region, made)}"}
    return Response(_out(unit, await link(unit, view.id, made)), status_code=201, headers=headers)


@get(f"{BASE}/{{wanted:str}}/links/{{item:str}}", opt=allow(ASKS), tags=TAGS)
async def read_link(request: Request[Any, Any, Any], wanted: FromPath[str], item: FromPath[str]) -> LinkOut:
    """Say how far a link is."""
    unit = unit_of(request)
    region = unit.settings.region
    found = await link(unit, inner(region, wanted), inner(region, item))
    await record_view(unit, "links:list:viewed", field="document", tier="hidden", subject=found.passenger)
    return _out(unit, found)


@delete(f"{BASE}/{{wanted:str}}/links/{{item:str}}", opt=allow(ASKS), tags=TAGS, status_code=204)
async def withdraw_link(request: Request[Any, Any, Any], wanted: FromPath[str], item: FromPath[str]) -> None:
    """Take a link back."""
    unit = unit_of(request)
    region = unit.settings.region
    await take_back_link(unit, await link(unit, inner(region, wanted), inner(region, item)))


API = [list_links, add_link, read_link, withdraw_link]
