"""The trips of the demo: flown, flying today, ahead, drafted and cancelled, of all organisations of a region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

from portal.demo.dice import dice
from portal.demo.fleet import Aircraft, airports, fleet
from portal.demo.flights import Times, miles, times_of, to_local
from portal.demo.passengers import Person
from portal.demo.people import DemoRegion, regions
from portal.trips.airports import airport
from portal.web.ids import new_id

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEAREST = 90  # nautical miles: nobody charters for less
TURN = timedelta(hours=2)
LONGEST_DAY = 20  # the last hour at which a departure is planned
MOST = 12
CHOICE = 5  # of so many aircraft one is taken
STAYS, RETURNS = 0.85, 0.6  # shares of passengers who stay aboard, and of trips that go back
MINUTES = (0, 0, 10, 15, 30, 30, 40, 45)
# Days from now between which trips begin, and what becomes of them (a past trip is flown unless cancelled).
PAST = ((-47, -2), {"flown": 32, "cancelled": 5})
SOON = ((1, 13), {"confirmed": 18, "draft": 3, "cancelled": 1})
LATER = ((15, 58), {"confirmed": 7, "draft": 6})
TODAY = (-6, -3, -1, 1, 3, 6, 9)  # hours from now


@dataclass(frozen=True, slots=True)
class DemoLeg:
    """One flight of a trip and who is on it."""

    origin: str
    destination: str
    times: Times
    passengers: tuple[UUID, ...]
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class DemoTrip:
    """A trip; `org` is an organisation's key."""

    org: str
    reference: str
    state: str
    aircraft: Aircraft
    legs: tuple[DemoLeg, ...]
    created_at: datetime
    id: UUID = field(default_factory=new_id)

    @property
    def passengers(self) -> list[UUID]:
        """Everybody who is on any leg, each once."""
        return list(dict.fromkeys(person for leg in self.legs for person in leg.passengers))


@dataclass(frozen=True, slots=True)
class _Wish:
    """A trip to be planned: the instant it should begin at and what becomes of it."""

    begins_at: datetime
    state: str
    must: tuple[Person, ...] = ()


def plan_trips(
    region: str, people: Sequence[Person], joined: Mapping[UUID, datetime], now: datetime
) -> list[DemoTrip]:
    """Plan all trips of a region around `now`, in the order of their departure."""
    return _Planner(regions()[region], people, joined, now).plan()


