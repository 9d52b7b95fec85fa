"""Pages of trips: the list by time, and one trip with its legs and passengers."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from i18n.messages import N_
from portal.accounts.queries import organisation_names
from portal.passengers.queries import names_of
from portal.passengers.warning_words import say_shortfall
from portal.trips.documents import falls_short
from portal.trips.paper import printed
from portal.trips.queries import WHENS, find_trips, trip
from portal.trips.route_map import route_map
from portal.web.cursors import read_limit
from portal.web.gate import allow
from portal.web.ids import inner
from portal.web.render import environment, formats_of, language_of, page
from portal.web.unit import unit_of
from portal.web.views import record_view
from security.actor import CLIENT_ROLES, DESK_ROLES

Page = Response[Any]
SEES = CLIENT_ROLES | DESK_ROLES
STATES = {
    "draft": (N_("Draft"), "neutral"),
    "confirmed": (N_("Confirmed"), "ok"),
    "flown": (N_("Flown"), "info"),
    "cancelled": (N_("Cancelled"), "bad"),
}


@get("/trips", opt=allow(SEES), name="trips", include_in_schema=False)
async def trips_page(request: Request[Any, Any, Any]) -> Page:
    """List trips ahead, past or all. One entry."""
    unit = unit_of(request)
    when = request.query_params.get("when", "ahead")
    when = when if when in WHENS else "ahead"
    found = await find_trips(
        unit,
        when=when,
        cursor=request.query_params.get("cursor"),
        limit=read_limit(request.query_params.get("limit")),
    )
    orgs = await organisation_names({item.org for item in found.items}) if unit.who.org is None else {}
    await record_view(unit, "trips:list:viewed", field="trip", tier="clear", reference=when)
    return page(
        request,
        "trips/list.html",
        trips=found.items,
        orgs=orgs,
        when=when,
        states=STATES,
        next_cursor=found.next,
        paged="cursor" in request.query_params,
    )


@get("/trips/{wanted:str}", opt=allow(SEES), name="trip", include_in_schema=False)
async def trip_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show one trip. One entry names everybody on it."""
    unit = unit_of(request)
    view = await trip(unit, inner(unit.settings.region, wanted))
    names = await names_of(view.passengers)
    await record_view(
        unit, "trips:trip:viewed", field="trip", tier="clear", members=list(names), reference=wanted
    )
    return page(
        request,
        "trips/one.html",
        trip=view,
        names=sorted(names.items(), key=lambda item: item[1].casefold()),
        org=(await organisation_names({view.org})).get(view.org, ""),
        states=STATES,
        falls=[
            (
                one.person,
                names.get(one.person, ""),
                say_shortfall(language_of(request), formats_of(request), one.shortfall),
            )
            for one in await falls_short(unit, view)
        ],
        map=route_map(view.airports),
        may_change=unit.who.role in {"booker", "client_admin"},
        manifest=unit.who.role != "traveller",
        done=request.query_params.get("done", ""),
    )


@get("/trips/{wanted:str}/sheet.pdf", opt=allow(SEES), include_in_schema=False)
async def sheet_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Response[bytes]:
    """Give the trip sheet as PDF in the reader's language. One entry names everybody on it."""
    unit, tag = unit_of(request), language_of(request)
    view = await trip(unit, inner(unit.settings.region, wanted))
    names = await names_of(view.passengers)
    html = (
        environment(tag)
        .get_template("trips/sheet.html")
        .render(
            trip=view,
            names=sorted(names.values(), key=str.casefold),
            org=(await organisation_names({view.org})).get(view.org, ""),
            states=STATES,
            map=route_map(view.airports),
            formats=formats_of(request),
            at=unit.at,
        )
    )
    made = await printed(html)
    members = list(names)
    await unit.record("trips:sheet:downloaded", field="trip", members=tuple(members), reference=wanted)
    name = f'attachment; filename="{view.reference}.pdf"'
    headers = {"content-disposition": name, "cache-control": "no-store"}
    return Response(made, media_type="application/pdf", headers=headers)


PAGES = [trips_page, trip_page, sheet_page]
