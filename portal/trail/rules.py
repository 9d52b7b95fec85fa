"""What is true of the trail: classes of deeds, days and quarters in a person's own zone. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from audit.catalogue import KINDS
from security.policy.deeds import DEEDS, deed_of

BYS: Final = ("all", "others", "me")
DAYS: Final = 30
MORNING: Final = time(8)
"""When, on a quarter's first day, the digest of the one before is made: by the person's own clock."""
_MONTHS: Final = 3
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def kinds_of(deed: str) -> list[str]:
    """List the kinds of entries of one class of deeds."""
    return [kind for kind in KINDS if deed_of(kind) == deed]


BY_DEED: Final[Mapping[str, list[str]]] = {deed: kinds_of(deed) for deed in DEEDS}


def begins(day: date, zone: str) -> datetime:
    """Give the instant at which a day begins by the clocks of a zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def days_up_to(at: datetime, zone: str, days: int = DAYS) -> list[date]:
    """List the last days by the clocks of a zone, the oldest first, today at the end."""
    today = at.astimezone(ZoneInfo(zone)).date()
    return [today - timedelta(days=back) for back in range(days - 1, -1, -1)]


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of a year in a zone: its days, its instants, and when its digest is made."""

    name: str
    first: date
    last: date
    since: datetime
    until: datetime
    due_at: datetime


def quarter_before(at: datetime, zone: str) -> Quarter:
    """Give the last whole quarter that was over at an instant, by the clocks of a zone."""
    today = at.astimezone(ZoneInfo(zone)).date()
    after = date(today.year, (today.month - 1) // _MONTHS * _MONTHS + 1, 1)
    return _quarter(after, zone)


def quarter_named(name: str, zone: str) -> Quarter:
    """Give the quarter of a name such as 2026-Q3, by the clocks of a zone."""
    year, _, number = name.partition("-Q")
    months = int(year) * 12 + int(number) * _MONTHS
    return _quarter(date(months // 12, months % 12 + 1, 1), zone)


def _quarter(after: date, zone: str) -> Quarter:
    last = after - timedelta(days=1)
    first = date(last.year, last.month - _MONTHS + 1, 1)
    due_at = datetime.combine(after, MORNING, ZoneInfo(zone)).astimezone(UTC)
    name = f"{first.year}-Q{(first.month - 1) // _MONTHS + 1}"
    return Quarter(name, first, last, begins(first, zone), begins(after, zone), due_at)


def is_due(quarter: Quarter, chosen_at: datetime, at: datetime) -> bool:
    """Say whether a digest of this quarter is owed: wished before its morning, and the morning has come."""
    return chosen_at <= quarter.due_at <= at


def named_ids(references: Iterable[str], region: str) -> list[UUID]:
    """Read the references that are ids of this region; others are words of a list's filter."""
    found = (text.removeprefix(f"{region}_") for text in references if text.startswith(f"{region}_"))
    return [UUID(text) for text in set(found) if _ID.fullmatch(text)]
