"""What is true of quotes: states, amounts, and whether an offer can be flown. Pure; answers with a code or None.

Amounts are whole minor units of an ISO 4217 currency (cents of EUR, fils of KWD). Distances are nautical miles.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from babel.numbers import get_currency_precision

from portal.trips.fleet import AircraftType

NEEDS = (
    "baggage",
    "sports",
    "pets",
    "catering",
    "diet",
    "medical",
    "wheelchair",
    "infant",
    "ground",
    "hotel",
    "visa",
)
PRICE_KINDS = ("charter", "positioning", "handling", "catering", "ground", "tax")
CURRENCIES = ("EUR", "USD", "GBP", "CHF", "AED", "SAR", "KWD", "CNY", "JPY")
MOST_LEGS, MOST_OPTIONS, MOST_SEATS = 6, 3, 19
MOST_MINOR = 10**13  # nobody offers more; and twenty of them fit a bigint
AHEAD = timedelta(days=730)
LONGEST_VALIDITY = timedelta(days=60)
OPEN, FINAL = frozenset({"asked", "answered"}), frozenset({"accepted", "declined", "expired", "withdrawn"})
_AMOUNT = re.compile(r"\d{1,12}(?:\.\d{1,3})?")


def state_at(state: str, valid_until: datetime | None, at: datetime) -> str:
    """Give the state as it is at an instant: an answer that nobody took in time has expired."""
    if state == "answered" and valid_until is not None and valid_until <= at:
        return "expired"
    return state


def acceptance_problem(state: str) -> str | None:
    """Say why a quote in this state cannot be accepted."""
    if state == "answered":
        return None
    return {
        "asked": "quotes:not_answered",
        "accepted": "quotes:already_accepted",
        "expired": "quotes:expired",
    }.get(state, "quotes:closed")


def minor_units(text: str, currency: str) -> int | None:
    """Read an amount such as `12500.50` as minor units; None for what is no amount of this currency."""
    plain = text.replace(" ", "").replace("\u00a0", "").replace(",", "")
    if not _AMOUNT.fullmatch(plain):
        return None
    scaled = Decimal(plain).scaleb(get_currency_precision(currency))
    if scaled != scaled.to_integral_value() or not 0 < scaled <= MOST_MINOR:
        return None
    return int(scaled)


def day_problem(day: date, today: date) -> str | None:
    """Check a wished day: today or later (a day's slack for zones west of UTC), and within two years."""
    if day < today - timedelta(days=1):
        return "quotes:day_passed"
    return "quotes:day_too_far" if day > today + AHEAD else None


def aircraft_problem(kind: AircraftType | None, seats: int, distances: Sequence[float]) -> str | None:
    """Say why a type cannot fly so many people over each of these distances (nautical miles) without a stop."""
    if kind is None:
        return "quotes:unknown_aircraft"
    if seats > kind.seats:
        return "quotes:too_few_seats"
    return None if all(kind.carries(seats, miles) for miles in distances) else "quotes:beyond_range"


def departure_problem(departs_at: datetime, after: datetime | None, at: datetime) -> str | None:
    """Check that a leg leaves in the future, and after the one before has arrived."""
    if departs_at <= at:
        return "quotes:departure_passed"
    return "quotes:legs_overlap" if after is not None and departs_at < after else None


def validity_problem(until: datetime, first_departure: datetime | None, at: datetime) -> str | None:
    """Check how long an offer holds: into the future, not past its own departure, at most sixty days."""
    too_long = until > at + LONGEST_VALIDITY or (first_departure is not None and until > first_departure)
    return "quotes:bad_validity" if until <= at or too_long else None


def same_name(typed: str, known: str) -> bool:
    """Whether a typed name is the known one, but for case and spaces."""
    return " ".join(typed.split()).casefold() == " ".join(known.split()).casefold()
