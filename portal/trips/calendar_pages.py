"""The calendar feed: the page where its address is made and taken back, and the feed itself."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from portal.trips.calendar import calendar_of, token_hash
from portal.trips.feeds import account_of, live_feed, make_feed, revoke_feed
from portal.trips.queries import find_trips
from portal.web.forms import submitted
from portal.web.gate import allow, public
from portal.web.refusals import NotFound
from portal.web.render import page
from portal.web.unit import act_as, unit_of
from security.actor import CLIENT_ROLES, DESK_ROLES

Page = Response[Any]
SEES = CLIENT_ROLES | DESK_ROLES
MOST = 200
KIND = "text/calendar"


@get("/calendar", opt=allow(SEES), include_in_schema=False)
async def calendar_page(request: Request[Any, Any, Any]) -> Page:
    """Say whether there is an address, and offer to make or revoke it."""
    return page(request, "trips/calendar.html", feed=await live_feed(unit_of(request)), address="", done="")


@post("/calendar", opt=allow(SEES), include_in_schema=False)
async def make_address(request: Request[Any, Any, Any]) -> Page:
    """Make an address and show it this once; the one before ends."""
    unit = unit_of(request)
    await submitted(request)
    secret = await make_feed(unit)
    address = f"{unit.settings.public_url}/feeds/{secret}.ics"
    return page(request, "trips/calendar.html", feed=await live_feed(unit), address=address, done="made")


@post("/calendar/revocation", opt=allow(SEES), include_in_schema=False)
async def revoke_address(request: Request[Any, Any, Any]) -> Page:
    """Revoke the address: calendars get nothing more."""
    unit = unit_of(request)
    await submitted(request)
    await revoke_feed(unit)
    return page(request, "trips/calendar.html", feed=None, address="", done="revoked")


@get("/feeds/{secret:str}", opt=public(outside=True), include_in_schema=False)
async def feed(request: Request[Any, Any, Any], secret: FromPath[str]) -> Response[bytes]:
    """Give the trips ahead and past of whoever made this address, as iCalendar. One entry."""
    unit = unit_of(request)
    unit.actor = None  # whoever asks, the address alone decides
    await unit.open()
    actor = await account_of(unit, token_hash(secret.removesuffix(".ics")))
    if actor is None or actor.role not in SEES:
        raise NotFound
    unit.actor = actor
    await act_as(unit.connection, actor)
    found = await find_trips(unit, when="all", limit=MOST)
    await unit.record("trips:calendar:read", field="calendar")
    body = calendar_of(found.items, actor.locale, unit.settings.region, unit.at)
    return Response(body, media_type=KIND, headers={"cache-control": "private, max-age=900"})


PAGES = [calendar_page, make_address, revoke_address, feed]
