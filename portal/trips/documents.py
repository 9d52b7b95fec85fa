"""How the documents of those aboard stand for a trip's legs: from clear dates only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from portal.passengers.standing import flight, rules
from portal.passengers.validity import Flight, Judgement, Paper, Shortfall, judge_all
from portal.trips.queries import LegView, TripView
from portal.web.unit import Unit


@dataclass(frozen=True, slots=True)
class Falls:
    """Somebody aboard, and what falls short."""

    person: UUID
    shortfall: Shortfall


def flights_of(trip: TripView, legs: Iterable[LegView]) -> list[Flight]:
    """Describe legs of a trip, in the order of flying."""
    return [
        flight(leg.id, trip.id, (leg.origin.icao, leg.destination.icao), (leg.departs_at, leg.arrives_at))
        for leg in legs
    ]


def judged_legs(
    trip: TripView, aboard: Mapping[UUID, set[UUID]], person: UUID, papers: list[Paper]
) -> dict[UUID, Judgement]:
    """Judge one person's documents for the legs that carry him, by leg."""
    flights = flights_of(trip, [leg for leg in trip.legs if person in aboard.get(leg.id, ())])
    return {judgement.flight.leg: judgement for judgement in judge_all(rules(), flights, papers)}


async def seats(unit: Unit, wanted: UUID) -> dict[UUID, set[UUID]]:
    """Give who is aboard which leg of a trip, as far as the actor may see them."""
    rows = await unit.connection.fetch(
        "select leg_id, passenger_id from leg_passenger where trip_id = $1", wanted
    )
    aboard: dict[UUID, set[UUID]] = {}
    for row in rows:
        aboard.setdefault(row["leg_id"], set()).add(row["passenger_id"])
    return aboard


async def papers_of(unit: Unit, people: list[UUID]) -> dict[UUID, list[Paper]]:
    """Give the documents of these passengers as far as they lie in the clear."""
    rows = await unit.connection.fetch(
        "select passenger_id, id, kind, issuing_state, expires_on from travel_document"
        " where passenger_id = any($1) order by id",
        people,
    )
    found: dict[UUID, list[Paper]] = defaultdict(list)
    for row in rows:
        found[row["passenger_id"]].append(
            Paper(row["id"], row["kind"], row["issuing_state"], row["expires_on"])
        )
    return found


async def falls_short(unit: Unit, trip: TripView) -> list[Falls]:
    """List what falls short for the legs still to arrive, leg by leg; nothing for a trip that is over or off."""
    if trip.state not in {"draft", "confirmed"}:
        return []
    aboard, papers = await seats(unit, trip.id), await papers_of(unit, trip.passengers)
    judged = {person: judged_legs(trip, aboard, person, papers.get(person, [])) for person in trip.passengers}
    return [
        Falls(person, shortfall)
        for leg in trip.legs
        if leg.arrives_at > unit.at
        for person in trip.passengers
        if leg.id in judged[person]
        for shortfall in judged[person][leg.id].shortfalls
    ]
