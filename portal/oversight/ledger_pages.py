"""The auditor's workspace: entries by filter with their timeline, patterns, periods compared, a person's day."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from babel import Locale as BabelLocale
from litestar import Request, Response, get
from litestar.params import FromPath

from audit.counting import Counting
from audit.ledger import Filter
from audit.wall import local
from portal.oversight import charts
from portal.oversight.asked import SHOWN, Asked, chips, choices, kept_beside, read_asked
from portal.oversight.forms import CODE, given, link
from portal.oversight.pages import AUDITS, entry_words
from portal.oversight.queries import lines
from portal.oversight.searches import searches
from portal.oversight.spans import YEARS, before, last_days, read_moment
from portal.oversight.words import CLOCK_NAMES, COMPARED_BY, TOP_NAMES
from portal.trail.pages import read_before
from portal.web.gate import allow
from portal.web.refusals import NotFound
from portal.web.render import formats_of, language_of, page
from portal.web.sentences import SENTENCES, sentence
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.policy.alarm_rules import ALARM_RULES

Page = Response[Any]
PAGE = 50
DAY_PAGE = 200
TOPS = ("actor", "kind", "subject", "purpose", "refusal")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
BESIDE = ("clock", "by", "against_from", "against_to")


def first_weekday(tag: str) -> int:
    """Say on which day a week begins for readers of a language, Monday being 0."""
    return int(BabelLocale.parse(tag.replace("-", "_")).first_week_day)


def workspace(request: Any, asked: Asked, path: str, kept: dict[str, str]) -> dict[str, Any]:
    """Give what every page of the workspace shows: form, chips, and the ways to its other pages."""
    return {
        "query": asked.query,
        "errors": asked.errors,
        "zone": asked.zone,
        "status": asked.status,
        "chips": chips(request, asked, path, kept),
        "choices": choices(language_of(request)),
        "kept": kept,
        "path": path,
        "link": link,
        **entry_words(),
    }


async def viewed(request: Any) -> Unit:
    """Record that the ledger is looked at."""
    unit = unit_of(request)
    await record_view(unit, "oversight:ledger:viewed", field="ledger", tier="clear")
    return unit


def charted(asked: Asked, unit: Unit) -> Filter:
    """Bound what a chart shows: the last thirty days where no time is chosen."""
    only = asked.only
    if only.since is None and only.until is None:
        since, until = last_days(SHOWN.days, unit.at, asked.zone)
        return replace(only, since=since, until=until)
    return only


@get("/ledger", opt=allow(AUDITS), name="ledger", include_in_schema=False)
async def ledger_page(request: Request[Any, Any, Any]) -> Page:
    """Show entries by filter with a timeline; looking is an entry too."""
    unit, asked = await viewed(request), read_asked(request)
    cursor = read_before(request.query_params.get("before"))
    found, older = await lines(unit, asked.only, before=cursor, limit=PAGE)
    drawn = await charts.timeline(
        charts.counting(unit),
        charted(asked, unit),
        asked.zone,
        first_weekday=first_weekday(language_of(request)),
    )
    return page(
        request,
        "oversight/ledger.html",
        entries=found,
        points=points(request, drawn, asked),
        drawn=drawn,
        whole=asked.only == Filter(),
        total=drawn.total.all,
        older_href=link("/ledger", asked.query, before=str(older)) if older is not None else None,
        first_href=link("/ledger", asked.query) if cursor is not None else None,
        searches=await searches(unit),
        **workspace(request, asked, "/ledger", {}),
    )


def points(request: Any, drawn: charts.Timeline, asked: Asked) -> list[dict[str, Any]]:
    """Give a chart's bars as the page draws them, each with the page of its stretch."""
    formats = formats_of(request)
    found = []
    for bar in drawn.bars:
        day = formats.date(bar.begins)
        label = formats.datetime(bar.begins) if drawn.unit == "hour" else day
        if drawn.unit == "week":
            label = f"{day} – {formats.date(bar.ends - timedelta(hours=12))}"
        short = formats.time(bar.begins) if drawn.unit == "hour" else formats.date(bar.begins, "MMMd")
        span = {"when": None, "from": stamp(bar.begins), "to": stamp(bar.ends)}
        found.append(
            {
                "label": label,
                "short": short,
                "allowed": bar.count.allowed,
                "denied": bar.count.denied,
                "href": link("/ledger", asked.query, **span),
            }
        )
    return found


def stamp(at: Any) -> str:
    """Write an instant as a filter takes it."""
    return str(at.strftime("%Y-%m-%dT%H:%M:%SZ"))


@get("/ledger/patterns", opt=allow(AUDITS), name="patterns", include_in_schema=False)
async def patterns_page(request: Request[Any, Any, Any]) -> Page:
    """Show the hours of the week in which things happen, and who, what and why most often."""
    unit, asked = await viewed(request), read_asked(request)
    kept = kept_beside(request, "clock")
    own = kept.get("clock") != "utc"
    only, counting = charted(asked, unit), charts.counting(unit)
    grid = await charts.heat(counting, only, await charts.clocks(unit), own=own)
    tops = {by: await charts.top(counting, only, by) for by in TOPS}
    start = first_weekday(language_of(request))
    order = [(start + n) % 7 for n in range(7)]
    return page(
        request,
        "oversight/patterns.html",
        grid=grid,
        order=order,
        weekdays=weekdays(request),
        peak=max(count.all for row in grid for count in row),
        total=sum(count.all for row in grid for count in row),
        own=own,
        clock_names=CLOCK_NAMES,
        tops=tops,
        top_names=TOP_NAMES,
        said=lambda code: SENTENCES.get(code) and sentence(language_of(request), code),
        **workspace(request, asked, "/ledger/patterns", kept),
    )


