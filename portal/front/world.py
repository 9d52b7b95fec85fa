"""The world queue at the front door: cells report to it, colleagues with a pass read it."""

import hmac
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import structlog
from litestar import Request, Response, get, put
from litestar.params import FromPath
from litestar.response import Redirect

from i18n.formats import formats_for
from i18n.locales import LOCALES
from portal.directory.passes import LASTS, Pass, PassRefused, check_pass, region_of_pass, token_digest
from portal.directory.world import (
    KIND_NAMES,
    TEAM_NAMES,
    SnapshotRefused,
    Told,
    digest_of,
    keep_snapshot,
    read_snapshot,
    told_at,
    world,
)
from portal.front.pages import AWAY, UNAVAILABLE
from portal.web.places import region_name
from portal.web.render import language_of, page
from portal.web.sentences import sentence
from portal.web.session import cookies, header

Answer = Response[Any]
log = structlog.get_logger("portal.front")
SILENT = timedelta(seconds=90)  # a region that has not reported for this long is said to be silent
UNAUTHORIZED, UNPROCESSABLE = 401, 422


def _refused(code: str, status: int) -> Answer:
    return Response(
        {"code": code, "status": status}, status_code=status, media_type="application/problem+json"
    )


@put("/world/{region:str}", include_in_schema=False)
async def report(request: Request[Any, Any, Any], region: FromPath[str]) -> Answer:
    """Take a cell's open work in the place of what it reported before. Only with this cell's own token."""
    sent = (header(request.scope, b"authorization") or "").removeprefix("Bearer ")
    try:
        async with request.app.state.database.connection() as connection:
            digest = await digest_of(connection, region)
            if not hmac.compare_digest(digest or b"", token_digest(sent)):
                return _refused("directory:wrong_token", UNAUTHORIZED)
            items = read_snapshot(await request.body())
            await keep_snapshot(connection, region, items, request.app.state.now())
    except SnapshotRefused as refused:
        return _refused(refused.code, UNPROCESSABLE)
    except AWAY as failure:
        log.warning("world_away", error=type(failure).__name__)
        return _refused("directory:away", UNAVAILABLE)
    return Response({"kept": len(items)})


def _cookie_name(request: Any) -> str:
    return "__Host-wx_work" if request.app.state.settings.secure else "wx_work"


async def _let_in(request: Any, text: str) -> tuple[Pass, Any]:
    """Check a pass and read the queue for it. Raises PassRefused, and what the database raises."""
    async with request.app.state.database.connection() as connection:
        digest = await digest_of(connection, region_of_pass(text))
        if digest is None:
            raise PassRefused
        shown = check_pass(text, digest, request.app.state.now())
        asked = request.query_params.get("team", "")
        team = asked if asked in TEAM_NAMES else None
        return shown, (team, await world(connection, team=team), await told_at(connection))


@get("/world", include_in_schema=False)
async def work_page(request: Request[Any, Any, Any]) -> Answer:
    """Show open work of every region by the reader's clock; a pass in the address becomes a cookie first."""
    handed = request.query_params.get("pass", "")
    text = handed or cookies(request.scope).get(_cookie_name(request), "")
    try:
        shown, (team, items, told) = await _let_in(request, text)
    except PassRefused:
        return _closed(request, "directory:bad_pass", UNAUTHORIZED)
    except AWAY as failure:
        log.warning("world_away", error=type(failure).__name__)
        return _closed(request, "directory:away", UNAVAILABLE)
    if handed:
        return _entered(request, handed)
    return _shown(request, shown, team, items, told)


def _entered(request: Any, text: str) -> Answer:
    """Keep the pass in a cookie, so that no address holds it."""
    answer = Redirect(f"/{language_of(request)}/world", status_code=303)
    answer.set_cookie(
        _cookie_name(request),
        quote(text, safe="."),
        max_age=int(LASTS.total_seconds()),
        path="/",
        httponly=True,
        secure=request.app.state.settings.secure,
        samesite="lax",
    )
    return answer


def _closed(request: Any, code: str, status: int) -> Answer:
    tag = language_of(request)
    cells = [(region_name(code_, tag), f"{url}/{tag}/desk") for code_, url in request.app.state.cells.items()]
    return page(request, "front/work_closed.html", status=status, problem=sentence(tag, code), cells=cells)


def _urgency(item: Told, at: datetime) -> str:
    if item.due_at is None:
        return "no_clock"
    if at >= item.due_at:
        return "late"
    return "soon" if item.warn_at is not None and at >= item.warn_at else "on_time"


def _shown(
    request: Any, shown: Pass, team: str | None, items: list[Told], told: dict[str, datetime]
) -> Answer:
    tag, at, cells = language_of(request), request.app.state.now(), request.app.state.cells
    silent = [region for region in cells if region not in told or at - told[region] > SILENT]
    return page(
        request,
        "front/work.html",
        items=[(item, _urgency(item, at)) for item in items],
        mine=formats_for(tag, shown.zone),
        own_region=shown.region,
        renew=f"{cells[shown.region]}/{tag}/desk/world" if shown.region in cells else None,
        team=team or "",
        kind_names=KIND_NAMES,
        team_names=TEAM_NAMES,
        names={region: region_name(region, tag) for region in {*cells, *told}},
        cells=cells,
        silent=[region_name(region, tag) for region in silent],
        language_names={one: LOCALES[one].name for one in LOCALES},
        now=at,
        ends_at=shown.ends_at,
    )


WORLD = [report, work_page]
