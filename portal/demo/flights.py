"""How long a flight takes and when it lands: great circle, cruise, and the clocks of both airports."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo

from portal.trips.airports import airport

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


def miles(origin: str, destination: str) -> float:
    """Give the great-circle distance of two ICAO codes in nautical miles (haversine)."""
    a, b = airport(origin), airport(destination)
    south, north = radians(a.latitude), radians(b.latitude)
    width = sin(radians(b.longitude - a.longitude) / 2) ** 2 * cos(south) * cos(north)
    return 2 * EARTH_MILES * asin(sqrt(sin((north - south) / 2) ** 2 + width))


def block_time(distance: float, knots: int) -> timedelta:
    """Give the time from block to block, in whole five minutes."""
    flown = timedelta(hours=distance / (knots * WIND)) + GROUND
    return -(-flown // STEP) * STEP


def to_utc(local: datetime, zone: str) -> datetime | None:
    """Read an airport's wall clock; None for a time that does not exist there, or exists twice."""
    here = ZoneInfo(zone)
    first, second = (local.replace(tzinfo=here, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        return None
    return first.astimezone(UTC)


def to_local(at: datetime, zone: str) -> datetime:
    """Write an instant as an airport's wall clock shows it, without a zone."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def times_of(origin: str, destination: str, departs_local: datetime, knots: int) -> Times:
    """Give a flight's times; a departure or arrival that the clocks cannot name is moved by an hour."""
    while True:
        departs_at = to_utc(departs_local, airport(origin).zone)
        if departs_at is not None:
            arrives_at = departs_at + block_time(miles(origin, destination), knots)
            arrives_local = to_local(arrives_at, airport(destination).zone)
            if to_utc(arrives_local, airport(destination).zone) == arrives_at:
                return Times(departs_at, arrives_at, departs_local, arrives_local)
        departs_local += timedelta(hours=1)