class _Planner:
    """Plans trips one after the other, so that no aircraft and nobody is in two places at once."""

    def __init__(
        self, region: DemoRegion, people: Sequence[Person], joined: Mapping[UUID, datetime], now: datetime
    ) -> None:
        self._region = region
        self._people = people
        self._joined = joined
        self._now = now
        self._chance = dice("trips")
        self._busy: dict[UUID | str, list[tuple[datetime, datetime]]] = {}
        self._count = 400

    def plan(self) -> list[DemoTrip]:
        """Plan all trips; those who must be aboard one in the coming days are planned first."""
        made = [self._trip(wish.must[0].org, wish) for wish in self._promised()]
        keys = [org.key for org in self._region.organisations]
        for place, wish in enumerate(self._wishes()):
            made.append(self._trip(keys[place % len(keys)], wish))
        return sorted(made, key=lambda trip: trip.legs[0].times.departs_at)

    def _promised(self) -> list[_Wish]:
        """Every traveller with an account, and every canary, flies within the next days or today."""
        wanted: dict[str, list[Person]] = {}
        for person in self._people:
            if person.account or person.canary:
                wanted.setdefault(person.org, []).append(person)
        return [
            _Wish(self._now + timedelta(days=2 + 2 * place), "confirmed", tuple(people))
            for place, people in enumerate(wanted.values())
        ]

    def _wishes(self) -> list[_Wish]:
        today = TODAY[:: round(1 / self._region.trips)]
        wishes = [_Wish(self._now + hours * HOUR, "confirmed") for hours in today]
        for (first, last), states in (SOON, PAST, LATER):
            for state, most in states.items():
                count = max(1, round(most * self._region.trips))
                days = [first + (last - first) * (place + 0.5) / count for place in range(count)]
                wishes += [_Wish(self._now + timedelta(days=day), state) for day in days]
        return wishes

    def _trip(self, org: str, wish: _Wish) -> DemoTrip:
        chance, hubs = self._chance, airports()[org]
        size = max(len(wish.must), min(MOST, 1 + int(chance.expovariate(0.28))))
        route = _route(chance, hubs, chance.choices((1, 2, 3), (45, 40, 15))[0])
        farthest = max(miles(*pair) for pair in pairwise(route))
        aircraft, times = self._aircraft(wish, route, size, farthest)
        people = self._aboard(org, wish, size, times)
        legs = self._legs(route, times, people, len(wish.must))
        state = wish.state
        if state in {"flown", "confirmed"}:
            state = "flown" if times[-1].arrives_at < self._now else "confirmed"
        self._count += 1
        reference = f"WX-{self._now:%y}-{self._count:04d}"
        return DemoTrip(org, reference, state, aircraft, legs, self._asked_at(times[0].departs_at, people))

    def _asked_at(self, departs_at: datetime, people: list[UUID]) -> datetime:
        """Say when the trip was entered: days before it begins, and not before its passengers were."""
        latest = min(departs_at, self._now) - HOUR
        known = max(self._joined[person] for person in people) + HOUR
        asked = departs_at - timedelta(days=self._chance.uniform(3, 24))
        if asked > latest:
            asked = latest - timedelta(days=self._chance.uniform(0, 16))
        return min(max(asked, known), latest)

    def _aircraft(
        self, wish: _Wish, route: list[str], size: int, farthest: float
    ) -> tuple[Aircraft, list[Times]]:
        """Choose one of the smallest aircraft that will do and is free for the whole trip."""
        able = [one for one in fleet() if one.carries(size, farthest)]
        fitting = self._chance.sample(able[:CHOICE], len(able[:CHOICE])) + able[CHOICE:]
        tried = [(one, _timetable(self._chance, wish, route, one.knots, self._now)) for one in fitting]
        free = (pair for pair in tried if self._free(pair[0].tail, _span(pair[1])))
        chosen, times = next(free, tried[0])
        self._busy.setdefault(chosen.tail, []).append(_span(times))
        return chosen, times

    def _aboard(self, org: str, wish: _Wish, size: int, times: list[Times]) -> list[UUID]:
        span = _span(times)
        known = min(times[0].departs_at, self._now) - 6 * HOUR
        free = [
            person.id
            for person in self._people
            if person.org == org
            and person not in wish.must
            and self._joined[person.id] < known
            and self._free(person.id, span)
        ]
        chosen = [person.id for person in wish.must]
        chosen += self._chance.sample(free, min(len(free), size - len(chosen)))
        for person in chosen:
            self._busy.setdefault(person, []).append(span)
        return chosen

    def _legs(
        self, route: list[str], times: list[Times], people: list[UUID], must: int
    ) -> tuple[DemoLeg, ...]:
        """Put everybody on every leg, but for some who leave or join on the way."""
        legs = []
        for place, (origin, destination) in enumerate(pairwise(route)):
            some = [
                p for n, p in enumerate(people) if n <= must or place == 0 or self._chance.random() < STAYS
            ]
            legs.append(DemoLeg(origin, destination, times[place], tuple(some)))
        return tuple(legs)

    def _free(self, who: UUID | str, span: tuple[datetime, datetime]) -> bool:
        return all(span[1] < begin or end < span[0] for begin, end in self._busy.get(who, ()))


def _span(times: list[Times]) -> tuple[datetime, datetime]:
    return times[0].departs_at - TURN, times[-1].arrives_at + TURN


def _route(chance: Random, hubs: list[str], legs: int) -> list[str]:
    """Draw a way through airports that lie apart; two legs are often there and back."""
    route = [chance.choice(hubs[: len(hubs) // 2])]
    while len(route) <= legs:
        back = len(route) == legs and legs > 1 and chance.random() < RETURNS
        following = route[0] if back else chance.choice(hubs)
        if following != route[-1] and miles(route[-1], following) >= NEAREST:
            route.append(following)
    return route


def _timetable(chance: Random, wish: _Wish, route: list[str], knots: int, now: datetime) -> list[Times]:
    """Set the times of all legs: the first about when the trip should begin, each later one after a stay."""
    departs = _round(to_local(wish.begins_at, airport(route[0]).zone))
    if abs(wish.begins_at - now) > DAY:  # what flies today flies at the hour that was asked for
        departs = departs.replace(hour=chance.randint(6, LONGEST_DAY), minute=chance.choice(MINUTES))
    made: list[Times] = []
    for origin, destination in pairwise(route):
        made.append(times_of(origin, destination, departs, knots))
        stay = chance.choice((timedelta(hours=2.5), DAY, DAY, 2 * DAY, 3 * DAY))
        departs = _round(made[-1].arrives_local + stay)
        if stay >= DAY:
            departs = departs.replace(hour=chance.randint(7, LONGEST_DAY), minute=chance.choice(MINUTES))
    return made


def _round(local: datetime) -> datetime:
    return local.replace(minute=local.minute // 5 * 5, second=0, microsecond=0)
