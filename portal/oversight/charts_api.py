"""The API of counts: over time, over the hours of the week, most frequent, compared."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.params import FromQuery, QueryParameter

from audit.ledger import Filter
from portal.oversight import charts
from portal.oversight.forms import FIELDS, given, read_filters
from portal.oversight.pages import AUDITS
from portal.oversight.spans import before, read_moment
from portal.oversight.words import COMPARED_BY
from portal.web.cursors import read_limit
from portal.web.gate import allow
from portal.web.refusals import FormRefused
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view

TAGS = ["ledger"]
BASE = "/api/v1/ledger"
TOP_BY = tuple(charts.COLUMNS)


class CountOut(msgspec.Struct, frozen=True):
    """Entries from `begins` up to `ends`."""

    begins: datetime
    ends: datetime
    allowed: int
    denied: int


class CountsOut(msgspec.Struct, frozen=True):
    """Entries by hour, day or week (from Monday on) on the clock of a zone, empty stretches included."""

    unit: str
    zone: str
    items: list[CountOut]


class HeatOut(msgspec.Struct, frozen=True):
    """Entries at one hour (0 to 23) of one weekday (1 is Monday)."""

    weekday: int
    hour: int
    allowed: int
    denied: int


class HeatList(msgspec.Struct, frozen=True):
    """All hours of the week, on each actor's own clock (`own`; clients and programs by UTC) or on UTC's (`utc`)."""

    clock: str
    items: list[HeatOut]


class TopOut(msgspec.Struct, frozen=True):
    """What stands in entries, and how often."""

    name: str
    allowed: int
    denied: int


class TopList(msgspec.Struct, frozen=True):
    """The most frequent first."""

    by: str
    items: list[TopOut]


class PeriodOut(msgspec.Struct, frozen=True):
    """A period, and how many entries it has."""

    begins: datetime
    ends: datetime
    allowed: int
    denied: int


class ChangeOut(msgspec.Struct, frozen=True):
    """How often something stood in the entries of this period and of the other; `difference` counts both decisions."""

    name: str
    allowed: int
    denied: int
    allowed_then: int
    denied_then: int
    difference: int


class ComparisonOut(msgspec.Struct, frozen=True):
    """Two periods beside each other, the largest difference first."""

    by: str
    now: PeriodOut
    then: PeriodOut
    items: list[ChangeOut]


def filters_of(request: Any) -> Filter:
    """Read the filters of a request; days are UTC's. Raises FormRefused."""
    unit = unit_of(request)
    return read_filters(given(request.query_params, FIELDS), at=unit.at, region=unit.settings.region)


async def _viewed(request: Any) -> Unit:
    unit = unit_of(request)
    await record_view(unit, "oversight:ledger:viewed", field="ledger", tier="clear")
    return unit


def _one_of(name: str, text: str, allowed: Any) -> str:
    if text not in allowed:
        raise FormRefused({name: "web:invalid"})
    return text


@get(f"{BASE}/counts", opt=allow(AUDITS), tags=TAGS)
async def count_entries(
    request: Request[Any, Any, Any], unit: FromQuery[str] = "auto", clock: FromQuery[str] = "utc"
) -> CountsOut:
    """Count by hour, day or week; filters are those of the entries. `clock` is `utc`, or `own`: the caller's zone."""
    only, seen = filters_of(request), await _viewed(request)
    chosen = None if unit == "auto" else _one_of("unit", unit, charts.UNITS)
    zone = seen.who.time_zone if _one_of("clock", clock, charts.CLOCKS) == "own" else "UTC"
    drawn = await charts.timeline(charts.counting(seen), only, zone, unit=chosen)
    items = [CountOut(b.begins, b.ends, b.count.allowed, b.count.denied) for b in drawn.bars]
    return CountsOut(drawn.unit, zone, items)


@get(f"{BASE}/heat", opt=allow(AUDITS), tags=TAGS)
async def read_heat(request: Request[Any, Any, Any], clock: FromQuery[str] = "own") -> HeatList:
    """Count by weekday and hour."""
    only, seen = filters_of(request), await _viewed(request)
    own = _one_of("clock", clock, charts.CLOCKS) == "own"
    grid = await charts.heat(charts.counting(seen), only, await charts.clocks(seen), own=own)
    items = [
        HeatOut(day, hour, count.allowed, count.denied)
        for day, row in enumerate(grid, 1)
        for hour, count in enumerate(row)
    ]
    return HeatList(clock, items)


@get(f"{BASE}/top", opt=allow(AUDITS), tags=TAGS)
async def read_top(
    request: Request[Any, Any, Any], by: FromQuery[str] = "actor", limit: FromQuery[str | None] = None
) -> TopList:
    """List what is most frequent: by actor, kind, role, field, purpose, refusal or subject (a pseudonym)."""
    only, seen = filters_of(request), await _viewed(request)
    found = await charts.top(charts.counting(seen), only, _one_of("by", by, TOP_BY), limit=read_limit(limit))
    return TopList(by, [TopOut(name, count.allowed, count.denied) for name, count in found])


@get(f"{BASE}/comparison", opt=allow(AUDITS), tags=TAGS)
async def read_comparison(
    request: Request[Any, Any, Any],
    by: FromQuery[str] = "kind",
    against_from: Annotated[str, QueryParameter(name="against_from")] = "",
    against_to: Annotated[str, QueryParameter(name="against_to")] = "",
    limit: FromQuery[str | None] = None,
) -> ComparisonOut:
    """Compare `from` to `to` with `against_from` to `against_to`, or with the period just before."""
    only, seen = filters_of(request), await _viewed(request)
    _one_of("by", by, COMPARED_BY)
    if only.since is None:
        raise FormRefused({"from": "web:required"})
    now = (only.since, only.until or charts.now_of(seen))
    only = replace(only, since=now[0], until=now[1])
    then = _period(against_from, against_to) or before(*now, "UTC")
    found = await charts.compare(charts.counting(seen), only, then, by, limit=read_limit(limit))
    items = [
        ChangeOut(c.name, c.now.allowed, c.now.denied, c.then.allowed, c.then.denied, c.difference)
        for c in found.changes
    ]
    total = found.total
    return ComparisonOut(
        by,
        PeriodOut(*now, total.now.allowed, total.now.denied),
        PeriodOut(*then, total.then.allowed, total.then.denied),
        items,
    )


def _period(since: str, until: str) -> tuple[datetime, datetime] | None:
    if not since and not until:
        return None
    errors, found = {}, []
    for name, text, ends in (("against_from", since, False), ("against_to", until, True)):
        try:
            found.append(read_moment(text, "UTC", ends=ends))
        except (ValueError, OverflowError):
            errors[name] = "web:bad_time" if text else "web:required"
    if not errors and found[1] <= found[0]:
        errors["against_to"] = "oversight:ends_before_it_begins"
    if errors:
        raise FormRefused(errors)
    return found[0], found[1]


API = [count_entries, read_heat, read_top, read_comparison]
