"""What an auditor sees of many entries at once: over time, over the hours of the week, most frequent, compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from heapq import nsmallest
from pathlib import Path
from typing import Any, Final

from audit import wall
from audit.columns import Columns
from audit.counting import NONE, Count, Counting, Span, Zones, summed
from audit.ledger import Filter
from portal.oversight.spans import midnight
from portal.web.settings import WebSettings
from portal.web.unit import Unit

HOURS_UP_TO: Final = timedelta(days=3)
DAYS_UP_TO: Final = timedelta(days=120)
MOST_BARS: Final = 800
EPOCH: Final = date(1970, 1, 1)
UNITS: Final = ("hour", "day", "week")
CLOCKS: Final = ("own", "utc")
# By what entries may be counted: the column of the ledger that says it.
COLUMNS: Final[Mapping[str, str]] = {
    "actor": "who",
    "kind": "act",
    "role": "role",
    "field": "res",
    "purpose": "why",
    "refusal": "refusal",
    "subject": "sub",
}


NO_COLUMNS: Final = Columns(None)


@cache
def _columns(folder: Path) -> Columns:
    return Columns(folder)


def columns_folder(settings: WebSettings) -> Path:
    """Say where the ledger's columns lie: beside the blobs, made anew from the ledger whenever they are gone."""
    return settings.blob_folder / "columns"


def counting(unit: Unit) -> Counting:
    """Begin to count for this request.

    Columns know no row-level security: an auditor from outside, who may see a part, counts in the ledger itself.
    """
    folder = columns_folder(unit.settings)
    return Counting(unit.connection, NO_COLUMNS if unit.who.external else _columns(folder))


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time and what happened in it."""

    begins: datetime
    ends: datetime
    count: Count


@dataclass(frozen=True, slots=True)
class Timeline:
    """Bars of one unit (hour, day, week) on the clock of `zone`, empty ones included, oldest first."""

    unit: str
    zone: str
    bars: list[Bar]

    @property
    def total(self) -> Count:
        """All of it."""
        return summed(bar.count for bar in self.bars)


def unit_for(span: timedelta) -> str:
    """Choose the unit that shows a span best."""
    if span <= HOURS_UP_TO:
        return "hour"
    return "day" if span <= DAYS_UP_TO else "week"


async def timeline(
    asked: Counting, only: Filter, zone: str, *, unit: str | None = None, first_weekday: int = 0
) -> Timeline:
    """Count by hour, day or week on a zone's clock, by what suits the span unless told."""
    span = await asked.span(only)
    known = await asked.bounds(span)
    if known is None:
        if only.since is None or only.until is None:
            return Timeline(unit or "day", zone, [])
        known = only.since, only.until - timedelta(seconds=1)
    since, last = only.since or known[0], max(known[1], (only.until or known[1]) - timedelta(seconds=1))
    chosen = unit or unit_for(last - since)
    clock = wall.distance(zone, since.year - 1, last.year + 1)
    key = {
        "hour": wall.hour_of(clock),
        "day": wall.day_of(clock),
        "week": wall.week_of(clock, first_weekday),
    }[chosen]
    counted = await asked.groups(only, key, span=span)
    places = _places(chosen, since, last, zone, first_weekday)
    bars = [Bar(begins, ends, counted.get(key_of, NONE)) for key_of, begins, ends in places[-MOST_BARS:]]
    return Timeline(chosen, zone, bars)


def _places(
    unit: str, since: datetime, last: datetime, zone: str, first_weekday: int
) -> list[tuple[int, datetime, datetime]]:
    """List every bar between two instants: its key, its beginning, its end."""
    if unit == "hour":
        own = wall.local(since, zone)
        at = since - timedelta(minutes=own.minute, seconds=own.second, microseconds=own.microsecond)
        hours = range(int((last - at) / timedelta(hours=1)) + 1)
        begins = [at + timedelta(hours=n) for n in hours]
        return [(int(b.timestamp()), b, b + timedelta(hours=1)) for b in begins]
    day, step = wall.local(since, zone).date(), 7 if unit == "week" else 1
    if unit == "week":
        day -= timedelta(days=(day.weekday() - first_weekday) % 7)
    found = []
    while midnight(day, zone) <= last:
        later = day + timedelta(days=step)
        found.append(((day - EPOCH).days, midnight(day, zone), midnight(later, zone)))
        day = later
    return found


