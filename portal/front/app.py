"""The front door's app: where an address signs in, and ways between the cells. No client room, no key of a cell."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.types import ASGIApp

from portal.front.database import FrontDatabase
from portal.front.machine import MACHINE_ROUTES
from portal.front.pages import PAGES
from portal.front.settings import FrontSettings, read_front_settings
from portal.front.witness import RELAY
from portal.web.edge import Edge
from portal.web.errors import answer

MAX_BODY = 100_000
HANDLERS: list[Any] = [*MACHINE_ROUTES, *RELAY, *PAGES]


def make_front(environ: Mapping[str, str] = os.environ) -> ASGIApp:
    """Make the front door's ASGI app. Raises HalfConfigured."""
    settings = read_front_settings(environ)
    return Edge(make_litestar(settings), settings.web, form_targets=tuple(settings.cells.values()))


def make_litestar(settings: FrontSettings) -> Litestar:
    """Make the Litestar app inside the edge."""
    database = FrontDatabase(settings.database_url)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        try:
            yield
        finally:
            database.close()

    return Litestar(
        route_handlers=HANDLERS,
        exception_handlers={Exception: answer},
        lifespan=[lifespan],
        state=State(
            {
                "settings": settings.web,
                "cells": settings.cells,
                "directory_key": settings.directory_key,
                "database": database,
            }
        ),
        openapi_config=None,
        request_max_body_size=MAX_BODY,
        logging_config=None,
    )
