"""What a test of notices acts on: a trip to London, a passenger without an account, a mail server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import uuid_utils.compat as uuids
from aiosmtpd.smtp import SMTP

from portal.notices.work import KEPT
from portal.outbox.work import Workplace, keep_due
from portal.web.settings import WebSettings
from tests.portal.house import House

HOUR = timedelta(hours=1)
ARAB = "salem@example.test"


class Catcher:
    """A mail server that keeps what it takes; `answer` may be set to what it shall say instead."""

    def __init__(self) -> None:
        self.caught: list[EmailMessage] = []
        self.answer = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answer:
            return self.answer
        self.caught.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 taken"

    def to(self, address: str) -> list[EmailMessage]:
        """Give what somebody's mailbox shows: one message an id."""
        found = {str(mail["Message-ID"]): mail for mail in self.caught if mail["To"] == address}
        return list(found.values())


@dataclass
class Scene:
    """A house, its trip and leg, the mail server, and the worker's hands."""

    house: House
    leg: UUID
    arab: UUID
    mail: Catcher
    settings: WebSettings
    pool: Any
    ahead: timedelta = field(default=timedelta(0))

    @property
    def trip(self) -> str:
        return self.house.trip

    def now(self) -> datetime:
        return self.house.stage.clock() + self.ahead

    def later(self, **span: float) -> None:
        """Let time pass for everybody."""
        self.house.stage.clock.pass_by(**span)

    async def work(self) -> int:
        """Have the worker keep what is due; nobody's clock runs meanwhile."""
        await asyncio.sleep(0)
        return await keep_due(Workplace(self.settings, self.pool, self.now), KEPT)

    async def change(
        self, client: httpx.AsyncClient, *, preview: bool = False, **wanted: str
    ) -> httpx.Response:
        """Ask for a change to the leg."""
        where = f"/api/v1/trips/{self.trip}/changes" + ("?preview=true" if preview else "")
        named = {name.rstrip("_"): value for name, value in wanted.items()}
        return await client.post(where, json={"leg": f"eu_{self.leg}", "set": named})

    async def changed(self, client: httpx.AsyncClient, **wanted: str) -> Any:
        """Change the leg, which must work."""
        answer = await self.change(client, **wanted)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def sent(self) -> None:
        """Let the window pass and the mails go."""
        self.later(minutes=2)
        await self.work()

    async def states(self) -> list[str]:
        """List the states of all notices to the traveller, oldest first."""
        rows = await self.house.stage.owner.fetch(
            "select state from notice where passenger_id = $1 order by created_at, id", self.house.stage.mei
        )
        return [row["state"] for row in rows]


@contextlib.asynccontextmanager
async def scene(house: House) -> AsyncIterator[Scene]:
    """Set the scene."""
    stage, catcher = house.stage, Catcher()
    leg = await stage.owner.fetchval("select id from leg where trip_id = $1", stage.trip)
    # Noon in Amsterdam is 11:00 in UTC; the flight takes an hour and ten minutes.
    await stage.owner.execute(
        "update leg set from_airport = 'EHAM', to_airport = 'EGLF', departs_local = '2026-03-04 12:00',"
        " departs_at = '2026-03-04 11:00Z', arrives_local = '2026-03-04 12:10', arrives_at = '2026-03-04 12:10Z'"
        " where id = $1",
        leg,
    )
    arab = uuids.uuid7()
    await stage.owner.execute(
        "insert into passenger (id, org_id, given_name, family_name, email, sort_key)"
        " values ($1, $2, 'Salem', 'Almarzouqi', $3, '')",
        arab,
        stage.org,
        ARAB,
    )
    await stage.owner.execute(
        "insert into leg_passenger (id, leg_id, trip_id, passenger_id, org_id) values ($1, $2, $3, $4, $5)",
        uuids.uuid7(),
        leg,
        stage.trip,
        arab,
        stage.org,
    )
    await stage.owner.execute("update organisation set locale = 'ar' where id = $1", stage.org)
    await stage.owner.execute(
        "update member set locale = 'zh-Hans', time_zone = 'Asia/Shanghai' where email = 'booker@example.test'"
    )
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(catcher), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = replace(
        house.app.state.settings,
        database_url=stage.db.dsn("wx_worker"),
        smtp_url=f"smtp://127.0.0.1:{port}",
        mail_from="notices@waxwing.test",
    )
    pool = await asyncpg.create_pool(settings.database_url, min_size=1, max_size=4)
    try:
        yield Scene(house, leg, arab, catcher, settings, pool)
    finally:
        pool.terminate()
        server.close()
