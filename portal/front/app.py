"""The front door's app: for now one page that leads to each cell. It holds no database and no key."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.types import ASGIApp

from portal.web.assets import read_static
from portal.web.edge import Edge
from portal.web.errors import answer
from portal.web.places import region_name
from portal.web.refusals import NotFound
from portal.web.render import language_of, page
from portal.web.settings import HalfConfigured, WebSettings


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as a visitor sees it: its region's code and name, and its address."""

    region: str
    name: str
    url: str


def read_cells(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Read `WX_CELLS`: `eu=http://…,cn=http://…`. Raises HalfConfigured."""
    text = environ.get("WX_CELLS", "")
    cells = dict(part.partition("=")[::2] for part in text.split(",") if "=" in part)
    if not cells:
        raise HalfConfigured(["WX_CELLS"])
    return cells


@get("/", include_in_schema=False)
async def door(request: Request[Any, Any, Any]) -> Response[Any]:
    """Lead to the cells."""
    tag = language_of(request)
    cells = [Cell(region, region_name(region, tag), url) for region, url in request.app.state.cells.items()]
    return page(request, "front/door.html", cells=cells)


@get(["/healthz", "/readyz"], include_in_schema=False, sync_to_thread=False)
def healthz() -> dict[str, str]:
    """Alive."""
    return {"status": "alive"}


@get("/static/{path:path}", include_in_schema=False, sync_to_thread=False)
def static(path: FromPath[str]) -> Response[Any]:
    """Serve a static file."""
    found = read_static(path.removeprefix("/"))
    if found is None:
        raise NotFound
    body, kind = found
    return Response(body, media_type=kind, headers={"cache-control": "public, max-age=31536000, immutable"})


def make_front(environ: Mapping[str, str] = os.environ) -> ASGIApp:
    """Make the front door's ASGI app."""
    cells = read_cells(environ)
    own = environ.get("WX_FRONT_URL", "")
    settings = WebSettings(
        region=next(iter(cells)),
        database_url="",
        keeper_url="",
        public_url=own,
        blob_url="",
        front_url="",
        log_format=environ.get("WX_LOG", "json"),
        view_repeat_seconds=60,
        trusted_proxies=(),
        metrics_token="",
    )
    app = Litestar(
        route_handlers=[door, healthz, static],
        exception_handlers={Exception: answer},
        state=State({"settings": settings, "cells": cells}),
        openapi_config=None,
        logging_config=None,
    )
    return Edge(app, settings)
