"""The quotes of the demo, at every stage: asked minutes ago, answered, accepted, declined, expired, withdrawn."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from audit.entry import canonical
from portal.demo.dice import dice
from portal.demo.flights import Times, miles, times_of
from portal.demo.opened import Opened
from portal.demo.trips import DemoTrip
from portal.quotes.rules import NEEDS
from portal.trips.airports import airport
from portal.trips.fleet import AircraftType, aircraft_types
from portal.trips.rules import to_local
from portal.web.ids import new_id

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# What becomes of a quote, how long ago it was asked, and how long sales took to answer.
STAGES: tuple[tuple[str, timedelta, timedelta], ...] = (
    ("asked", 7 * MINUTE, DAY),
    ("asked", 52 * MINUTE, DAY),
    ("answered", 5 * HOUR, 48 * MINUTE),
    ("answered", 26 * HOUR, 80 * MINUTE),
    ("answered", 2 * HOUR, 35 * MINUTE),
    ("declined", 9 * DAY, 70 * MINUTE),
    ("expired", 12 * DAY, 64 * MINUTE),
    ("withdrawn", 6 * DAY, DAY),
)
ACCEPTED = 4
VALID = 3 * DAY
RECENT = 45 * DAY  # an accepted quote is not older: before that nobody was at work here
REASONS = {
    "en": (
        "The smallest aircraft that flies this without a stop.",
        "A larger cabin, with more room for luggage.",
        "The largest cabin of the three.",
    ),
    "ar": (
        "أصغر طائرة تقطع هذا المسار بلا توقف.",
        "مقصورة أكبر مع متسع أوفر للأمتعة.",
        "أكبر مقصورة بين الخيارات الثلاثة.",
    ),
    "zh-Hans": ("能直飞此航线的最小机型。", "客舱更大，行李空间更充裕。", "三个方案中客舱最大。"),
}
WISHES = {
    "en": ("We would like to arrive before lunch.", "A small dog travels with us.", ""),
    "ar": ("نود الوصول قبل الظهر.", "قائمة طعام حلال من فضلكم.", ""),
    "zh-Hans": ("希望中午前到达。", "请准备中式早餐。", ""),
}
CHINA = ("Asia/Shanghai", "Asia/Urumqi")
RATE = {"EUR": 1.0, "AED": 3.9, "CNY": 7.8, "USD": 1.1, "SAR": 4.1}  # so many for a euro, about


@dataclass(frozen=True, slots=True)
class DemoOption:
    """An option of the demo; prices are (kind, minor units)."""

    kind: AircraftType
    legs: tuple[tuple[str, str, Times], ...]
    currency: str
    reason: str
    prices: tuple[tuple[str, int], ...]
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class DemoQuote:
    """A quote of the demo; `steps` are (state, when, who)."""

    reference: str
    state: str
    booker: Opened
    legs: tuple[tuple[str, str, Times], ...]
    seats: int
    passengers: tuple[UUID, ...]
    needs: tuple[str, ...]
    wish: str
    options: tuple[DemoOption, ...]
    steps: tuple[tuple[str, datetime, Opened | None], ...]
    valid_until: datetime | None
    trip: DemoTrip | None = None
    id: UUID = field(default_factory=new_id)

    @property
    def agreed(self) -> str:
        """What was agreed, as canonical JSON: of an accepted quote."""
        chosen = self.options[0]
        text = {
            "quote": self.reference,
            "trip": self.trip.reference if self.trip else "",
            "aircraft": chosen.kind.type,
            "currency": chosen.currency,
            "prices": [{"kind": kind, "minor_units": str(amount)} for kind, amount in chosen.prices],
            "name": self.booker.demo.name,
            "account": self.booker.code,
            "accepted_at": self.steps[-1][1].isoformat(timespec="seconds"),
        }
        return canonical(text).decode()

    @property
    def digest(self) -> str:
        """The SHA-256 of what was agreed, in hexadecimal."""
        return hashlib.sha256(self.agreed.encode()).hexdigest()


def plan_quotes(accounts: Sequence[Opened], trips: Sequence[DemoTrip], now: datetime) -> list[DemoQuote]:
    """Plan all quotes: each by somebody who books, along a way that the client has flown."""
    bookers = [one for one in accounts if one.demo.role in {"booker", "client_admin"}]
    sales = next((one for one in accounts if one.demo.role == "sales"), None)
    if not bookers or sales is None:
        return []
    chance, made = dice("quotes"), []
    for number, (state, ago, took) in enumerate(STAGES):
        booker = bookers[number % len(bookers)]
        theirs = [trip for trip in trips if trip.org == booker.demo.org and trip.created_at < now - ago - DAY]
        if theirs:
            made.append(
                _open_quote(
                    chance, 401 + number, booker, sales, chance.choice(theirs), state, (now - ago, took)
                )
            )
    made += _accepted(chance, bookers, sales, trips, now)
    return made


def _open_quote(
    chance: Random,
    number: int,
    booker: Opened,
    sales: Opened,
    like: DemoTrip,
    state: str,
    when: tuple[datetime, timedelta],
) -> DemoQuote:
    """Make a quote along an earlier trip's way, some weeks ahead."""
    asked_at, took = when
    way = [(leg.origin, leg.destination) for leg in like.legs[:2]]
    first = (asked_at + timedelta(days=chance.randint(16, 40))).replace(minute=0, second=0, microsecond=0)
    departs = to_local(first, airport(way[0][0]).zone).replace(hour=chance.randint(8, 15))
    kinds = _able(way, len(like.passengers))
    options = tuple(
        _option(booker, kind, _flown(way, departs, kind), place) for place, kind in enumerate(kinds[:3])
    )
    answered_at = asked_at + took
    steps: list[tuple[str, datetime, Opened | None]] = [("asked", asked_at, booker)]
    until = None
    if state in {"answered", "declined", "expired"}:
        steps.append(("answered", answered_at, sales))
        until = answered_at + VALID
    else:
        options = ()
    if state in {"declined", "withdrawn"}:
        steps.append((state, answered_at + 5 * HOUR, booker))
    if state == "expired" and until:
        steps.append((state, until, None))
    return DemoQuote(
        reference=f"Q-{asked_at:%y}-{number:04d}",
        state=state,
        booker=booker,
        legs=_flown(way, departs, kinds[0]),
        seats=len(like.passengers),
        passengers=tuple(like.passengers),
        needs=tuple(chance.sample(NEEDS, 2)),
        wish=chance.choice(WISHES[booker.demo.locale]),
        options=options,
        steps=tuple(steps),
        valid_until=until,
    )


