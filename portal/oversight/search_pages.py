"""Saved searches: kept under a name, opened, renamed, shared with the other auditors, deleted."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.oversight.actions import change_search, delete_search, save_search
from portal.oversight.asked import Asked, chips
from portal.oversight.forms import given, link, read_filters, read_name
from portal.oversight.pages import AUDITS
from portal.oversight.searches import Search, TooManySearches, own_search, search, searches
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner
from portal.web.refusals import FormRefused
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import unit_of

Page = Response[Any]


async def _page(
    request: Any, *, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None, of: str = ""
) -> Page:
    unit, tag = unit_of(request), language_of(request)
    query = {} if of else given(typed if typed is not None else request.query_params)
    query = {name: text for name, text in query.items() if name not in (errors or {})}  # said to nobody again
    found = await searches(unit)
    return page(
        request,
        "oversight/searches.html",
        status=422 if errors else 200,
        own=[one for one in found if one.is_own],
        shared=[one for one in found if not one.is_own],
        said=lambda one: _chips(request, one.query),
        query=query,
        query_chips=_chips(request, query),
        typed=typed or {},
        errors={name: sentence(tag, code) for name, code in (errors or {}).items()},
        of=of,
    )


def _chips(request: Any, query: dict[str, str]) -> list[Any]:
    unit = unit_of(request)
    try:
        only = read_filters(query, at=unit.at, zone=unit.who.time_zone)
    except FormRefused as refused:
        return chips(request, Asked(query, read_filters({}), refused.errors, "UTC"), "/ledger", {})
    return chips(request, Asked(query, only, {}, unit.who.time_zone), "/ledger", {})


@get("/ledger/searches", opt=allow(AUDITS), name="searches", include_in_schema=False)
async def searches_page(request: Request[Any, Any, Any]) -> Page:
    """List searches; with filters in the address, offer to keep them."""
    return await _page(request)


@post("/ledger/searches", opt=allow(AUDITS), include_in_schema=False)
async def keep_search(request: Request[Any, Any, Any]) -> Page:
    """Keep the filters under a name."""
    unit, fields = unit_of(request), await submitted(request)
    errors: dict[str, str] = {}
    for read in (lambda: read_name(fields.get("name", "")), lambda: read_filters(fields, at=unit.at)):
        try:
            read()
        except FormRefused as refused:
            errors |= refused.errors
    if errors:
        return await _page(request, errors=errors, typed=fields)
    try:
        shared = fields.get("shared") == "1"
        await save_search(unit, read_name(fields.get("name", "")), fields, shared=shared)
    except TooManySearches as refused:
        return await _page(request, errors={"name": refused.code}, typed=fields)
    return Redirect(address(request, "/ledger/searches"), status_code=303)


@get("/ledger/searches/{search_id:str}", opt=allow(AUDITS), include_in_schema=False)
async def open_search(request: Request[Any, Any, Any], search_id: FromPath[str]) -> Page:
    """Lead to the ledger with a search's filters."""
    unit = unit_of(request)
    found: Search = await search(unit, inner(unit.settings.region, search_id))
    return Redirect(address(request, link("/ledger", found.query)), status_code=303)


@post("/ledger/searches/{search_id:str}", opt=allow(AUDITS), include_in_schema=False)
async def rename_search(request: Request[Any, Any, Any], search_id: FromPath[str]) -> Page:
    """Change one's own search: its name, and whether it is shared."""
    unit, fields = unit_of(request), await submitted(request)
    wanted = inner(unit.settings.region, search_id)
    await own_search(unit, wanted)
    try:
        await change_search(
            unit, wanted, read_name(fields.get("name", "")), shared=fields.get("shared") == "1"
        )
    except FormRefused as refused:
        return await _page(request, errors=refused.errors, typed=fields, of=search_id)
    return Redirect(address(request, "/ledger/searches"), status_code=303)


@post("/ledger/searches/{search_id:str}/removal", opt=allow(AUDITS), include_in_schema=False)
async def remove_search(request: Request[Any, Any, Any], search_id: FromPath[str]) -> Page:
    """Delete one's own search."""
    unit = unit_of(request)
    await submitted(request)
    await delete_search(unit, inner(unit.settings.region, search_id))
    return Redirect(address(request, "/ledger/searches"), status_code=303)


PAGES = [searches_page, keep_search, open_search, rename_search, remove_search]