def weekdays(request: Any) -> list[str]:
    """Name the days of the week, Monday first."""
    monday = date(2024, 1, 1)
    return [formats_of(request).date(monday + timedelta(days=n), "E") for n in range(7)]


@get("/ledger/compare", opt=allow(AUDITS), name="compare", include_in_schema=False)
async def compare_page(request: Request[Any, Any, Any]) -> Page:
    """Compare a period with the one before it or any other: how many more or fewer, of what or by whom."""
    unit, asked = await viewed(request), read_asked(request)
    kept = kept_beside(request, "by", "against_from", "against_to")
    counting = charts.counting(unit)
    now = await _period(counting, charted(asked, unit), unit)
    by = kept.get("by", "kind")
    other, errors = _other(request, kept, asked)
    if by not in COMPARED_BY:
        by, errors["by"] = "kind", sentence(language_of(request), "web:invalid")
    asked = replace(asked, errors={**asked.errors, **errors})
    only, other = replace(asked.only, since=now[0], until=now[1]), other or before(*now, asked.zone)
    return page(
        request,
        "oversight/compare.html",
        compared=await charts.compare(counting, only, other, by),
        by=by,
        compared_by=COMPARED_BY,
        now=now,
        then=other,
        **workspace(request, asked, "/ledger/compare", kept),
    )


async def _period(counting: Counting, only: Filter, unit: Unit) -> tuple[datetime, datetime]:
    """Give both ends of the time chosen; where the first is open, the time of the first entry."""
    until = only.until or charts.now_of(unit)
    if only.since is None:
        bounds = await counting.bounds(await counting.span(only))
        return (bounds[0] if bounds else until - SHOWN), until
    return only.since, until


def _other(request: Any, kept: dict[str, str], asked: Asked) -> tuple[Any, dict[str, str]]:
    """Read the other period, if one is named; it takes both of its ends."""
    found: dict[str, datetime] = {}
    errors: dict[str, str] = {}
    for name in ("against_from", "against_to"):
        text = kept.get(name, "")
        if not text:
            continue
        try:
            found[name] = read_moment(text, asked.zone, ends=name == "against_to")
        except (ValueError, OverflowError):
            errors[name] = sentence(language_of(request), "web:bad_time")
    if len(found) == 1 and not errors:
        missing = "against_to" if "against_from" in found else "against_from"
        errors[missing] = sentence(language_of(request), "web:required")
    if errors or not found:
        return None, errors
    if found["against_to"] <= found["against_from"]:
        return None, {"against_to": sentence(language_of(request), "oversight:ends_before_it_begins")}
    return (found["against_from"], found["against_to"]), {}


@get("/ledger/actors/{actor:str}", opt=allow(AUDITS), include_in_schema=False)
async def actor_page(request: Request[Any, Any, Any], actor: FromPath[str]) -> Page:
    """Show a person's day on that person's own clock: `?day=`, else the last on which there is an entry."""
    unit = await viewed(request)
    if not CODE.fullmatch(actor):
        raise NotFound
    zone = (await charts.clocks(unit)).get(actor, "UTC")
    only = Filter(who=actor)
    newest, _ = await lines(unit, only, before=None, limit=1)
    if not newest:
        raise NotFound
    day = _day(request.query_params.get("day", "")) or local(newest[0].ts, zone).date()
    begins, ends = charts.day_span(day, zone)
    only = replace(only, since=begins, until=ends)
    cursor = read_before(request.query_params.get("before"))
    found, older = await lines(unit, only, before=cursor, limit=DAY_PAGE)
    drawn = await charts.timeline(charts.counting(unit), only, zone, unit="hour")
    there = f"/ledger/actors/{actor}"
    return page(
        request,
        "oversight/actor.html",
        who=actor,
        role=newest[0].role,
        shift=ALARM_RULES.shifts.get(newest[0].role),
        place=zone,
        zone=unit.who.time_zone,
        day=day,
        day_before=link(there, {"day": str(day - timedelta(days=1))}),
        day_after=link(there, {"day": str(day + timedelta(days=1))}),
        entries=found,
        drawn=drawn,
        hours=[(local(bar.begins, zone), bar.count) for bar in drawn.bars],
        older_href=link(there, {"day": str(day)}, before=str(older)) if older is not None else None,
        first_href=link(there, {"day": str(day)}) if cursor is not None else None,
        own_time=lambda at: formats_of(request).local_and_own(at, zone),
        all_href=link("/ledger", given({"actor": actor})),
        **entry_words(),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None
    return day if day is not None and day.year in YEARS else None


PAGES = [ledger_page, patterns_page, compare_page, actor_page]
