"""When the demo's flights leave and land: by the rules of trips, at times that the clocks can name."""

from datetime import datetime, timedelta

from portal.trips.airports import airport
from portal.trips.rules import Times, block_time, distance, times_from, to_local, to_utc

__all__ = ["Times", "block_time", "miles", "times_of", "to_local", "to_utc"]


def miles(origin: str, destination: str) -> float:
    """Give the great-circle distance of two ICAO codes in nautical miles."""
    return distance(airport(origin), airport(destination))


def times_of(origin: str, destination: str, departs_local: datetime, knots: int) -> Times:
    """Give a flight's times; a departure or arrival that the clocks cannot name is moved by an hour."""
    here, there = airport(origin), airport(destination)
    while True:
        departs_at = to_utc(departs_local, here.zone)
        if departs_at is not None:
            times = times_from(here, there, departs_at, knots)
            if to_utc(times.arrives_local, there.zone) == times.arrives_at:
                return times
        departs_local += timedelta(hours=1)
