"""The API of scans: hand in, list, remove, open, read pages."""

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, JSONBody

from portal.passengers.shapes import EntryOut, SealedOut
from portal.scans import shapes
from portal.scans.actions import remove_scan
from portal.scans.pages import MOST_BODY
from portal.scans.queries import EDITS, SEES, Scan, briefly, chosen, place_of, scans_of
from portal.scans.showing import page_image, table_of
from portal.scans.taking_in import take_in
from portal.web.gate import allow, keeper_decides
from portal.web.idempotency import spend
from portal.web.ids import inner, outer
from portal.web.session import header
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.keeper.client import KeeperRefused

TAGS = ["passengers"]
BASE = "/api/v1/passengers/{wanted:str}/documents/{document:str}/scans"
FORM = "multipart/form-data"


def _out(region: str, scan: Scan) -> shapes.ScanOut:
    content = SealedOut(scan.content.state, scan.content.mask, list(scan.content.reveal))
    return shapes.ScanOut(
        outer(region, scan.id),
        outer(region, scan.document),
        scan.media,
        scan.pages,
        scan.size,
        scan.created_at,
        content,
    )


@get(BASE, opt=allow(SEES, outside=True), tags=TAGS)
async def list_scans(
    request: Request[Any, Any, Any], wanted: FromPath[str], document: FromPath[str]
) -> shapes.ScanList:
    """List a document's scans, the newest first. One entry."""
    unit = unit_of(request)
    region = unit.settings.region
    async with briefly(unit):
        place = await place_of(unit, inner(region, wanted), inner(region, document))
        found = await scans_of(unit, place)
        await record_view(
            unit, "scans:list:viewed", field="document.scan", tier="masked", subject=place.view.id
        )
    return shapes.ScanList([_out(region, scan) for scan in found])


@post(
    BASE,
    opt=allow(EDITS, outside=True),
    tags=TAGS,
    status_code=201,
    request_max_body_size=MOST_BODY,
)
async def add_scan(
    request: Request[Any, Any, Any], wanted: FromPath[str], document: FromPath[str]
) -> Response[shapes.ScanOut]:
    """Hand in a JPEG, PNG or PDF: the body is the file, or a form with a part `file`. Its kind is told by its bytes.

    `?replaces=ID` takes another scan's place. An idempotency key is used up: the same one again is 409.
    """
    unit = unit_of(request)
    region = unit.settings.region
    replaces = request.query_params.get("replaces")
    await spend(request, unit)
    place, sealed = await take_in(
        unit,
        inner(region, wanted),
        inner(region, document),
        await _file(request),
        inner(region, replaces) if replaces else None,
    )
    async with briefly(unit):
        now = await place_of(unit, place.view.id, place.document.id)
        made = chosen(await scans_of(unit, now), sealed.id)
    where = f"{request.scope['path']}/{outer(region, made.id)}"
    return Response(_out(region, made), status_code=201, headers={"location": where})


async def _file(request: Any) -> bytes:
    if (header(request.scope, b"content-type") or "").startswith(FORM):
        file = (await request.form()).get("file")
        return await file.read() if isinstance(file, UploadFile) else b""
    data: bytes = await request.body()
    return data


@get(f"{BASE}/{{scan:str}}", opt=allow(SEES, outside=True), tags=TAGS)
async def read_scan(
    request: Request[Any, Any, Any], wanted: FromPath[str], document: FromPath[str], scan: FromPath[str]
) -> shapes.ScanOut:
    """Give one scan, without anything that is on it. One entry."""
    unit = unit_of(request)
    region = unit.settings.region
    async with briefly(unit):
        place = await place_of(unit, inner(region, wanted), inner(region, document))
        found = chosen(await scans_of(unit, place), inner(region, scan))
        await record_view(
            unit, "scans:list:viewed", field="document.scan", tier="masked", subject=place.view.id
        )
    return _out(region, found)


@delete(f"{BASE}/{{scan:str}}", opt=allow(EDITS, outside=True), tags=TAGS, status_code=204)
async def delete_scan(
    request: Request[Any, Any, Any], wanted: FromPath[str], document: FromPath[str], scan: FromPath[str]
) -> None:
    """Remove a scan."""
    unit = unit_of(request)
    region = unit.settings.region
    async with briefly(unit):
        place = await place_of(unit, inner(region, wanted), inner(region, document))
        await remove_scan(unit, place, inner(region, scan))


@post(f"{BASE}/{{scan:str}}/reveals", opt=keeper_decides(), tags=TAGS, status_code=200)
async def reveal_scan(
    request: Request[Any, Any, Any],
    wanted: FromPath[str],
    document: FromPath[str],
    scan: FromPath[str],
    data: JSONBody[shapes.ScanRevealIn],
) -> Response[shapes.ScanRevealOut]:
    """Open a scan for a minute: the entry comes first, then its pages can be read with this credential."""
    unit = unit_of(request)
    region = unit.settings.region
    subject, row, _ = inner(region, wanted), inner(region, scan), inner(region, document)
    await spend(request, unit)
    try:
        opened = await unit.keeper.open_scan(
            unit.credential, unit.request, subject, row, data.purpose, data.reference, data.reason
        )
    except KeeperRefused:
        await _speak_to(unit)
        raise
    count = len(await table_of(unit, row))
    base = request.scope["path"].removesuffix("/reveals")
    body = shapes.ScanRevealOut(
        [f"{base}/pages/{number}" for number in range(1, count + 1)],
        opened.expires_at,
        opened.proof,
        EntryOut(opened.index, opened.leaf),
    )
    return Response(body, status_code=200, headers={"cache-control": "no-store"})


async def _speak_to(unit: Unit) -> None:
    """Find out who is refused, for the log, and in which language to say why."""
    await unit.recognise()
    if unit.actor is not None:
        unit.locale = unit.actor.locale


@get(
    f"{BASE}/{{scan:str}}/pages/{{number:str}}",
    opt={**allow(SEES, outside=True), "as_it_is": True},
    tags=TAGS,
    media_type="image/jpeg",
)
async def read_page(
    request: Request[Any, Any, Any],
    wanted: FromPath[str],  # noqa: ARG001 -- part of the address; the keeper knows whose scan is shown
    document: FromPath[str],  # noqa: ARG001
    scan: FromPath[str],
    number: FromPath[str],
) -> Response[bytes]:
    """Give one page, as a JPEG with the viewer drawn into it, while the scan is open to this credential."""
    unit = unit_of(request)
    return await page_image(request, unit, inner(unit.settings.region, scan), number)


API = [list_scans, add_scan, read_scan, delete_scan, reveal_scan, read_page]
