"""The front door's page: an address leads to its region, or one goes there by hand."""

from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog
from litestar import Request, Response, get, post
from litestar.response import Redirect

from portal.directory.queries import region_of
from portal.directory.rules import domain_digest, domain_of
from portal.web.forms import checked_texts
from portal.web.places import region_name
from portal.web.refusals import FormRefused
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence

Page = Response[Any]
log = structlog.get_logger("portal.front")
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
HANDED_ON = 307  # the browser sends the same form again, to the cell
INVALID, UNAVAILABLE = 422, 503


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as a visitor sees it: its region's code and name, and its address."""

    region: str
    name: str
    url: str


@get("/", include_in_schema=False)
async def door(request: Request[Any, Any, Any]) -> Page:
    """Ask for the address, and lead to the cells."""
    return _door(request)


def _door(request: Any, *, email: str = "", region: str = "", problem: str = "", status: int = 200) -> Page:
    tag = language_of(request)
    cells = [Cell(code, region_name(code, tag), url) for code, url in request.app.state.cells.items()]
    return page(
        request,
        "front/door.html",
        status=status,
        cells=cells,
        regions=[(cell.region, cell.name) for cell in cells],
        email=email,
        chosen=region,
        problem=sentence(tag, problem) if problem else "",
    )


@get("/sign-in", include_in_schema=False, sync_to_thread=False)
def back_to_door(request: Request[Any, Any, Any]) -> Redirect:
    """Lead whoever changes the language after a refusal back to the form."""
    return Redirect(address(request, "/"), status_code=303)


@post("/sign-in", include_in_schema=False)
async def sign_in(request: Request[Any, Any, Any]) -> Page:
    """Hand the form on to the cell where this address signs in; nothing is looked at but its domain."""
    email, chosen = await _asked(request)
    domain = domain_of(email)
    if domain is None:
        return _door(request, email=email, region=chosen, problem="directory:bad_address", status=INVALID)
    try:
        region = chosen if chosen in request.app.state.cells else await _region(request, domain)
    except AWAY as failure:
        log.warning("directory_away", error=type(failure).__name__)
        return _door(request, email=email, problem="directory:away", status=UNAVAILABLE)
    url = request.app.state.cells.get(region)
    if url is None:
        return _door(request, email=email, problem="directory:region_away", status=UNAVAILABLE)
    tag = f"/{language_of(request)}" if request.scope.get("wx_locale_in_path") else ""
    return Response(b"", status_code=HANDED_ON, headers={"location": f"{url}{tag}/sign-in/start"})


async def _asked(request: Any) -> tuple[str, str]:
    """Read address and region from the form; what cannot be text is no address."""
    form = await request.form()
    fields = {name: form.get(name) for name in ("email", "region")}
    try:
        clean = checked_texts({name: text for name, text in fields.items() if isinstance(text, str)})
    except FormRefused:
        return "", ""
    return clean.get("email", ""), clean.get("region", "")


async def _region(request: Any, domain: str) -> str:
    """Give the region of a domain, known or not: one hash, one statement, one draw."""
    digest = domain_digest(request.app.state.directory_key, domain)
    async with request.app.state.database.connection() as connection:
        return await region_of(connection, digest)


PAGES = [door, back_to_door, sign_in]
