"""The API of extracts and scheduled reports."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from portal.extracts.actions import (
    Failed,
    ask_extract,
    make_schedule,
    pause_schedule,
    remove_schedule,
    resume_schedule,
)
from portal.extracts.forms import read_extract, read_schedule, stored_filters
from portal.extracts.pages import EXTRACTS, give_extract, reader_of
from portal.extracts.queries import Extract, Schedule, extract, extracts, schedule, schedules
from portal.oversight.forms import FIELDS as FILTER_FIELDS
from portal.web.gate import allow
from portal.web.idempotency import claim, settle
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused
from portal.web.unit import Unit, unit_of

TAGS = ["ledger"]
BASE = "/api/v1/extracts"
SCHEDULES = "/api/v1/schedules"


class ExtractIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """layout: csv, xlsx, parquet or jsonl. filters: as `GET /ledger/entries` takes them, empty for all."""

    layout: str
    filters: dict[str, str] = {}


class ScheduleIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """rhythm: weekly (day 0 is Monday) or monthly (day 1 to 28); hour of the time zone, the own one if none."""

    title: str
    layout: str
    rhythm: str
    day: int
    hour: int
    time_zone: str = ""
    filters: dict[str, str] = {}


class ExtractOut(msgspec.Struct, frozen=True):
    """An extract; `done` of `total` entries. `failure` is a code."""

    id: str
    layout: str
    filters: dict[str, str]
    state: str
    progress: int
    done: int
    total: int | None
    size: int | None
    seconds: int | None
    requested_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    failure: str | None


class ExtractList(msgspec.Struct, frozen=True):
    """One's own extracts, newest first."""

    items: list[ExtractOut]
    next: str | None = None


class ScheduleOut(msgspec.Struct, frozen=True):
    """A report on a rhythm, and its last extract."""

    id: str
    title: str
    layout: str
    filters: dict[str, str]
    rhythm: str
    day: int
    hour: int
    time_zone: str
    next_at: datetime
    last_at: datetime | None
    paused_at: datetime | None
    last_extract: str | None
    last_state: str | None


class ScheduleList(msgspec.Struct, frozen=True):
    """One's own scheduled reports."""

    items: list[ScheduleOut]
    next: str | None = None


def _out(unit: Unit, one: Extract) -> ExtractOut:
    return ExtractOut(
        id=outer(unit.settings.region, one.id),
        layout=one.layout,
        filters=stored_filters(one.filter),
        state=one.state,
        progress=one.percent,
        done=one.done,
        total=one.total,
        size=one.size,
        seconds=one.seconds,
        requested_at=one.requested_at,
        ready_at=one.ready_at,
        expires_at=one.expires_at,
        failure=one.failure,
    )


def _schedule(unit: Unit, one: Schedule) -> ScheduleOut:
    region = unit.settings.region
    return ScheduleOut(
        id=outer(region, one.id),
        title=one.title,
        layout=one.layout,
        filters=stored_filters(one.filter),
        rhythm=one.rhythm,
        day=one.day,
        hour=one.hour,
        time_zone=one.time_zone,
        next_at=one.next_at,
        last_at=one.last_at,
        paused_at=one.paused_at,
        last_extract=outer(region, one.last_extract) if one.last_extract else None,
        last_state=one.last_state,
    )


def _known(filters: dict[str, str]) -> dict[str, str]:
    unknown = [name for name in filters if name not in FILTER_FIELDS]
    if unknown:
        raise FormRefused({f"filters.{name}": "web:invalid" for name in unknown})
    return filters


def _accepted(unit: Unit, one: Extract) -> Response[ExtractOut]:
    headers = {"location": f"{BASE}/{outer(unit.settings.region, one.id)}", "retry-after": "1"}
    return Response(_out(unit, one), status_code=202, headers=headers)


@get(BASE, opt=allow(EXTRACTS), tags=TAGS)
async def list_extracts(request: Request[Any, Any, Any]) -> ExtractList:
    """List one's own extracts."""
    unit = unit_of(request)
    return ExtractList([_out(unit, one) for one in await extracts(unit, limit=200)])


