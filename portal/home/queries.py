"""What stands on the first page."""

from dataclasses import dataclass
from datetime import timedelta

from portal.trips.queries import TripView, find_trips
from portal.web.unit import Unit


@dataclass(frozen=True, slots=True)
class Overview:
    """Figures of what the actor may see: people, trips ahead, documents that expire soon; the next trips."""

    people: int
    ahead: int
    expiring: int
    trips: list[TripView]


async def overview(unit: Unit) -> Overview:
    """Count what the actor may see."""
    row = await unit.connection.fetchrow(
        "select (select count(*) from passenger) as people,"
        " (select count(distinct trip_id) from leg where departs_at >= $1) as ahead,"
        " (select count(*) from travel_document where expires_on between $2 and $3) as expiring",
        unit.at,
        unit.at.date(),
        unit.at.date() + timedelta(days=183),
    )
    found = await find_trips(unit, when="ahead", limit=5)
    return Overview(row["people"], row["ahead"], row["expiring"], found.items)
