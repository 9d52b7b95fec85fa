"""Pages of a document's scans: the list with its upload, and taking one away."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Redirect

from portal.passengers.words import KINDS
from portal.scans.actions import TooManyScans, UnknownScan, remove_scan
from portal.scans.queries import EDITS, SEES, briefly, place_of, scans_of
from portal.scans.rules import MOST_BYTES, MOST_PAGES, MOST_SCANS
from portal.scans.sandbox import FileRefused
from portal.scans.taking_in import take_in
from portal.scans.words import MEDIA
from portal.web.forms import checked_texts, submitted
from portal.web.gate import allow, check_page_token
from portal.web.ids import inner, outer
from portal.web.refusals import Busy, Refusal
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.keeper.client import KeeperRefused

Page = Response[Any]
MOST_BODY = MOST_BYTES + 1_000_000
REFUSED = (FileRefused, TooManyScans, UnknownScan)


def here(unit: Unit, person: str, document: str, rest: str = "") -> str:
    """Give a document's own path."""
    region = unit.settings.region
    return f"/passengers/{outer(region, inner(region, person))}/scans/{outer(region, inner(region, document))}{rest}"


@get("/passengers/{wanted:str}/scans/{document:str}", opt=allow(SEES, outside=True), include_in_schema=False)
async def scans_page(request: Request[Any, Any, Any], wanted: FromPath[str], document: FromPath[str]) -> Page:
    """List a document's scans, without anything that is on them. One entry."""
    return await _list(request, wanted, document, recorded=True)


async def _list(
    request: Any,
    wanted: str,
    document: str,
    *,
    errors: dict[str, str] | None = None,
    facts: dict[str, Any] | None = None,
    status: int = 200,
    recorded: bool = False,
    replaces: str = "",
) -> Page:
    unit = unit_of(request)
    region = unit.settings.region
    async with briefly(unit):
        place = await place_of(unit, inner(region, wanted), inner(region, document))
        found = await scans_of(unit, place)
        if recorded:
            await record_view(
                unit, "scans:list:viewed", field="document.scan", tier="masked", subject=place.view.id
            )
    tag = language_of(request)
    return page(
        request,
        "scans/list.html",
        status=status,
        person=place.view,
        document=place.document,
        scans=found,
        kinds=KINDS,
        media=MEDIA,
        may_edit=unit.who.role in EDITS,
        replaces=replaces or request.query_params.get("replaces", ""),
        errors={name: sentence(tag, code, facts) for name, code in (errors or {}).items()},
        saved=request.query_params.get("saved", ""),
        most_bytes=MOST_BYTES,
        most_pages=MOST_PAGES,
        has_room=len(found) < MOST_SCANS,
    )


@post(
    "/passengers/{wanted:str}/scans/{document:str}",
    opt=allow(EDITS, outside=True),
    include_in_schema=False,
    request_max_body_size=MOST_BODY,
)
async def upload_scan(
    request: Request[Any, Any, Any], wanted: FromPath[str], document: FromPath[str]
) -> Page:
    """Take in a file; what is wrong with it is said beside the field."""
    unit = unit_of(request)
    region = unit.settings.region
    fields, data = await _handed_in(request)
    replaces = fields.get("replaces", "")
    try:
        await take_in(
            unit,
            inner(region, wanted),
            inner(region, document),
            data,
            inner(region, replaces) if replaces else None,
        )
    except (*REFUSED, KeeperRefused, Busy) as refused:
        errors, facts = _said_of(refused)
        if errors is None:
            raise
        return await _list(
            request, wanted, document, errors=errors, facts=facts, status=refused.status, replaces=replaces
        )
    return Redirect(address(request, here(unit, wanted, document, "?saved=added")), status_code=303)


def _said_of(refused: Exception) -> tuple[dict[str, str] | None, dict[str, Any]]:
    """Give the field errors of a refusal that belongs to the form; None for one that does not."""
    if isinstance(refused, Refusal):
        return (refused.errors or {"file": refused.code}), dict(refused.facts)
    code = getattr(refused, "code", "")
    return ({"file": code}, {}) if code.startswith("scans:") else (None, {})


async def _handed_in(request: Any) -> tuple[dict[str, str], bytes]:
    """Read a posted form with one file. Its name and declared type are not looked at."""
    form = await request.form()
    texts = {name: value for name, value in form.items() if isinstance(value, str)}
    check_page_token(request.scope, unit_of(request).settings, texts.pop("csrf", ""))
    file = form.get("file")
    data = await file.read() if isinstance(file, UploadFile) else b""
    return checked_texts({name: value for name, value in texts.items() if name == "replaces"}), data


@post(
    "/passengers/{wanted:str}/scans/{document:str}/{scan:str}/remove",
    opt=allow(EDITS, outside=True),
    include_in_schema=False,
)
async def take_away(
    request: Request[Any, Any, Any], wanted: FromPath[str], document: FromPath[str], scan: FromPath[str]
) -> Page:
    """Remove a scan."""
    unit = unit_of(request)
    region = unit.settings.region
    await submitted(request)
    async with briefly(unit):
        place = await place_of(unit, inner(region, wanted), inner(region, document))
        await remove_scan(unit, place, inner(region, scan))
    return Redirect(address(request, here(unit, wanted, document, "?saved=removed")), status_code=303)


PAGES = [scans_page, upload_scan, take_away]
