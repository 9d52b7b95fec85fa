"""The API of files: ask for one, poll it, fetch it, take it back."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from portal.approvals.pages import reading
from portal.exports.actions import revoke_file
from portal.exports.forms import read_export
from portal.exports.pages import ASKS, SEES, Page, ask_file, name_of, sealed_file
from portal.exports.queries import FileView, find_files, on_file, read_file
from portal.trips.queries import trip
from portal.web.gate import allow
from portal.web.idempotency import spend
from portal.web.ids import inner, outer
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view

TAGS = ["exports"]
BASE = "/api/v1/exports"


class ExportIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of those aboard is to stand in the file; layout: xlsx, csv (closed with age)."""

    fields: list[str]
    purpose: str
    reason: str
    layout: str = "xlsx"


class AskedOut(msgspec.Struct, frozen=True):
    """It waits for approval. `password` opens the file and is said here only."""

    id: str
    needs: list[str]
    expires_at: datetime
    password: str


class FileOut(msgspec.Struct, frozen=True):
    """A file; `state` waiting, approved, building, ready, or how it ended."""

    id: str
    trip: str
    state: str
    layout: str
    purpose: str
    values: int
    by: str
    asked_at: datetime
    built_at: datetime | None
    expires_at: datetime | None
    size: int | None
    downloads: int


class FileList(msgspec.Struct, frozen=True):
    """Files, the newest first."""

    items: list[FileOut]
    next: str | None


def _out(unit: Unit, view: FileView) -> FileOut:
    return FileOut(
        id=name_of(unit, view),
        trip=outer(unit.settings.region, view.trip_id),
        state=view.state,
        layout=view.layout,
        purpose=view.purpose,
        values=view.items,
        by=view.requester,
        asked_at=view.asked_at,
        built_at=view.built_at,
        expires_at=view.ends_at,
        size=view.size,
        downloads=view.downloads or 0,
    )


@post("/api/v1/trips/{wanted:str}/exports", opt=allow(ASKS, outside=True), tags=TAGS, status_code=202)
async def ask_export(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[ExportIn]
) -> Response[AskedOut]:
    """Ask for the documents of those aboard as one file; `Location` is polled until it is ready."""
    unit, region = unit_of(request), unit_of(request).settings.region
    given = read_export(data.fields, data.purpose, data.layout, data.reason)
    async with reading(unit):
        view = await trip(unit, inner(region, wanted))
        held = await on_file(unit, view.id)
    await spend(request, unit)
    made = await ask_file(unit, wanted, held, given)
    name = outer(region, made.id)
    return Response(
        AskedOut(name, made.needs, made.expires_at, made.password),
        status_code=202,
        headers={"location": f"{BASE}/{name}", "cache-control": "no-store"},
    )


@get(BASE, opt=allow(SEES), tags=TAGS)
async def list_exports(request: Request[Any, Any, Any]) -> FileList:
    """List files: the caller's own; for compliance all."""
    unit = unit_of(request)
    found = await find_files(unit)
    if found:
        await record_view(unit, "approvals:list:viewed", field="manifest", tier="masked", reference="files")
    return FileList([_out(unit, view) for view in found], None)


@get(f"{BASE}/{{wanted:str}}", opt=allow(SEES), tags=TAGS)
async def one_export(request: Request[Any, Any, Any], wanted: FromPath[str]) -> FileOut:
    """Say how a file stands."""
    unit = unit_of(request)
    return _out(unit, await read_file(unit, unit.connection, inner(unit.settings.region, wanted)))


@get(f"{BASE}/{{wanted:str}}/file", opt=allow(SEES, outside=True, streams=True), tags=TAGS)
async def download(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Fetch a ready file; only whoever asked for it. Counted, and an entry."""
    return await sealed_file(request, wanted)


@delete(f"{BASE}/{{wanted:str}}", opt=allow(SEES), tags=TAGS, status_code=204)
async def revoke_export(request: Request[Any, Any, Any], wanted: FromPath[str]) -> None:
    """Take a file back."""
    unit = unit_of(request)
    await revoke_file(unit, await read_file(unit, unit.connection, inner(unit.settings.region, wanted)))


API = [ask_export, list_exports, one_export, download, revoke_export]
