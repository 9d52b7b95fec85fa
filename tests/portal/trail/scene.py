"""What a test of the trail acts on: somebody looked at, entries in the ledger, a mail server, a worker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
from aiosmtpd.smtp import SMTP

from portal.outbox.work import Workplace, keep_due
from portal.trail.work import make_digests, tell_disputes, trail_kept
from portal.web.settings import WebSettings
from tests.portal.house import House
from tests.portal.notices.scene import Catcher

TRAVELLER = "traveller@example.test"
BASE = "/api/v1/trail"


@dataclass
class TrailScene:
    """A house, the mail server, and the worker's hands."""

    house: House
    mail: Catcher
    settings: WebSettings
    pool: Any

    async def settled(self) -> None:
        """Wait until all that was stated stands in the ledger."""
        async with asyncio.timeout(10):
            while await self.house.stage.owner.fetchval("select count(*) from ledger_pending"):
                await asyncio.sleep(0.02)

    async def looked_at(self, *roles: str) -> None:
        """Let people of these roles look at the list of passengers, and at her profile."""
        for role in roles:
            client = await self.house.api(role)
            for path in ("/api/v1/passengers", f"/api/v1/passengers/{self.house.mei}"):
                assert (await client.get(path)).status_code == 200
        await self.settled()

    async def trail(self, reader: str = "traveller", **asked: str) -> list[dict[str, Any]]:
        """Read the trail over the API."""
        answer = await (await self.house.api(reader)).get(BASE, params=asked)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def entry(self, kind: str) -> int:
        """Give the number of the newest entry of a kind in her trail."""
        return next(int(item["index"]) for item in await self.trail() if item["kind"] == kind)

    async def work(self) -> int:
        """Have the worker promise what is due and keep it; says how many mails were promised."""
        place = Workplace(self.settings, self.pool, self.house.stage.clock)
        async with place.work() as connection:
            made = await make_digests(connection, place.now()) + await tell_disputes(connection, place.now())
        await keep_due(place, trail_kept(self.house.app.state.keeper))
        return made


def text_of(mail: Any) -> str:
    """Give the text of a mail without isolates."""
    words: str = mail.get_body(("plain",)).get_content()
    return words.replace("\u2068", "").replace("\u2069", "")


@contextlib.asynccontextmanager
async def trail_scene(house: House) -> AsyncIterator[TrailScene]:
    """Set the scene."""
    stage, catcher = house.stage, Catcher()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(catcher), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = replace(
        house.app.state.settings, smtp_url=f"smtp://127.0.0.1:{port}", mail_from="notices@waxwing.example"
    )
    pool = await asyncpg.create_pool(stage.db.dsn("wx_worker"), min_size=1, max_size=2)
    try:
        yield TrailScene(house, catcher, settings, pool)
    finally:
        pool.terminate()
        server.close()
