"""What is done with trips: making one. A leg that exists is changed nowhere in this room."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from portal.trips.rules import Times
from portal.web.ids import new_id, outer
from portal.web.unit import Unit


@dataclass(frozen=True, slots=True)
class PlannedLeg:
    """A leg to be made: ICAO codes, times, aircraft type, tail number (empty until it is assigned)."""

    origin: str
    destination: str
    times: Times
    aircraft: str
    tail: str = ""


@dataclass(frozen=True, slots=True)
class MadeTrip:
    """A trip that was just made."""

    id: UUID
    reference: str


_LEG = (
    "insert into leg (id, trip_id, org_id, position, from_airport, to_airport, departs_local, arrives_local,"
    " departs_at, arrives_at, aircraft, tail) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
)


async def create_trip(
    unit: Unit, org: UUID, state: str, legs: Sequence[PlannedLeg], passengers: Sequence[UUID]
) -> MadeTrip:
    """Make a trip of an organisation with its legs, and everybody on each of them. One entry."""
    number = await unit.connection.fetchval("select nextval('trip_number')")
    made = MadeTrip(new_id(), f"WX-{unit.at:%y}-{number:04d}")
    await unit.connection.execute(
        "insert into trip (id, org_id, reference, state, created_at) values ($1, $2, $3, $4, $5)",
        made.id,
        org,
        made.reference,
        state,
        unit.at,
    )
    seats = []
    for position, leg in enumerate(legs, 1):
        row, times = new_id(), leg.times
        clocks = (times.departs_local, times.arrives_local, times.departs_at, times.arrives_at)
        where = (leg.origin, leg.destination)
        await unit.connection.execute(
            _LEG, row, made.id, org, position, *where, *clocks, leg.aircraft, leg.tail
        )
        seats += [(new_id(), row, made.id, person, org) for person in passengers]
    await unit.connection.executemany(
        "insert into leg_passenger (id, leg_id, trip_id, passenger_id, org_id) values ($1, $2, $3, $4, $5)",
        seats,
    )
    await unit.record(
        "trips:trip:created",
        field="trip",
        members=tuple(passengers),
        reference=outer(unit.settings.region, made.id),
    )
    return made
