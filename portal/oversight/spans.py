"""Spans of time as an auditor names them: presets and days on his own clock."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAY_LENGTH: Final = 10
YEARS: Final = range(2000, 2200)
PRESETS: Final = ("24h", "today", "yesterday", "7d", "30d", "90d", "month", "last_month", "year")
_DAYS: Final[Mapping[str, int]] = {"7d": 7, "30d": 30, "90d": 90, "year": 365}


def midnight(day: date, zone: str) -> datetime:
    """Return the instant at which a day begins in a zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def preset_span(preset: str, at: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return what a preset means at an instant, in a zone: from when, until when. Unknown: `KeyError`."""
    today = at.astimezone(ZoneInfo(zone)).date()
    month = today.replace(day=1)
    if preset in _DAYS:
        return last_days(_DAYS[preset], at, zone)
    named = {
        "24h": (None, None),
        "today": (today, today + timedelta(days=1)),
        "yesterday": (today - timedelta(days=1), today),
        "month": (month, today + timedelta(days=1)),
        "last_month": ((month - timedelta(days=1)).replace(day=1), month),
    }
    first, last = named[preset]
    if first is None or last is None:
        return at - timedelta(hours=24), at
    return midnight(first, zone), midnight(last, zone)


def last_days(days: int, at: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return so many days of a zone, today's the last of them."""
    today = at.astimezone(ZoneInfo(zone)).date()
    return midnight(today - timedelta(days=days - 1), zone), midnight(today + timedelta(days=1), zone)


def read_moment(text: str, zone: str, *, ends: bool = False) -> datetime:
    """Read a day or an instant; without a zone of its own it is on this zone's clock. A day that `ends` is included.

    Raises `ValueError`.
    """
    at = datetime.fromisoformat(text)
    if (
        at.year not in YEARS
    ):  # far from it calendars end, and a span before another would begin before time does
        raise ValueError(text[:4])
    if len(text) == DAY_LENGTH:
        return midnight(at.date() + timedelta(days=1 if ends else 0), zone)
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def before(since: datetime, until: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return the span just before one, as long as it on the clock of a zone: as many days, whatever their hours."""
    first, last = (at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in (since, until))
    return (first - (last - first)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC), since
