"""The API of saved searches."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from portal.oversight.actions import change_search, delete_search, save_search
from portal.oversight.forms import FIELDS, given, read_filters, read_name
from portal.oversight.pages import AUDITS
from portal.oversight.searches import Search, own_search, search, searches
from portal.web.gate import allow
from portal.web.idempotency import claim, settle
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused, Stale
from portal.web.session import header
from portal.web.unit import Unit, unit_of

TAGS = ["ledger"]
BASE = "/api/v1/ledger/searches"


class SearchOut(msgspec.Struct, frozen=True):
    """A saved search: filters by their names. `owner` is the staff code of whoever keeps it."""

    id: str
    name: str
    filters: dict[str, str]
    shared: bool
    owner: str
    own: bool
    changed_at: datetime


class SearchList(msgspec.Struct, frozen=True):
    """One's own searches, then those that colleagues share; all of them, so `next` is always null."""

    items: list[SearchOut]
    next: str | None


class SearchIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A search to keep."""

    name: str
    filters: dict[str, str] = {}
    shared: bool = False


class SearchChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; what is left out stays."""

    name: str | None = None
    shared: bool | None = None


def _out(unit: Unit, found: Search) -> SearchOut:
    return SearchOut(
        outer(unit.settings.region, found.id),
        found.name,
        found.query,
        found.shared,
        found.owner,
        found.is_own,
        found.changed_at,
    )


def _answer(unit: Unit, found: Search, *, status: int = 200) -> Response[SearchOut]:
    out = _out(unit, found)
    headers = {"etag": f'"v{found.version}"'} | ({"location": f"{BASE}/{out.id}"} if status == 201 else {})  # noqa: PLR2004 -- made
    return Response(out, status_code=status, headers=headers)


@get(BASE, opt=allow(AUDITS), tags=TAGS)
async def list_searches(request: Request[Any, Any, Any]) -> SearchList:
    """List searches that one may open."""
    unit = unit_of(request)
    return SearchList([_out(unit, found) for found in await searches(unit)], None)


@post(BASE, opt=allow(AUDITS), tags=TAGS, status_code=201)
async def add_search(request: Request[Any, Any, Any], data: JSONBody[SearchIn]) -> Response[SearchOut]:
    """Keep a search under a name; filters are those of the entries, and are checked like them."""
    unit = unit_of(request)
    claimed = await claim(request, unit)
    if claimed and claimed.location:
        return _answer(unit, await search(unit, inner(unit.settings.region, claimed.location)), status=201)
    if unknown := sorted(data.filters.keys() - set(FIELDS)):
        raise FormRefused(dict.fromkeys(unknown, "web:invalid"))
    read_filters(given(data.filters), at=unit.at)
    made = await save_search(unit, read_name(data.name), data.filters, shared=data.shared)
    await settle(unit, claimed, 201, outer(unit.settings.region, made))
    return _answer(unit, await search(unit, made), status=201)


@get(f"{BASE}/{{search_id:str}}", opt=allow(AUDITS), tags=TAGS)
async def read_search(request: Request[Any, Any, Any], search_id: FromPath[str]) -> Response[SearchOut]:
    """Give one search."""
    unit = unit_of(request)
    return _answer(unit, await search(unit, inner(unit.settings.region, search_id)))


@patch(f"{BASE}/{{search_id:str}}", opt=allow(AUDITS), tags=TAGS)
async def patch_search(
    request: Request[Any, Any, Any], search_id: FromPath[str], data: JSONBody[SearchChange]
) -> Response[SearchOut]:
    """Rename one's own search, share it or stop sharing it. `If-Match` with an old tag is 412."""
    unit = unit_of(request)
    found = await _tagged(request, search_id)
    name = found.name if data.name is None else read_name(data.name)
    shared = found.shared if data.shared is None else data.shared
    await change_search(unit, found.id, name, shared=shared)
    return _answer(unit, await search(unit, found.id))


async def _tagged(request: Any, search_id: str) -> Search:
    unit = unit_of(request)
    found = await own_search(unit, inner(unit.settings.region, search_id))
    sent = header(request.scope, b"if-match")
    if sent is not None and sent.strip() not in {"*", f'"v{found.version}"'}:
        raise Stale
    return found


@delete(f"{BASE}/{{search_id:str}}", opt=allow(AUDITS), tags=TAGS, status_code=204)
async def remove_search(request: Request[Any, Any, Any], search_id: FromPath[str]) -> None:
    """Delete one's own search."""
    found = await _tagged(request, search_id)
    await delete_search(unit_of(request), found.id)


API = [list_searches, add_search, read_search, patch_search, remove_search]
