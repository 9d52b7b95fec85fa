"""How somebody's documents stand for the flights ahead: from clear dates only, nothing is opened."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.passengers.queries import PassengerView
from portal.passengers.validity import Flight, Judgement, Paper, Shortfall, expiry_of, judge_all
from portal.passengers.validity.reading import EntryRules, entry_rules
from portal.web.places import airfield, state_of_airport, states
from portal.web.unit import Unit

AHEAD = ("draft", "confirmed")


@cache
def rules() -> EntryRules:
    """Give the entry rules in force."""
    return entry_rules(frozenset(states()))


def flight(leg: UUID, trip: UUID, way: tuple[str, str], times: tuple[datetime, datetime]) -> Flight:
    """Describe a leg by the states and days of its airports."""
    (origin, destination), (departs_at, arrives_at) = way, times
    there, here = airfield(destination), airfield(origin)
    return Flight(
        leg,
        trip,
        state_of_airport(origin),
        state_of_airport(destination),
        there["city"],
        departs_at.astimezone(ZoneInfo(here["tz"])).date(),
        arrives_at.astimezone(ZoneInfo(there["tz"])).date(),
    )


def papers(person: PassengerView) -> list[Paper]:
    """Give somebody's documents as far as the rules look at them."""
    return [Paper(d.id, d.kind, d.issuing_state, d.expires_on) for d in person.documents]


def judged(person: PassengerView, flights: Sequence[Flight]) -> list[Judgement]:
    """Judge somebody's documents for the legs of one trip, in the order of flying."""
    return judge_all(rules(), flights, papers(person))


async def shortfalls_ahead(unit: Unit, person: PassengerView) -> list[Shortfall]:
    """List what falls short for each leg ahead that carries this passenger, the soonest first."""
    rows = await unit.connection.fetch(
        "select leg_id, trip_id, from_airport, to_airport, departs_at, arrives_at from passenger_trip"
        " where passenger_id = $1 and state = any($2) order by trip_id, position",
        person.id,
        list(AHEAD),
    )
    found: list[tuple[datetime, Shortfall]] = []
    for _, legs in groupby(rows, key=lambda row: row["trip_id"]):
        found += _of_trip(person, list(legs), unit.at)
    return [shortfall for _, shortfall in sorted(found, key=lambda pair: pair[0])]


def _of_trip(person: PassengerView, legs: list[Any], at: datetime) -> list[tuple[datetime, Shortfall]]:
    flights = [
        flight(
            row["leg_id"],
            row["trip_id"],
            (row["from_airport"], row["to_airport"]),
            (row["departs_at"], row["arrives_at"]),
        )
        for row in legs
    ]
    return [
        (row["arrives_at"], shortfall)
        for row, judgement in zip(legs, judged(person, flights), strict=True)
        if row["arrives_at"] > at
        for shortfall in judgement.shortfalls
    ]


def expiries(person: PassengerView, at: datetime) -> dict[UUID, str]:
    """Say of each document how its expiry stands today; a traveller programme's number need not have one."""
    dated = [d for d in person.documents if d.expires_on or d.kind != "known_traveller"]
    return {d.id: expiry_of(rules(), d.expires_on, at.date()) for d in dated}
