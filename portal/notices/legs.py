"""Confirmed legs: read as states, and moved. Only this room may move one (import contract, house test, trigger)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from portal.notices.rules import Itinerary, Leg, instant, written, written_local
from portal.trips.airports import airport
from portal.web.refusals import Refusal, Stale

_LEGS = (
    "select id, position, from_airport, to_airport, departs_local, departs_at, arrives_local, arrives_at,"
    " aircraft, tail from leg where trip_id = $1 order by position"
)


class NoSuchLeg(Refusal):
    """The leg does not belong to this trip."""

    code = "notices:no_such_leg"
    status = 422


async def legs_of(connection: Any, trip: UUID) -> Itinerary:
    """Read the legs of a trip as they are now."""
    return tuple(_leg(row) for row in await connection.fetch(_LEGS, trip))


def _leg(row: Any) -> Leg:
    return Leg(
        id=str(row["id"]),
        position=row["position"],
        origin=airport(row["from_airport"]).icao,
        destination=airport(row["to_airport"]).icao,
        departs_local=written_local(row["departs_local"]),
        departs_at=written(row["departs_at"]),
        arrives_local=written_local(row["arrives_local"]),
        arrives_at=written(row["arrives_at"]),
        aircraft=row["aircraft"],
        tail=row["tail"],
    )


def leg_in(legs: Itinerary, wanted: UUID) -> Leg:
    """Find a leg among those of its trip. Raises NoSuchLeg."""
    found = next((leg for leg in legs if leg.id == str(wanted)), None)
    if found is None:
        raise NoSuchLeg({"leg": "notices:no_such_leg"})
    return found


async def version_of(connection: Any, leg: UUID) -> int:
    """Say how often a leg was changed, plus one."""
    version: int = await connection.fetchval("select version from leg where id = $1", leg)
    return version


async def move_leg(connection: Any, leg: Leg, version: int) -> int:
    """Store a leg's new state over the one that was read at `version`; gives the new version. Raises Stale."""
    moved: int | None = await connection.fetchval(
        "update leg set from_airport = $3, to_airport = $4, departs_local = $5, departs_at = $6, arrives_local = $7,"
        " arrives_at = $8, aircraft = $9, tail = $10, version = version + 1 where id = $1 and version = $2"
        " returning version",
        UUID(leg.id),
        version,
        leg.origin,
        leg.destination,
        datetime.fromisoformat(leg.departs_local),
        instant(leg.departs_at),
        datetime.fromisoformat(leg.arrives_local),
        instant(leg.arrives_at),
        leg.aircraft,
        leg.tail,
    )
    if moved is None:
        raise Stale
    return moved