@post(BASE, opt=allow(EXTRACTS), tags=TAGS, status_code=202)
async def add_extract(request: Request[Any, Any, Any], data: JSONBody[ExtractIn]) -> Response[ExtractOut]:
    """Ask for an extract; poll its `Location`."""
    unit = unit_of(request)
    claimed = await claim(request, unit)
    if claimed and claimed.location:
        return _accepted(unit, await extract(unit.connection, inner(unit.settings.region, claimed.location)))
    made = await ask_extract(
        unit, read_extract({**_known(data.filters), "layout": data.layout}, reader_of(unit))
    )
    await settle(unit, claimed, 202, outer(unit.settings.region, made))
    return _accepted(unit, await extract(unit.connection, made))


@get(f"{BASE}/{{wanted:str}}", opt=allow(EXTRACTS), tags=TAGS)
async def read_one(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Response[ExtractOut]:
    """202 while it is being made, then 200; `…/file` gives the ZIP for `python -m audit check`."""
    unit = unit_of(request)
    found = await extract(unit.connection, inner(unit.settings.region, wanted))
    if found.state == "failed":
        raise Failed
    return _accepted(unit, found) if found.state in {"waiting", "building"} else Response(_out(unit, found))


@get(f"{BASE}/{{wanted:str}}/file", opt=allow(EXTRACTS, outside=True, streams=True), tags=TAGS)
async def read_file(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Response[Any]:
    """Give the extract: one ZIP with the table, the leaves and their proofs."""
    return await give_extract(request, wanted)


@get(SCHEDULES, opt=allow(EXTRACTS), tags=TAGS)
async def list_schedules(request: Request[Any, Any, Any]) -> ScheduleList:
    """List one's own scheduled reports."""
    unit = unit_of(request)
    return ScheduleList([_schedule(unit, one) for one in await schedules(unit)])


@post(SCHEDULES, opt=allow(EXTRACTS), tags=TAGS, status_code=201)
async def add_schedule(request: Request[Any, Any, Any], data: JSONBody[ScheduleIn]) -> ScheduleOut:
    """Schedule a report."""
    unit = unit_of(request)
    claimed = await claim(request, unit)
    if claimed and claimed.location:
        return _schedule(unit, await schedule(unit, inner(unit.settings.region, claimed.location)))
    given = msgspec.to_builtins(data)
    given |= _known(given.pop("filters"))
    made = await make_schedule(unit, read_schedule(given, reader_of(unit)))
    await settle(unit, claimed, 201, outer(unit.settings.region, made))
    return _schedule(unit, await schedule(unit, made))


@post(f"{SCHEDULES}/{{wanted:str}}/{{deed:str}}", opt=allow(EXTRACTS), tags=TAGS, status_code=200)
async def change_schedule(
    request: Request[Any, Any, Any], wanted: FromPath[str], deed: FromPath[str]
) -> ScheduleOut:
    """`pauses` lets it rest, `resumptions` lets it run again from its next time on."""
    unit = unit_of(request)
    known = inner(unit.settings.region, wanted)
    was = await schedule(unit, known)
    if deed == "pauses":
        await pause_schedule(unit, was)
    elif deed == "resumptions":
        await resume_schedule(unit, was)
    else:
        raise FormRefused({"deed": "web:invalid"})
    return _schedule(unit, await schedule(unit, known))


@delete(f"{SCHEDULES}/{{wanted:str}}", opt=allow(EXTRACTS), tags=TAGS)
async def drop_schedule(request: Request[Any, Any, Any], wanted: FromPath[str]) -> None:
    """Delete a scheduled report."""
    unit = unit_of(request)
    await remove_schedule(unit, await schedule(unit, inner(unit.settings.region, wanted)))


API = [
    list_extracts,
    add_extract,
    read_one,
    read_file,
    list_schedules,
    add_schedule,
    change_schedule,
    drop_schedule,
]
