"""The API of trips: read-only until booking exists."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, get
from litestar.params import FromPath, FromQuery

from portal.passengers.queries import names_of
from portal.trips.queries import TripView, find_trips, trip
from portal.web.cursors import read_limit
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.actor import CLIENT_ROLES, DESK_ROLES

TAGS = ["trips"]
SEES = CLIENT_ROLES | DESK_ROLES


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


API = [list_trips, read_trip]
