"""What may be asked about trips: rows by row-level security."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.trips.airports import Airport, airport
from portal.web.cursors import read_cursor, write_cursor
from portal.web.refusals import Refusal
from portal.web.unit import Unit

WHENS = ("ahead", "past", "all")


class TripNotFound(Refusal):
    """No such trip, or none that this actor may see."""

    code = "trips:not_found"
    status = 404


class UnknownOrganisation(Refusal):
    """No such organisation, or a passenger who is not of it."""

    code = "trips:unknown_organisation"
    status = 422


@dataclass(frozen=True, slots=True)
class LegView:
    """One leg with its airports."""

    id: UUID
    origin: Airport
    destination: Airport
    departs_at: datetime
    arrives_at: datetime
    aircraft: str
    tail: str


@dataclass(slots=True)
class TripView:
    """A trip with its legs and the ids of those it carries (as far as the actor may see them)."""

    id: UUID
    org: UUID
    reference: str
    state: str
    departs_at: datetime
    legs: list[LegView] = field(default_factory=list)
    passengers: list[UUID] = field(default_factory=list)

    @property
    def airports(self) -> list[Airport]:
        """The airports in the order of flying."""
        return [self.legs[0].origin, *(leg.destination for leg in self.legs)] if self.legs else []


@dataclass(frozen=True, slots=True)
class TripPage:
    """One page of trips and the cursor of the next."""

    items: list[TripView]
    next: str | None


_SELECT = (
    "select t.id, t.org_id, t.reference, t.state, s.departs_at from trip t"
    " join (select trip_id, min(departs_at) as departs_at, max(arrives_at) as arrives_at from leg group by trip_id) s"
    " on s.trip_id = t.id"
)


async def find_trips(
    unit: Unit, *, when: str = "ahead", cursor: str | None = None, limit: int = 50
) -> TripPage:
    """Find trips ahead (soonest first), past or all (newest first). Raises BadCursor."""
    after = read_cursor(cursor, 2)
    ahead = when == "ahead"
    values: list[Any] = []
    where = []
    if when != "all":
        values.append(unit.at)
        where.append("s.arrives_at >= $1" if ahead else "s.arrives_at < $1")
    if after:
        values += [datetime.fromisoformat(after[0].decode()), UUID(bytes=after[1])]
        sign, first = (">" if ahead else "<"), len(values) - 1
        where.append(f"(s.departs_at, t.id) {sign} (${first}, ${first + 1})")
    order = "s.departs_at, t.id" if ahead else "s.departs_at desc, t.id desc"
    sql = f"{_SELECT} where {' and '.join(where) or 'true'} order by {order} limit {limit + 1}"
    rows = await unit.connection.fetch(sql, *values)
    items = await _with_legs(unit, rows[:limit])
    last = items[-1] if len(rows) > limit else None
    end = write_cursor(last.departs_at.isoformat().encode(), last.id.bytes) if last else None
    return TripPage(items, end)


async def trip(unit: Unit, wanted: UUID) -> TripView:
    """Give one trip. Raises TripNotFound."""
    rows = await unit.connection.fetch(f"{_SELECT} where t.id = $1", wanted)
    if not rows:
        raise TripNotFound
    return (await _with_legs(unit, rows))[0]


async def check_client(unit: Unit, org: UUID, passengers: Sequence[UUID]) -> None:
    """Check that an organisation exists and these passengers are of it. Raises UnknownOrganisation."""
    row = await unit.connection.fetchrow(
        "select (select count(*) from organisation where id = $1) as known,"
        " (select count(*) from passenger where org_id = $1 and id = any($2)) as theirs",
        org,
        list(passengers),
    )
    if not row["known"] or row["theirs"] != len(passengers):
        raise UnknownOrganisation


async def trips_of(unit: Unit, person: UUID) -> list[TripView]:
    """List the trips that carry a passenger, newest first."""
    rows = await unit.connection.fetch(
        f"{_SELECT} where t.id in (select trip_id from leg_passenger where passenger_id = $1)"  # noqa: S608 -- constants
        " order by s.departs_at desc limit 100",
        person,
    )
    return await _with_legs(unit, rows)


async def _with_legs(unit: Unit, rows: Sequence[Any]) -> list[TripView]:
    found = {row["id"]: TripView(*row.values()) for row in rows}
    ids = list(found)
    legs = await unit.connection.fetch(
        "select id, trip_id, from_airport, to_airport, departs_at, arrives_at, aircraft, tail from leg"
        " where trip_id = any($1) order by trip_id, position",
        ids,
    )
    for row in legs:
        found[row["trip_id"]].legs.append(
            LegView(
                row["id"],
                airport(row["from_airport"]),
                airport(row["to_airport"]),
                row["departs_at"],
                row["arrives_at"],
                row["aircraft"],
                row["tail"],
            )
        )
    seats = await unit.connection.fetch(
        "select distinct trip_id, passenger_id from leg_passenger where trip_id = any($1) order by 1, 2", ids
    )
    for row in seats:
        found[row["trip_id"]].passengers.append(row["passenger_id"])
    return list(found.values())
