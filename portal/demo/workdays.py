"""When people work: days and hours in their own zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
# ISO weekdays that are free; Saudi Arabia keeps Friday and Saturday, the United Arab Emirates no longer do.
WEEKENDS = {"Asia/Riyadh": (5, 6)}
USUAL = (6, 7)


def is_free(day: date, zone: str) -> bool:
    """Whether this day belongs to the weekend there."""
    return day.isoweekday() in WEEKENDS.get(zone, USUAL)


def days_between(start: datetime, end: datetime, zone: str) -> Iterator[date]:
    """Give the days of a zone from the one after `start` to that of `end`."""
    here = ZoneInfo(zone)
    day, last = start.astimezone(here).date() + DAY, end.astimezone(here).date()
    while day <= last:
        yield day
        day += DAY


def moment(chance: Random, day: date, zone: str, hours: tuple[int, int]) -> datetime:
    """Draw an instant of that day between two hours of the zone's clock (the last may be 24)."""
    minutes = hours[0] * 60 + chance.random() * (hours[1] - hours[0]) * 60
    return (datetime.combine(day, time(), ZoneInfo(zone)) + timedelta(minutes=minutes)).astimezone(UTC)
