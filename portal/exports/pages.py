"""Pages of files: choose what of a trip, see the password once, the list with downloads, revoke."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import File, Redirect

from portal.approvals.forms import MAX_WORDS
from portal.approvals.pages import reading, said
from portal.exports import words
from portal.exports.actions import path_of, revoke_file, take_file
from portal.exports.forms import ExportInput, read_export
from portal.exports.queries import FileView, find_files, on_file, read_file
from portal.exports.rules import FIELDS, LAYOUTS, PURPOSES, SUFFIX
from portal.passengers.words import FIELD_NAMES, PURPOSE_NAMES
from portal.trips.queries import TripView, trip
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.keeper.client import ApprovalAsked, ApprovalItem, KeeperRefused
from security.policy.approvals import APPROVALS, EXPORT

Page = Response[Any]
ASKS = frozenset(APPROVALS.export.asks)
SEES = ASKS | {"compliance"}
MOST = 200
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "application/octet-stream",
}
WORDS: dict[str, Any] = {
    "states": words.STATES,
    "layouts": words.LAYOUTS,
    "field_names": FIELD_NAMES,
    "purpose_names": PURPOSE_NAMES,
}


def _form(
    request: Any,
    view: TripView,
    held: list[tuple[Any, str]],
    values: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    status: int = 200,
    problem: str = "",
) -> Page:
    counts = {field: sum(code == field for _, code in held) for field in FIELDS}
    return page(
        request,
        "exports/new.html",
        status=status,
        trip=view,
        counts={field: count for field, count in counts.items() if count},
        purposes=PURPOSES,
        layout_codes=LAYOUTS,
        values=values,
        errors=said(request, errors),
        problem=problem,
        longest=MAX_WORDS,
        kept=APPROVALS.kept,
        **WORDS,
    )


@get("/trips/{wanted:str}/exports/new", opt=allow(ASKS), include_in_schema=False)
async def new_export_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Choose what of those aboard is to stand in a file. Nothing is opened by looking."""
    unit = unit_of(request)
    view = await trip(unit, inner(unit.settings.region, wanted))
    await record_view(unit, "trips:trip:viewed", field="trip", tier="masked", reference=wanted)
    return _form(request, view, await on_file(unit, view.id), {}, {})


@post("/trips/{wanted:str}/exports", opt=allow(ASKS, outside=True), include_in_schema=False)
async def add_export(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Ask for a file; the answer shows its password, once."""
    unit = unit_of(request)
    fields = await submitted(request, longest=MAX_WORDS + 1)
    chosen = [code for code in FIELDS if f"field-{code}" in fields]
    async with reading(unit):
        view = await trip(unit, inner(unit.settings.region, wanted))
        held = await on_file(unit, view.id)
    try:
        given = read_export(
            chosen, fields.get("purpose", ""), fields.get("layout", ""), fields.get("reason", "")
        )
        made = await ask_file(unit, wanted, held, given)
    except FormRefused as refused:
        return _form(request, view, held, fields, refused.errors, status=422)
    except KeeperRefused as refused:
        problem = sentence(language_of(request), refused.code, refused.fields)
        return _form(request, view, held, fields, {}, status=refused.status, problem=problem)
    return page(request, "exports/asked.html", trip=view, made=made, layout=given.layout, **WORDS)


async def ask_file(
    unit: Unit, trip_id: str, held: list[tuple[Any, str]], given: ExportInput
) -> ApprovalAsked:
    """Ask the keeper for exactly what is on file of the chosen fields. Raises FormRefused, KeeperRefused."""
    items = [ApprovalItem(subject, field) for subject, field in held if field in given.fields]
    if not items or len(items) > MOST:
        raise FormRefused({"fields": "exports:nothing_to_export" if not items else "exports:too_many"})
    return await unit.keeper.ask_approval(
        unit.credential,
        unit.request,
        EXPORT,
        items,
        given.purpose,
        trip_id,
        given.reason,
        given.layout,
    )


@get("/exports", opt=allow(SEES), name="files", include_in_schema=False)
async def files_page(request: Request[Any, Any, Any]) -> Page:
    """List files: the own ones; for compliance all."""
    unit = unit_of(request)
    found = await find_files(unit)
    if found:
        await record_view(unit, "approvals:list:viewed", field="manifest", tier="masked", reference="files")
    return page(
        request,
        "exports/list.html",
        files=found,
        asks=unit.who.role in ASKS,
        done=request.query_params.get("done", ""),
        busy=any(view.state in {"approved", "building"} for view in found),
        **WORDS,
    )


@get("/exports/{wanted:str}/file", opt=allow(SEES, outside=True, streams=True), include_in_schema=False)
async def file(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Download a file; only whoever asked for it, and each time is counted and an entry."""
    return await sealed_file(request, wanted)


async def sealed_file(request: Any, wanted: str) -> File:
    """Record the download, then give the bytes, closed as they lie."""
    unit = unit_of(request)
    found = await take_file(unit, inner(unit.settings.region, wanted))
    return File(
        path=path_of(unit, found),
        filename=f"waxwing-{unit.settings.region}-manifest-{found.trip}.{SUFFIX[found.layout]}",
        media_type=TYPES[found.layout],
        headers={"cache-control": "no-store"},
    )


@post("/exports/{wanted:str}/revocation", opt=allow(SEES), include_in_schema=False)
async def revoke(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Take a file back: by whoever asked, or compliance."""
    unit = unit_of(request)
    await submitted(request)
    await revoke_file(unit, await _one(unit, wanted))
    return Redirect(address(request, "/exports?done=revoked"), status_code=303)


async def _one(unit: Unit, wanted: str) -> FileView:
    return await read_file(unit, unit.connection, inner(unit.settings.region, wanted))


def name_of(unit: Unit, view: FileView) -> str:
    """Give the id of a file as it stands outside."""
    return outer(unit.settings.region, view.id)


PAGES = [new_export_page, add_export, files_page, file, revoke]
