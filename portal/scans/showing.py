"""A page of a scan, for whoever has opened it and for as long: read from the keeper, with the viewer drawn into it."""

from typing import Any
from uuid import UUID

from litestar import Response

from portal.scans.rules import TABLE_BYTES, Unbound, places
from portal.scans.sandbox import SANDBOX
from portal.web.refusals import NotFound
from portal.web.session import header
from portal.web.unit import Unit
from security.vault.door import DOOR

_SHOWN_AS = frozenset({"image", "empty"})
HEADERS = {
    "cache-control": "no-store",
    "content-disposition": "inline",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


async def table_of(unit: Unit, scan: UUID) -> list[tuple[int, int]]:
    """Give where each page begins and how long it is. Raises KeeperRefused, NotFound."""
    begins = await unit.keeper.read_scan(unit.credential, scan, 0, TABLE_BYTES)
    try:
        return places(begins.reveal_to(DOOR))
    except Unbound:
        raise NotFound from None


async def page_image(request: Any, unit: Unit, scan: UUID, number: str) -> Response[bytes]:
    """Give a page (from 1) as a JPEG with the viewer's code and the time in its pixels. Never stored."""
    if (header(request.scope, b"sec-fetch-dest") or "empty") not in _SHOWN_AS:
        raise NotFound  # not in a tab of its own, where it would stay
    table = await table_of(unit, scan)
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) <= 2 else 0  # noqa: PLR2004
    if not 1 <= wanted <= len(table):
        raise NotFound
    start, length = table[wanted - 1]
    page = await unit.keeper.read_scan(unit.credential, scan, start, length)
    marked = await SANDBOX.mark(page.reveal_to(DOOR), viewer_line(unit))
    return Response(marked, media_type="image/jpeg", headers=HEADERS)


def viewer_line(unit: Unit) -> str:
    """Say who looks, and when: codes only."""
    return f"{unit.who.code}  {unit.at:%Y-%m-%d %H:%M} UTC  {unit.settings.region}"
