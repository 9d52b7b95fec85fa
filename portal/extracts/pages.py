"""Pages of extracts: ask for one, see how far it is, fetch it; reports on a rhythm."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import File, Redirect

from portal.accounts.zones import zone_choices
from portal.extracts.actions import (
    TooManyOpen,
    TooManySchedules,
    ask_extract,
    make_schedule,
    pause_schedule,
    remove_schedule,
    resume_schedule,
    take_extract,
)
from portal.extracts.forms import MAX_TITLE, Reader, read_extract, read_schedule, stored_filters
from portal.extracts.queries import extracts, log_vkey, schedule, schedules
from portal.extracts.rules import LAST_DAY
from portal.extracts.words import LAYOUT_NAMES, RHYTHM_NAMES, STATES, WEEKDAYS
from portal.extracts.work import path_of
from portal.oversight.asked import choices
from portal.oversight.forms import FIELDS as FILTER_FIELDS
from portal.oversight.words import FILTER_NAMES
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner
from portal.web.refusals import FormRefused
from portal.web.render import address, formats_of, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view

Page = Response[Any]
EXTRACTS = frozenset({"auditor", "compliance"})


def reader_of(unit: Unit) -> Reader:
    """Say who asks, as forms need it."""
    return Reader(unit.at, unit.who.time_zone, unit.settings.region)


SCHEDULE_FIELDS = ("title", "rhythm", "weekday", "month_day", "hour", "time_zone", "layout")


@get("/extracts", opt=allow(EXTRACTS), name="extracts", include_in_schema=False)
async def extracts_page(request: Request[Any, Any, Any]) -> Page:
    """List one's extracts and scheduled reports; the filters come from the ledger's page."""
    return await _page(request, dict(request.query_params))


async def _page(
    request: Any,
    values: dict[str, str],
    errors: dict[str, str] | None = None,
    *,
    status: int = 200,
    at_schedule: bool = False,
) -> Page:
    unit = unit_of(request)
    found = await extracts(unit)
    await record_view(unit, "oversight:ledger:viewed", field="extract", tier="clear")
    tag = language_of(request)
    return page(
        request,
        "extracts/list.html",
        status=status,
        extracts=[(one, stored_filters(one.filter)) for one in found],
        schedules=[(one, stored_filters(one.filter)) for one in await schedules(unit)],
        busy=any(one.state in {"waiting", "building"} for one in found),
        values={name: values.get(name, "") for name in (*FILTER_FIELDS, *SCHEDULE_FIELDS)},
        errors={name: sentence(tag, code) for name, code in (errors or {}).items()},
        at_schedule=at_schedule,
        choices=choices(tag),
        filter_names=FILTER_NAMES,
        moment=datetime.fromisoformat,
        layouts=list(LAYOUT_NAMES.items()),
        layout_names=LAYOUT_NAMES,
        rhythms=RHYTHM_NAMES,
        weekdays=WEEKDAYS,
        states=STATES,
        zones=zone_choices(formats_of(request), unit.at),
        say=partial(sentence, tag),
        span=lambda seconds: timedelta(seconds=seconds or 0),
        last_day=LAST_DAY,
        longest=MAX_TITLE,
        vkey=await log_vkey(unit),
        done=request.query_params.get("done", ""),
    )


@post("/extracts", opt=allow(EXTRACTS), include_in_schema=False)
async def add_extract(request: Request[Any, Any, Any]) -> Page:
    """Ask for an extract."""
    fields = await submitted(request)
    try:
        await ask_extract(unit_of(request), read_extract(fields, reader_of(unit_of(request))))
    except FormRefused as refused:
        return await _page(request, fields, refused.errors, status=422)
    except TooManyOpen as refused:
        return await _page(request, fields, {"": refused.code}, status=refused.status)
    return Redirect(address(request, "/extracts"), status_code=303)


@get("/extracts/{wanted:str}/file", opt=allow(EXTRACTS, outside=True, streams=True), include_in_schema=False)
async def extract_file(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Download an extract."""
    return await give_extract(request, wanted)


async def give_extract(request: Any, wanted: str) -> File:
    """Record the download, then give the file."""
    unit = unit_of(request)
    found = await take_extract(unit, inner(unit.settings.region, wanted))
    made = f"{found.requested_at:%Y%m%dT%H%M%SZ}"
    return File(
        path=path_of(unit.settings, found.id),
        filename=f"waxwing-{unit.settings.region}-extract-{made}-{found.layout}.zip",
        media_type="application/zip",
        headers={"cache-control": "no-store"},
    )


@post("/extracts/schedules", opt=allow(EXTRACTS), include_in_schema=False)
async def add_schedule(request: Request[Any, Any, Any]) -> Page:
    """Schedule a report."""
    unit, fields = unit_of(request), await submitted(request)
    try:
        await make_schedule(unit, read_schedule(fields, reader_of(unit)))
    except FormRefused as refused:
        return await _page(request, fields, refused.errors, status=422, at_schedule=True)
    except TooManySchedules as refused:
        return await _page(request, fields, {"": refused.code}, status=refused.status, at_schedule=True)
    return Redirect(address(request, "/extracts?done=scheduled#schedules"), status_code=303)


@post("/extracts/schedules/{wanted:str}/{deed:str}", opt=allow(EXTRACTS), include_in_schema=False)
async def change_schedule(
    request: Request[Any, Any, Any], wanted: FromPath[str], deed: FromPath[str]
) -> Page:
    """Pause, resume or remove a scheduled report."""
    unit = unit_of(request)
    await submitted(request)
    was = await schedule(unit, inner(unit.settings.region, wanted))
    if deed == "remove":
        await remove_schedule(unit, was)
    elif deed == "pause":
        await pause_schedule(unit, was)
    elif deed == "resume":
        await resume_schedule(unit, was)
    else:
        raise FormRefused({"deed": "web:invalid"})
    return Redirect(address(request, "/extracts#schedules"), status_code=303)


PAGES = [extracts_page, add_extract, extract_file, add_schedule, change_schedule]
