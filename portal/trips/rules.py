"""What is true of a flight: how far, how long, and what the clocks of both airports say. Pure.

Distances are nautical miles, speeds knots, angles degrees. Local time and airport are the promise; UTC is derived.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import asin, atan2, cos, degrees, hypot, radians, sin, sqrt
from zoneinfo import ZoneInfo

from portal.trips.airports import Airport

EARTH_MILES = 3440.065  # mean radius in nautical miles
GROUND = timedelta(minutes=26)  # taxi, climb and descent beyond what the cruise would take
WIND = 0.94  # of the cruise speed, over the year
STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Times:
    """One flight's times in UTC and at the airports."""

    departs_at: datetime
    arrives_at: datetime
    departs_local: datetime
    arrives_local: datetime


def distance(origin: Airport, destination: Airport) -> float:
    """Give the great-circle distance in nautical miles (haversine)."""
    south, north = radians(origin.latitude), radians(destination.latitude)
    width = sin(radians(destination.longitude - origin.longitude) / 2) ** 2 * cos(south) * cos(north)
    return 2 * EARTH_MILES * asin(min(1.0, sqrt(sin((north - south) / 2) ** 2 + width)))


def great_circle(origin: Airport, destination: Airport, pieces: int = 64) -> list[tuple[float, float]]:
    """Give points (longitude, latitude in degrees) along the great circle, ends included; never a jump of 360°."""
    ends = [(radians(a.latitude), radians(a.longitude)) for a in (origin, destination)]
    way = distance(origin, destination) / EARTH_MILES
    if way < 1e-9:  # noqa: PLR2004 -- the same place
        return [(origin.longitude, origin.latitude)]
    points: list[tuple[float, float]] = []
    for piece in range(pieces + 1):
        share = piece / pieces
        weights = (sin((1 - share) * way) / sin(way), sin(share * way) / sin(way))
        x, y, z = (
            sum(w * part for w, part in zip(weights, parts, strict=True))
            for parts in zip(*((cos(a) * cos(o), cos(a) * sin(o), sin(a)) for a, o in ends), strict=True)
        )
        longitude = degrees(atan2(y, x))
        if points:
            longitude += 360 * round((points[-1][0] - longitude) / 360)
        points.append((longitude, degrees(atan2(z, hypot(x, y)))))
    return points


def block_time(miles: float, knots: int) -> timedelta:
    """Give the time from block to block for a distance in nautical miles, in whole five minutes."""
    flown = timedelta(hours=miles / (knots * WIND)) + GROUND
    return -(-flown // STEP) * STEP


def to_local(at: datetime, zone: str) -> datetime:
    """Write an instant as an airport's wall clock shows it, without a zone."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def local_problem(local: datetime, zone: str) -> str | None:
    """Say what is wrong with an airport's wall clock: a time that does not exist there, or exists twice."""
    here = ZoneInfo(zone)
    first, second = (local.replace(tzinfo=here, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return None
    exists = to_local(first.astimezone(UTC), zone) == local
    return "trips:ambiguous_time" if exists else "trips:nonexistent_time"


def to_utc(local: datetime, zone: str, *, later: bool | None = None) -> datetime | None:
    """Read an airport's wall clock; None if it does not exist there, or exists twice and `later` does not say which."""
    problem = local_problem(local, zone)
    if problem == "trips:nonexistent_time" or (problem and later is None):
        return None
    return local.replace(tzinfo=ZoneInfo(zone), fold=int(bool(later))).astimezone(UTC)


def is_sensible(at: datetime) -> bool:
    """Whether somebody could mean this day: what lies further away is a slip, and no calendar can reckon with it."""
    return 2000 <= at.year < 2100  # noqa: PLR2004 -- years


def times_from(origin: Airport, destination: Airport, departs_at: datetime, knots: int) -> Times:
    """Give a flight's times from the instant it leaves its blocks."""
    arrives_at = departs_at + block_time(distance(origin, destination), knots)
    return Times(
        departs_at, arrives_at, to_local(departs_at, origin.zone), to_local(arrives_at, destination.zone)
    )
