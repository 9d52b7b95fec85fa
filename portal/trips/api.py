"""The API of trips: reading them, and drafts made by sales and operations."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from portal.passengers.queries import names_of
from portal.passengers.warning_shapes import WarningOut, warning_out
from portal.trips.actions import create_trip
from portal.trips.documents import falls_short
from portal.trips.forms import read_draft
from portal.trips.queries import TripView, check_client, find_trips, trip
from portal.web.cursors import read_limit
from portal.web.forms import checked_texts
from portal.web.gate import allow
from portal.web.idempotency import claim, settle
from portal.web.ids import inner, outer
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.actor import CLIENT_ROLES, DESK_ROLES

TAGS = ["trips"]
SEES = CLIENT_ROLES | DESK_ROLES
DRAFTS = frozenset({"sales", "operations"})
Text = Annotated[str, Meta(max_length=100)]


class LegOut(msgspec.Struct, frozen=True, kw_only=True):
    """One leg; airports in IATA where there is one, times in UTC."""

    id: str
    from_: str = msgspec.field(name="from")
    to: str
    departs_at: datetime
    arrives_at: datetime
    aircraft: str
    tail: str


class OnBoard(msgspec.Struct, frozen=True):
    """A passenger of a trip."""

    id: str
    name: str


class TripWarningOut(msgspec.Struct, frozen=True):
    """Somebody aboard and what falls short of the rules of a destination."""

    passenger: str
    warning: WarningOut


class TripWarningList(msgspec.Struct, frozen=True):
    """What falls short for those aboard, leg by leg."""

    items: list[TripWarningOut]
    next: str | None


class TripOut(msgspec.Struct, frozen=True):
    """A trip: state draft, confirmed, flown or cancelled."""

    id: str
    org: str
    reference: str
    state: str
    legs: list[LegOut]
    passengers: list[OnBoard]


class TripList(msgspec.Struct, frozen=True):
    """A page of trips."""

    items: list[TripOut]
    next: str | None


def trip_out(unit: Unit, view: TripView, names: dict[Any, str]) -> TripOut:
    """Write a trip as the API shows it."""
    region = unit.settings.region
    legs = [
        LegOut(
            id=outer(region, leg.id),
            from_=leg.origin.code,
            to=leg.destination.code,
            departs_at=leg.departs_at,
            arrives_at=leg.arrives_at,
            aircraft=leg.aircraft,
            tail=leg.tail,
        )
        for leg in view.legs
    ]
    people = [OnBoard(outer(region, person), names[person]) for person in view.passengers if person in names]
    return TripOut(outer(region, view.id), outer(region, view.org), view.reference, view.state, legs, people)


@get("/api/v1/trips", opt=allow(SEES), tags=TAGS)
async def list_trips(
    request: Request[Any, Any, Any],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[str | None] = None,
    when: FromQuery[str] = "all",
) -> TripList:
    """List trips: all (newest first), ahead or past."""
    unit = unit_of(request)
    found = await find_trips(unit, when=when, cursor=cursor, limit=read_limit(limit))
    names = await names_of(list({person for view in found.items for person in view.passengers}))
    await record_view(unit, "trips:list:viewed", field="trip", tier="clear", members=list(names))
    return TripList([trip_out(unit, view, names) for view in found.items], found.next)


@get("/api/v1/trips/{wanted:str}", opt=allow(SEES), tags=TAGS)
async def read_trip(request: Request[Any, Any, Any], wanted: FromPath[str]) -> TripOut:
    """Give one trip."""
    unit = unit_of(request)
    view = await trip(unit, inner(unit.settings.region, wanted))
    names = await names_of(view.passengers)
    await record_view(
        unit, "trips:trip:viewed", field="trip", tier="clear", members=list(names), reference=wanted
    )
    return trip_out(unit, view, names)


@get("/api/v1/trips/{wanted:str}/warnings", opt=allow(SEES), tags=TAGS)
async def read_warnings(request: Request[Any, Any, Any], wanted: FromPath[str]) -> TripWarningList:
    """Say whose documents fall short for the legs ahead, from clear dates only."""
    unit = unit_of(request)
    region = unit.settings.region
    view = await trip(unit, inner(region, wanted))
    await record_view(
        unit, "trips:trip:viewed", field="trip", tier="clear", members=view.passengers, reference=wanted
    )
    falls = await falls_short(unit, view)
    items = [TripWarningOut(outer(region, one.person), warning_out(region, one.shortfall)) for one in falls]
    return TripWarningList(items, None)


class DraftLegIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A leg of a draft: airports in IATA or ICAO, departure by the airport's clock, aircraft type."""

    from_: Text = msgspec.field(name="from")
    to: Text
    departs_local: Text
    which: Text = ""
    aircraft: Text
    tail: Text = ""


class DraftIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A draft trip for an organisation."""

    org: Text
    legs: Annotated[list[DraftLegIn], Meta(min_length=1, max_length=6)]
    passengers: Annotated[list[Text], Meta(max_length=19)] = []


@post("/api/v1/trips", opt=allow(DRAFTS), tags=TAGS, status_code=201)
async def add_trip(request: Request[Any, Any, Any], data: JSONBody[DraftIn]) -> Response[TripOut]:
    """Draft a trip for a client: times follow from departure, distance and aircraft type."""
    unit = unit_of(request)
    region = unit.settings.region
    claimed = await claim(request, unit)
    if claimed and claimed.location:
        made = inner(region, claimed.location.rpartition("/")[2])
    else:
        legs = read_draft([_leg_fields(leg) for leg in data.legs], unit.at)
        people = list(dict.fromkeys(inner(region, person) for person in data.passengers))
        org = inner(region, data.org)
        await check_client(unit, org, people)
        made = (await create_trip(unit, org, "draft", legs, people)).id
        await settle(unit, claimed, 201, f"/api/v1/trips/{outer(region, made)}")
    view = await trip(unit, made)
    headers = {"location": f"/api/v1/trips/{outer(region, made)}"}
    return Response(trip_out(unit, view, await names_of(view.passengers)), status_code=201, headers=headers)


def _leg_fields(leg: DraftLegIn) -> dict[str, str]:
    texts = {name: getattr(leg, name) for name in ("to", "departs_local", "which", "aircraft", "tail")}
    return checked_texts(texts | {"from": leg.from_})


API = [list_trips, read_trip, read_warnings, add_trip]
