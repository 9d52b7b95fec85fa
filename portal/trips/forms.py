"""What is submitted about trips: airports, departures by the airport's clock, drafts; field errors as codes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from portal.passengers.forms import Checks
from portal.trips.actions import PlannedLeg
from portal.trips.airports import Airport, airport
from portal.trips.fleet import aircraft_types
from portal.trips.rules import is_sensible, local_problem, times_from, to_utc
from portal.web.forms import plain_line

Fields = Mapping[str, str]


def read_airport(text: str) -> Airport | None:
    """Read an airport by its IATA or ICAO code; None if there is none."""
    try:
        return airport(text.strip().upper())
    except KeyError:
        return None


def read_departure(fields: Fields, origin: Airport, name: str, checks: Checks) -> datetime | None:
    """Read `departs_local` (and `which`: first or second) at an airport as an instant."""
    try:
        local = datetime.fromisoformat(fields.get("departs_local", ""))
    except ValueError:
        checks.refuse(name, "trips:bad_local_time")
        return None
    if local.tzinfo is not None or not is_sensible(local):
        checks.refuse(name, "trips:bad_local_time")
        return None
    which = {"first": False, "second": True}.get(fields.get("which", ""))
    departs_at = to_utc(local.replace(second=0, microsecond=0), origin.zone, later=which)
    if departs_at is None:
        checks.refuse(name, local_problem(local, origin.zone))
    return departs_at


def read_draft(legs: Sequence[Fields], at: datetime) -> list[PlannedLeg]:
    """Read the legs of a draft. Raises FormRefused."""
    checks, made = Checks(), []
    after = at
    for n, fields in enumerate(legs):
        checks.prefix = f"legs.{n}."
        leg = _draft_leg(fields, checks)
        if leg is None:
            continue
        if leg.times.departs_at < after:
            checks.refuse("departs_local", "trips:departs_too_early")
        after = leg.times.arrives_at
        made.append(leg)
    checks.done()
    return made


def _draft_leg(fields: Fields, checks: Checks) -> PlannedLeg | None:
    origin, destination = read_airport(fields.get("from", "")), read_airport(fields.get("to", ""))
    kind = aircraft_types().get(fields.get("aircraft", ""))
    for name, found in (("from", origin), ("to", destination)):
        checks.refuse(name, "trips:unknown_airport" if found is None else None)
    checks.refuse("aircraft", "trips:unknown_aircraft" if kind is None else None)
    if origin is None or destination is None or kind is None:
        return None
    if origin == destination:
        checks.refuse("to", "trips:same_airport")
        return None
    departs_at = read_departure(fields, origin, "departs_local", checks)
    if departs_at is None:
        return None
    times = times_from(origin, destination, departs_at, kind.knots)
    tail = plain_line(fields.get("tail", ""))[:10]
    return PlannedLeg(origin.icao, destination.icao, times, kind.type, tail)
