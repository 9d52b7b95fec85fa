"""The demo's trips: possible flights, at times that exist, with nobody in two places."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

import pytest

from portal.demo.fleet import airports, fleet
from portal.demo.flights import block_time, miles, to_utc
from portal.demo.joining import joined_at
from portal.demo.passengers import invent_passengers
from portal.demo.trips import plan_trips
from portal.trips.airports import airport

NOWS = [
    datetime(2026, 3, 28, 15, 0, tzinfo=UTC),  # clocks change in Europe that night
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),  # and in America
    datetime(2027, 1, 1, 23, 59, tzinfo=UTC),
    datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
]


@cache
def planned(now):
    people = invent_passengers("eu", now.date())
    joined = joined_at(people, now - timedelta(days=60), now)
    return people, joined, plan_trips("eu", people, joined, now)


def legs_of(now):
    return [(trip, leg) for trip in planned(now)[2] for leg in trip.legs]


@pytest.mark.parametrize("now", NOWS)
def test_there_are_trips_of_every_state(now):
    """At least 60 trips, in all four states, of all four organisations, with 1 to 3 legs and 1 to 12 passengers."""
    trips = planned(now)[2]
    assert len(trips) >= 60
    assert set(Counter(trip.state for trip in trips)) == {"draft", "confirmed", "flown", "cancelled"}
    assert len({trip.org for trip in trips}) == 4
    assert {len(trip.legs) for trip in trips} == {1, 2, 3}
    assert all(1 <= len(leg.passengers) <= 12 for _, leg in legs_of(now))
    assert len({trip.reference for trip in trips}) == len(trips)


@pytest.mark.parametrize("now", NOWS)
def test_local_times_exist_and_mean_what_utc_says(now):
    """Each local time exists once at its airport and is the instant beside it."""
    for _, leg in legs_of(now):
        times = leg.times
        for code, local, at in (
            (leg.origin, times.departs_local, times.departs_at),
            (leg.destination, times.arrives_local, times.arrives_at),
        ):
            zone = ZoneInfo(airport(code).zone)
            assert {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)} == {at}
            assert at.astimezone(zone).replace(tzinfo=None) == local


@pytest.mark.parametrize("now", NOWS)
def test_flights_can_be_flown(now):
    """Each leg is in its aircraft's range and takes the time its distance needs; legs follow each other."""
    for trip in planned(now)[2]:
        for leg in trip.legs:
            distance = miles(leg.origin, leg.destination)
            assert trip.aircraft.carries(len(leg.passengers), distance)
            assert leg.times.arrives_at - leg.times.departs_at == block_time(distance, trip.aircraft.knots)
        for first, second in pairwise(trip.legs):
            assert first.destination == second.origin
            assert second.times.departs_at >= first.times.arrives_at + timedelta(hours=1)


@pytest.mark.parametrize("now", NOWS)
def test_what_is_flown_is_past_and_what_is_ahead_is_not(now):
    """A flown trip has landed, a confirmed one has not."""
    for trip in planned(now)[2]:
        landed = trip.legs[-1].times.arrives_at < now
        assert landed or trip.state != "flown"
        assert not (landed and trip.state == "confirmed")
        assert trip.created_at < min(now, trip.legs[0].times.departs_at)


@pytest.mark.parametrize("now", NOWS)
def test_there_is_work_today_and_in_the_coming_days(now):
    """Some legs depart within hours, several within 14 days; every traveller and canary is on one of these."""
    confirmed = [(trip, leg) for trip, leg in legs_of(now) if trip.state == "confirmed"]
    soon = [leg for _, leg in confirmed if now < leg.times.departs_at < now + timedelta(days=14)]
    today = [leg for _, leg in legs_of(now) if abs(leg.times.departs_at - now) < timedelta(hours=12)]
    assert len(soon) >= 15
    assert len(today) >= 4
    aboard = {person for leg in soon for person in leg.passengers}
    assert {p.id for p in planned(now)[0] if p.account or p.canary} <= aboard


@pytest.mark.parametrize("now", NOWS)
def test_nobody_is_in_two_places(now):
    """No passenger and no aircraft is on two trips at the same time, and nobody flies before being added."""
    _, joined, trips = planned(now)
    spans = {}
    for trip in trips:
        begins, ends = trip.legs[0].times.departs_at, trip.legs[-1].times.arrives_at
        for who in (*trip.passengers, trip.aircraft.tail):
            assert all(ends < b or e < begins for b, e in spans.setdefault(who, []))
            spans[who].append((begins, ends))
        assert all(joined[person] < trip.created_at for person in trip.passengers)


def test_every_way_can_be_flown_full():
    """Between any two airports of a client some aircraft carries twelve without a stop."""
    for hubs in airports().values():
        for origin, destination in combinations(hubs, 2):
            assert any(one.carries(12, miles(origin, destination)) for one in fleet())


def test_a_time_that_does_not_exist_is_none():
    """The hour that is skipped in spring, and the one that comes twice in autumn, are no departure times."""
    skipped, twice, plain = map(
        datetime.fromisoformat, ("2026-03-29T02:30", "2026-10-25T02:30", "2026-10-25T04:30")
    )
    assert to_utc(skipped, "Europe/Paris") is None
    assert to_utc(twice, "Europe/Paris") is None
    assert to_utc(plain, "Europe/Paris") == datetime(2026, 10, 25, 3, 30, tzinfo=UTC)


def test_great_circles_are_those_of_the_charts():
    """New York to London Heathrow is 5,540 km, as published for that route, within the earth's flattening."""
    assert miles("KJFK", "EGLL") * 1.852 == pytest.approx(5540, rel=0.005)
