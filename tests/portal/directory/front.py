"""A front door for a test: its real database and app, no network."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx

from portal.directory.register import freeze_placement, list_cells, place_domains
from portal.front.app import make_litestar
from portal.front.settings import FrontSettings
from portal.web.edge import Edge
from tests.database import FrontDb
from tests.portal.page import Visitor

ORIGIN = "http://front.waxwing.test"
CELLS: Mapping[str, str] = {"eu": "http://eu.waxwing.test", "cn": "http://cn.waxwing.test"}
KNOWN: Mapping[str, str] = {"known-eu.example": "eu", "known-cn.example": "cn", "known-me.example": "me"}
KEY = "a key of this test alone"


@dataclass
class FrontDoor:
    """What a test of the front door acts on."""

    app: Any
    edge: Any

    def client(self) -> httpx.AsyncClient:
        """Give a bare HTTP client."""
        transport = httpx.ASGITransport(app=self.edge, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN)

    def visitor(self, tag: str = "en") -> Visitor:
        """Give a visitor without JavaScript; every page he gets is checked."""
        return Visitor(self.client(), tag, ORIGIN)

    async def asked(self, email: str, *, path: str = "/sign-in", **more: str) -> httpx.Response:
        """Send the form with an address."""
        async with self.client() as client:
            return await client.post(path, data={"email": email, **more})


@contextlib.asynccontextmanager
async def front_door(url: str) -> AsyncIterator[FrontDoor]:
    """Build a front door on a database."""
    settings = FrontSettings(CELLS, ORIGIN, url, KEY)
    app = make_litestar(settings)
    try:
        yield FrontDoor(app, Edge(app, settings.web, form_targets=tuple(CELLS.values())))
    finally:
        app.state.database.close()


async def furnish(db: FrontDb) -> None:
    """Write what `infra` writes at a start: cells, the frozen list, the clients' domains."""
    owner = await asyncpg.connect(db.dsn("wx_admin"))
    try:
        await list_cells(owner, CELLS)
        await freeze_placement(owner, list(CELLS))
        await place_domains(owner, KEY, KNOWN)
    finally:
        await owner.close()
