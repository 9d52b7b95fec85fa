"""What is submitted about quotes, from a page or a program: plain texts in, checked values or field codes out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from portal.passengers.forms import Checks
from portal.passengers.rules import read_day
from portal.quotes import rules
from portal.quotes.queries import QuoteView
from portal.trips.airports import Airport
from portal.trips.fleet import AircraftType, aircraft_types
from portal.trips.forms import read_airport, read_departure
from portal.trips.rules import Times, distance, local_problem, times_from
from portal.web.forms import DIRECTION, plain_line

Fields = Mapping[str, str]
Prices = tuple[tuple[str, int], ...]
Place = Callable[[int], str]
WISH_LENGTH, REASON_LENGTH = 500, 300


@dataclass(frozen=True, slots=True)
class AskedLeg:
    """A leg to be asked for."""

    origin: Airport
    destination: Airport
    on: date
    time: time | None


@dataclass(frozen=True, slots=True)
class AskInput:
    """An enquiry, checked."""

    legs: tuple[AskedLeg, ...]
    seats: int
    passengers: tuple[UUID, ...]
    needs: tuple[str, ...]
    wish: str


@dataclass(frozen=True, slots=True)
class PlannedFlight:
    """A leg of an option: both airports, times, distance in nautical miles."""

    origin: Airport
    destination: Airport
    times: Times
    miles: int


@dataclass(frozen=True, slots=True)
class OptionInput:
    """An option to be offered, checked; `prices` are (kind, minor units)."""

    kind: AircraftType
    currency: str
    reason: str
    valid_until: datetime
    legs: tuple[PlannedFlight, ...]
    prices: Prices


def read_ask(
    legs: Sequence[Fields],
    fields: Fields,
    *,
    people: tuple[UUID, ...],
    needs: Sequence[str],
    today: date,
    place: Place,
    checks: Checks,
) -> AskInput | None:
    """Read an enquiry; None when something was refused. `place` gives the name of a leg's fields."""
    read = [_asked_leg(leg, today, Checks(place(n)), checks) for n, leg in enumerate(legs)]
    if not legs:
        checks.refuse("legs", "quotes:no_leg")
    if len(legs) > rules.MOST_LEGS:
        checks.refuse("legs", "quotes:too_many_legs")
    days = [leg.on for leg in read if leg]
    if days != sorted(days):
        checks.refuse(f"{place(len(legs) - 1)}date", "quotes:legs_overlap")
    typed = fields.get("seats", "")
    seats = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0  # noqa: PLR2004 -- three digits
    seats = max(seats, len(people)) if seats or not typed else 0
    if not 1 <= seats <= rules.MOST_SEATS:
        checks.refuse("seats", "quotes:bad_seats")
    if any(need not in rules.NEEDS for need in needs):
        checks.refuse("needs", "quotes:unknown_need")
    wish = DIRECTION.sub("", fields.get("wish", ""))
    checks.refuse("wish", "web:too_long" if len(wish) > WISH_LENGTH else None)
    if checks.errors:
        return None
    whole = tuple(leg for leg in read if leg)
    return AskInput(whole, seats, people, tuple(n for n in rules.NEEDS if n in needs), wish)


def _asked_leg(fields: Fields, today: date, own: Checks, checks: Checks) -> AskedLeg | None:
    ends = [read_airport(fields.get(name, "")) for name in ("from", "to")]
    for name, end in zip(("from", "to"), ends, strict=True):
        own.refuse(name, "trips:unknown_airport" if end is None else None)
    if ends[0] is not None and ends[0] == ends[1]:
        own.refuse("to", "trips:same_airport")
    day = read_day(fields.get("date", ""))
    own.refuse("date", "passengers:bad_date" if day is None else rules.day_problem(day, today))
    clock = _clock(fields.get("time", ""), own)
    if ends[0] and day and clock and local_problem(datetime.combine(day, clock), ends[0].zone):
        problem = local_problem(datetime.combine(day, clock), ends[0].zone)
        own.refuse("time", problem if problem == "trips:nonexistent_time" else None)
    for name, code in own.errors.items():
        checks.refuse(name, code)
    origin, destination = ends
    if own.errors or origin is None or destination is None or day is None:
        return None
    return AskedLeg(origin, destination, day, clock)


def _clock(text: str, own: Checks) -> time | None:
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        own.refuse("time", "trips:bad_local_time")
        return None


def read_option(
    view: QuoteView, fields: Fields, legs: Sequence[Fields], prices: Prices, *, at: datetime, checks: Checks
) -> OptionInput | None:
    """Read one option for what was asked; errors are collected under the names given. None when refused."""
    kind = aircraft_types().get(fields.get("aircraft", ""))
    far = [distance(leg.origin, leg.destination) for leg in view.legs]
    checks.refuse("aircraft", rules.aircraft_problem(kind, view.seats, far))
    currency = fields.get("currency", "")
    checks.refuse("currency", None if currency in rules.CURRENCIES else "quotes:unknown_currency")
    reason = plain_line(fields.get("reason", ""))
    if not reason:
        checks.refuse("reason", "web:required")
    checks.refuse("reason", "web:too_long" if len(reason) > REASON_LENGTH else None)
    flown = _times(view, legs, kind, at, checks) if kind else []
    until = _until(fields, at, checks)
    if until and not checks.errors:
        first = flown[0].times.departs_at if flown else None
        checks.refuse("valid_until", rules.validity_problem(until, first, at))
    if checks.errors or kind is None or until is None:
        return None
    return OptionInput(kind, currency, reason, until, tuple(flown), prices)


def _until(fields: Fields, at: datetime, checks: Checks) -> datetime | None:
    hours, text = fields.get("valid_hours", ""), fields.get("valid_until", "")
    if hours.isascii() and hours.isdigit() and len(hours) < 5:  # noqa: PLR2004 -- a year has four digits of hours
        return at + timedelta(hours=int(hours))
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        until = None
    if until is None or until.tzinfo is None:
        checks.refuse("valid_until", "quotes:bad_validity")
        return None
    return until


def read_prices(prices: Fields, currency: str, checks: Checks) -> Prices:
    """Read price lines by kind, as typed in units of the currency."""
    lines = []
    if currency not in rules.CURRENCIES:
        return ()
    for kind, text in prices.items():
        amount = rules.minor_units(text, currency)
        if amount is None:
            checks.refuse(f"price_{kind}", "quotes:bad_amount")
        else:
            lines.append((kind, amount))
    if not prices:
        checks.refuse("price_charter", "quotes:no_price")
    return tuple(lines)


def _times(
    view: QuoteView, legs: Sequence[Fields], kind: AircraftType, at: datetime, checks: Checks
) -> list[PlannedFlight]:
    """Give each leg's times from its local departure; a time that is not, or is twice, is refused or asked about."""
    made: list[PlannedFlight] = []
    if len(legs) != len(view.legs):
        checks.refuse("legs", "quotes:wrong_legs")
        return made
    after = None
    for n, (wished, fields) in enumerate(zip(view.legs, legs, strict=True), 1):
        departs_at = read_departure(fields, wished.origin, f"l{n}_departs", checks)
        if departs_at is None:
            continue
        checks.refuse(f"l{n}_departs", rules.departure_problem(departs_at, after, at))
        origin, destination = wished.origin, wished.destination
        times = times_from(origin, destination, departs_at, kind.knots)
        after = times.arrives_at
        made.append(PlannedFlight(origin, destination, times, round(distance(origin, destination))))
    return made
