"""What a test of links acts on: a traveller without an account, a leg ahead, a mail server, a worker."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import asyncpg
from aiosmtpd.smtp import SMTP

from portal.links.work import links_kept
from portal.outbox.work import Workplace, keep_due
from portal.web.settings import WebSettings
from tests.portal.house import ORIGIN, House
from tests.portal.notices.scene import Catcher
from tests.portal.page import Visitor

MAILBOX = "mei@example.test"
NUMBER = "XR7T4PB21"
TYPED = {"d1_kind": "passport", "d1_issuing_state": "NLD", "d1_number": NUMBER, "d1_expires_on": "2031-05-06"}


@dataclass
class LinkScene:
    """A house, its leg, the mail server, and the worker's hands."""

    house: House
    leg: UUID
    mail: Catcher
    settings: WebSettings
    pool: Any

    @property
    def base(self) -> str:
        return f"/passengers/{self.house.mei}/links"

    async def work(self) -> int:
        """Have the worker keep what is due."""
        kept = links_kept(self.house.app.state.keeper)
        return await keep_due(Workplace(self.settings, self.pool, self.house.stage.clock), kept)

    async def ordered(self, tag: str = "en") -> Any:
        """Order a link over the API, as the booker; gives what it answered."""
        client = await self.house.api("booker")
        answer = await client.post(f"/api/v1{self.base}", json={"leg": f"eu_{self.leg}", "locale": tag})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def mailed(self, tag: str = "en") -> str:
        """Have a link ordered and mailed; gives the path in the mail."""
        await self.ordered(tag)
        await self.work()
        return self.path()

    def path(self) -> str:
        """Give the path in the newest mail, without its language."""
        body = self.mail.caught[-1].get_body(("plain",))
        assert body is not None
        found = re.search(rf"{ORIGIN}/[a-zA-Z-]+(/d/[\w-]{{43}})\s", body.get_content())
        assert found is not None
        return found[1]

    def holder(self, tag: str = "en") -> Visitor:
        """Give somebody with a phone and no account, whose browser tells no origin."""
        return Visitor(self.house.client(), tag, "null")

    async def state(self) -> str:
        """Say how far the newest link is, as its booker sees it."""
        client = await self.house.api("booker")
        state: str = (await client.get(f"/api/v1{self.base}")).json()["items"][0]["state"]
        return state

    async def entries(self, kind: str) -> int:
        """Count the entries of a kind, once what waits has been sequenced."""
        waiting = "select count(*) from ledger_pending"
        while await self.house.stage.owner.fetchval(waiting):
            await asyncio.sleep(0.02)
        return len(await self.house.stage.leaves(kind))

    async def documents(self) -> list[tuple[str, str, str]]:
        """List kind, state and mask of what is on file."""
        rows = await self.house.stage.owner.fetch(
            "select d.kind, d.issuing_state, m.mask from travel_document d join document_mask m using (id)"
            " where d.passenger_id = $1 order by d.id",
            self.house.stage.mei,
        )
        return [tuple(row) for row in rows]


@contextlib.asynccontextmanager
async def link_scene(house: House) -> AsyncIterator[LinkScene]:
    """Set the scene."""
    stage, catcher = house.stage, Catcher()
    leg = await stage.owner.fetchval("select id from leg where trip_id = $1", stage.trip)
    await stage.owner.execute(
        "update passenger set family_name = 'Almarzouqi', email = $2 where id = $1", stage.mei, MAILBOX
    )
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(catcher), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = replace(
        house.app.state.settings, smtp_url=f"smtp://127.0.0.1:{port}", mail_from="notices@waxwing.example"
    )
    pool = await asyncpg.create_pool(stage.db.dsn("wx_worker"), min_size=1, max_size=2)
    try:
        yield LinkScene(house, leg, catcher, settings, pool)
    finally:
        pool.terminate()
        server.close()