def _accepted(
    chance: Random, bookers: Sequence[Opened], sales: Opened, trips: Sequence[DemoTrip], now: datetime
) -> list[DemoQuote]:
    """Tell of some trips ahead how they were booked: the quote was accepted in the moment the trip was made."""
    made: list[DemoQuote] = []
    for booker in bookers:
        mine = [t for t in trips if t.org == booker.demo.org and t.state == "confirmed"]
        ahead = [
            t for t in mine if t.legs[0].times.departs_at > now and now - RECENT < t.created_at < now - DAY
        ]
        for trip in ahead[:1]:
            legs = tuple((leg.origin, leg.destination, leg.times) for leg in trip.legs)
            answered_at = trip.created_at - timedelta(minutes=chance.randint(90, 600))
            asked_at = answered_at - timedelta(minutes=chance.randint(30, 85))
            chosen = aircraft_types()[trip.aircraft.type]
            way = [(leg.origin, leg.destination) for leg in trip.legs]
            others = [kind for kind in _able(way, len(trip.passengers)) if kind != chosen][:1]
            options = [_option(booker, chosen, legs, 0)]
            departs = trip.legs[0].times.departs_local
            options += [_option(booker, kind, _flown(way, departs, kind), 1) for kind in others]
            quote = DemoQuote(
                reference=f"Q-{asked_at:%y}-{401 + len(STAGES) + len(made):04d}",
                state="accepted",
                booker=booker,
                legs=legs,
                seats=len(trip.passengers),
                passengers=tuple(trip.passengers),
                needs=("catering",),
                wish="",
                options=tuple(options),
                steps=(
                    ("asked", asked_at, booker),
                    ("answered", answered_at, sales),
                    ("accepted", trip.created_at, booker),
                ),
                valid_until=answered_at + VALID,
                trip=trip,
            )
            made.append(quote)
    return made[:ACCEPTED]


def _currency(booker: Opened) -> str:
    """Charge in what the client pays with: by the place it works in."""
    place = booker.demo.time_zone
    by_place = {"Asia/Riyadh": "SAR", "Asia/Dubai": "AED"} | dict.fromkeys(CHINA, "CNY")
    return by_place.get(place, "USD" if place.startswith("America/") else "EUR")


def _able(way: Sequence[tuple[str, str]], people: int) -> list[AircraftType]:
    far = max(miles(*pair) for pair in way)
    able = [kind for kind in aircraft_types().values() if kind.carries(people, far)]
    return able[:3] or [max(aircraft_types().values(), key=lambda kind: kind.miles)]


def _flown(
    way: Sequence[tuple[str, str]], departs: datetime, kind: AircraftType
) -> tuple[tuple[str, str, Times], ...]:
    """Give times along a way, with two days between legs."""
    legs = []
    for origin, destination in way:
        times = times_of(origin, destination, departs, kind.knots)
        legs.append((origin, destination, times))
        departs = (times.arrives_local + 2 * DAY).replace(hour=10, minute=0)
    return tuple(legs)


def _option(
    booker: Opened, kind: AircraftType, legs: tuple[tuple[str, str, Times], ...], reason: int
) -> DemoOption:
    currency = _currency(booker)
    hours = sum((times.arrives_at - times.departs_at) / HOUR for _, _, times in legs)
    charter = round(hours * (2_400 + kind.seats * 310) * RATE[currency] / 50) * 50
    prices = (
        ("charter", charter * 100),
        ("handling", round(charter * 0.04) * 100),
        ("catering", round(charter * 0.01) * 100),
        ("tax", round(charter * 0.021) * 100 + 50),
    )
    return DemoOption(kind, legs, currency, REASONS[booker.demo.locale][reason % 3], prices)
