"""Time zones offered as a choice: one line a zone, by offset, in the reader's words."""

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from i18n.formats import Formats

_AREAS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


def is_zone(name: str) -> bool:
    """Say whether this is a zone that is offered: a place's, or UTC; `localtime` and `EST5EDT` are nobody's."""
    return name == "UTC" or (name.startswith(_AREAS) and name in available_timezones())


@lru_cache(maxsize=4)
def _zones(day: str) -> tuple[tuple[str, int], ...]:
    at = datetime.fromisoformat(day)
    rows = []
    for name in filter(is_zone, available_timezones()):
        offset = at.astimezone(ZoneInfo(name)).utcoffset() or timedelta()
        rows.append((name, int(offset.total_seconds() // 60)))
    return tuple(sorted(rows, key=lambda row: (row[1], row[0])))


def zone_choices(_formats: Formats, at: datetime) -> list[tuple[str, str]]:
    """Give (IANA name, "UTC+03:00 · Asia/Riyadh") for a select, by offset at `at`."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0).isoformat()
    return [(name, f"UTC{_signed(minutes)} · {name.replace('_', ' ')}") for name, minutes in _zones(day)]


def _signed(minutes: int) -> str:
    sign = "−" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
