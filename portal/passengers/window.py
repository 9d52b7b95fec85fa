"""What the passengers' room knows of trips and of open cases: views that show each role only its own rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.web.in_force import matrix_of
from portal.web.unit import Unit
from security.policy.window import AFTER_ARRIVAL, BEFORE_DEPARTURE, STATES, LegTimes, in_window


@dataclass(frozen=True, slots=True)
class TripChoice:
    """A trip that can be named as the reference of a reveal, and whether a window of it is open now."""

    id: UUID
    reference: str
    airports: tuple[str, ...]
    departs_at: datetime
    open: bool


@dataclass(frozen=True, slots=True)
class CaseChoice:
    """An open case about a passenger, which can be named as the reference of a reveal that needs no window."""

    id: UUID
    kind: str
    opened_at: datetime


async def case_choices(unit: Unit, passenger: UUID) -> list[CaseChoice]:
    """List the open cases about a passenger, the newest first."""
    rows = await unit.connection.fetch(
        "select case_id, kind, opened_at from passenger_case where passenger_id = $1 order by opened_at desc",
        passenger,
    )
    return [CaseChoice(*row.values()) for row in rows]


async def in_window_now(unit: Unit, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Give those passengers whom a leg in its window carries."""
    if unit.who.role not in matrix_of(unit.who).windowed:
        return frozenset()  # no cell of this role depends on a window: it is spared the question
    rows = await unit.connection.fetch(
        "select distinct passenger_id from passenger_trip where passenger_id = any($1) and state = any($2)"
        " and departs_at <= $3 and arrives_at >= $4",
        ids,
        list(STATES),
        unit.at + BEFORE_DEPARTURE,
        unit.at - AFTER_ARRIVAL,
    )
    return frozenset(row["passenger_id"] for row in rows)


async def trip_choices(unit: Unit, passenger: UUID) -> list[TripChoice]:
    """List the trips that carry a passenger, those with an open window first, then the newest."""
    rows = await unit.connection.fetch(
        "select trip_id, reference, state, from_airport, to_airport, departs_at, arrives_at from passenger_trip"
        " where passenger_id = $1 and state <> 'draft' order by departs_at, position",
        passenger,
    )
    legs: dict[UUID, list[dict[str, object]]] = {}
    for row in rows:
        legs.setdefault(row["trip_id"], []).append(dict(row))
    choices = [_choice(trip, found, unit.at) for trip, found in legs.items()]
    return sorted(choices, key=lambda c: (not c.open, -c.departs_at.timestamp()))


def _choice(trip: UUID, legs: list[dict[str, object]], at: datetime) -> TripChoice:
    times = [LegTimes(str(leg["state"]), leg["departs_at"], leg["arrives_at"]) for leg in legs]  # type: ignore[arg-type]
    airports = (str(legs[0]["from_airport"]), *(str(leg["to_airport"]) for leg in legs))
    return TripChoice(trip, str(legs[0]["reference"]), airports, times[0].departs_at, in_window(times, at))