async def clocks(unit: Unit) -> dict[str, str]:
    """Give the time zone of each member of staff by his code; clients' are not told, to auditors from outside none."""
    if unit.who.external:
        return {}
    rows = await unit.connection.fetch("select code, time_zone from staff_clocks()")
    return {row["code"]: row["time_zone"] for row in rows}


def zones_of(lived: Mapping[str, str], since: datetime, until: datetime) -> Zones:
    """Make what the counting needs of the actors' zones through a span of time."""
    names = sorted(set(lived.values()))
    place = {name: nth for nth, name in enumerate(names)}
    return Zones(wall.Clocks.of(names, since, until), {code: place[zone] for code, zone in lived.items()})


async def heat(asked: Counting, only: Filter, lived: Mapping[str, str], *, own: bool) -> list[list[Count]]:
    """Count by weekday (Monday first) and hour: on each actor's own clock, or on UTC's."""
    span = await asked.span(only)
    bounds = await asked.bounds(span)
    counted: dict[Any, Count] = {}
    if bounds is not None:
        if only.who is not None:
            lived = {code: zone for code, zone in lived.items() if code == only.who}
        if own and lived:
            zones = zones_of(lived, *bounds)
            counted = await asked.hours_of_week(only, zones, span=span)
        else:
            counted = await asked.groups(only, wall.hour_of_week("0"), span=span)
    return [[counted.get(day * 24 + hour, NONE) for hour in range(24)] for day in range(7)]


async def top(asked: Counting, only: Filter, by: str, *, limit: int = 10) -> list[tuple[str, Count]]:
    """Give the most frequent actors, kinds, roles, fields, purposes, refusals or subjects."""
    span = await asked.span(only)
    if by == "refusal":
        only = replace(only, decision="deny") if only.decision is None else only
    return await asked.top(only, COLUMNS[by], span=span, limit=limit)


@dataclass(frozen=True, slots=True)
class Change:
    """What was counted under one name in this period and in the other."""

    name: str
    now: Count
    then: Count

    @property
    def difference(self) -> int:
        """How many more entries there are now."""
        return self.now.all - self.then.all

    @property
    def share(self) -> float | None:
        """The difference as a share of then; None where there was nothing then."""
        return self.difference / self.then.all if self.then.all else None


@dataclass(frozen=True, slots=True)
class Compared:
    """Two periods, in all and by name, the largest difference first."""

    total: Change
    changes: list[Change]
    names: int

    @property
    def more(self) -> int:
        """How many names there are beyond those told."""
        return self.names - len(self.changes)


async def compare(
    asked: Counting, only: Filter, other: tuple[datetime, datetime], by: str, *, limit: int = 50
) -> Compared:
    """Compare the filter's period with another one, by kind, role, actor, ….."""
    then = replace(only, since=other[0], until=other[1])
    counts = [await asked.groups(one, COLUMNS[by], span=await asked.span(one)) for one in (only, then)]
    changes = changed(counts[0], counts[1], limit)
    total = Change("", *(summed(found.values()) for found in counts))
    return Compared(total, changes, len({*counts[0], *counts[1]} - {None}))


def changed(now: Mapping[Any, Count], then: Mapping[Any, Count], limit: int = 50) -> list[Change]:
    """Put two counts beside each other, the largest difference first; what has no name is left out."""
    here = {name: allowed + denied for name, (allowed, denied) in now.items()}
    there = {name: allowed + denied for name, (allowed, denied) in then.items()}
    names = {*here, *there} - {None}
    differences = [(-abs(here.get(name, 0) - there.get(name, 0)), -here.get(name, 0), name) for name in names]
    first = nsmallest(limit, differences)
    return [Change(name, now.get(name, NONE), then.get(name, NONE)) for _, _, name in first]


def day_span(day: date, zone: str) -> tuple[datetime, datetime]:
    """Give when a day begins and ends on a zone's clock: 23, 24 or 25 hours."""
    return midnight(day, zone), midnight(day + timedelta(days=1), zone)


def by_hour(moments: Sequence[datetime], zone: str) -> list[int]:
    """Count moments by the hour on a zone's clock."""
    hours = [0] * 24
    for at in moments:
        hours[wall.local(at, zone).hour] += 1
    return hours


def whole(span: Span) -> int:
    """Say how many entries a span holds."""
    return span.high - span.low


def now_of(unit: Unit) -> datetime:
    """Give the request's instant in UTC."""
    return unit.at.astimezone(UTC)
