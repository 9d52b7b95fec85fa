"""A house for the tests of pages and API: a real database, a real keeper, the real app, no network."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import uuid_utils.compat as uuids
from litestar import Litestar

from portal.cell import make_litestar, make_state
from portal.web.database import close_database, open_database
from portal.web.edge import Edge
from portal.web.settings import WebSettings
from tests.database import CellDb
from tests.portal.page import Visitor
from tests.security.keeper.stage import PASSWORD, Clock, Stage, staged

ORIGIN = "http://eu.waxwing.test"
IDLE: list[Litestar] = []  # making an app of four hundred routes takes longer than most tests


@dataclass
class House:
    """What a test of the portal acts on: the keeper's stage, and the app in front of it."""

    stage: Stage
    app: Any
    edge: Any

    @property
    def mei(self) -> str:
        """The first passenger's outer id."""
        return f"eu_{self.stage.mei}"

    @property
    def trip(self) -> str:
        """The outer id of the trip that carries her, in its window."""
        return f"eu_{self.stage.trip}"

    def client(self, **options: Any) -> httpx.AsyncClient:
        """Give a bare HTTP client."""
        transport = httpx.ASGITransport(app=self.edge, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, **options)

    async def api(self, role: str) -> httpx.AsyncClient:
        """Give a client that speaks for a role with a bearer token."""
        token = await self.stage.sign_in(role)
        return self.client(headers={"authorization": f"Bearer {token}"})

    async def browser(self, role: str, tag: str = "en") -> Visitor:
        """Give a visitor without JavaScript who has signed in on the page; every page he sees is checked."""
        visitor = Visitor(self.client(), tag, ORIGIN)
        await visitor.open("/sign-in")
        await visitor.submit("/sign-in", email=f"{role}@example.test", password=PASSWORD)
        return visitor


@contextlib.asynccontextmanager
async def house(db: CellDb, **changes: Any) -> AsyncIterator[House]:
    """Build the house around a cell's databases."""
    async with staged(db, **changes) as stage:
        await _members(stage)
        settings = WebSettings(
            region="eu",
            database_url=db.dsn("wx_web"),
            keeper_url=f"unix:{stage.settings.socket}",
            public_url=ORIGIN,
            blob_url=f"file:{stage.settings.blobs}",
            front_url="",
            log_format="json",
            view_repeat_seconds=60,
            trusted_proxies=(),
            metrics_token="a metrics token",
        )
        app = _app(settings, stage.clock)
        # The app's own lifespan holds a task group, which a fixture may not leave from another task.
        await open_database(settings.database_url)
        try:
            yield House(stage, app, Edge(app, settings))
        finally:
            await app.state.keeper.close()
            await close_database()
            IDLE.append(app)


def _app(settings: WebSettings, clock: Clock) -> Litestar:
    """Give an app that no house uses now, with nothing left of the house before it."""
    if not IDLE:
        return make_litestar(settings, clock)
    app = IDLE.pop()
    app.state = make_state(settings, clock)
    return app


async def _members(stage: Stage) -> None:
    rows = await stage.owner.fetch("select id, role, org_id, passenger_id, email from gate.account")
    for row in rows:
        await stage.owner.execute(
            "insert into member (id, org_id, passenger_id, name, email, locale, time_zone)"
            " values ($1, $2, $3, $4, $5, 'en', 'Europe/Amsterdam')",
            row["id"],
            row["org_id"],
            row["passenger_id"],
            f"Person of {row['role']}",
            row["email"],
        )


def new_id() -> UUID:
    """Draw an id."""
    return uuids.uuid7()
