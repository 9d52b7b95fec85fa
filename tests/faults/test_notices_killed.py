"""Notices under faults: a mail server that is away, a worker killed after sending, a lost database: one notice each."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiosmtpd.smtp import SMTP

from infra import environment
from infra.process import Process
from tests.faults.site import Site, until
from tests.portal.notices.scene import Catcher
from tests.ports import free_ports

LEASE = {"WX_LEASE_SECONDS": "2"}


class Killing(Catcher):
    """A mail server that takes the first mail and, before it answers, kills the worker that brought it."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site
        self.killed = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        said = await super().handle_DATA(server, session, envelope)
        if not self.killed:
            self.killed = True
            self.site.processes["worker"].kill()
        return said


@dataclass
class Post:
    """The mail server of a test: its port, and whether it listens."""

    port: int = field(default_factory=free_ports)
    server: Any = None

    @contextlib.asynccontextmanager
    async def open(self, catcher: Catcher) -> AsyncIterator[Catcher]:
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: SMTP(catcher), "127.0.0.1", self.port)
        try:
            yield catcher
        finally:
            self.server.close()


def worker(site: Site, post: Post) -> None:
    """Start a worker that hands its mail to this server."""
    told = environment.worker(site.cell, site.options) | LEASE
    told["WX_SMTP_URL"] = f"smtp://127.0.0.1:{post.port}"
    if "worker" in site.processes:
        site.processes["worker"].kill()
    command = environment.python("portal", "worker")
    site.processes["worker"] = Process("worker", command, told, site.cell.logs / "worker.log")
    site.processes["worker"].launch()


async def change(site: Site) -> dict[str, Any]:
    """Have operations move the leg by an hour; its notices are due at once."""
    client = await site.client("operations")
    trip = (await client.get(f"/api/v1/trips/eu_{site.ids['trip']}")).json()
    leg = trip["legs"][0]
    times = {
        name: (datetime.fromisoformat(leg[name]) + timedelta(hours=2)).isoformat()
        for name in ("departs_at", "arrives_at")
    }
    answer = await client.post(f"/api/v1/trips/{trip['id']}/changes", json={"leg": leg["id"], "set": times})
    assert answer.status_code == 201, answer.text
    async with site.owner() as owner:
        await owner.execute("update outbox set due_at = now()")
        await owner.execute("update notice set due_at = now() where state = 'pending'")
    made: dict[str, Any] = answer.json()
    return made


async def all_sent(site: Site, made: dict[str, Any], seconds: float = 30) -> None:
    """Wait until every notice of a change is recorded as sent."""
    ids = [notice["id"].removeprefix("eu_") for notice in made["notices"]]

    async def is_done() -> bool:
        async with site.owner() as owner:
            left = await owner.fetchval(
                "select count(*) from notice n join delivery d on d.about = n.id"
                " where n.id::text = any($1) and not (n.state = 'sent' and d.state = 'sent')",
                ids,
            )
            return bool(left == 0)

    await until(is_done, seconds)


async def test_a_mail_server_away_then_back(site: Site) -> None:
    """While the mail server is away the notices wait and say so; when it is back, each recipient has one mail."""
    post = Post()
    worker(site, post)
    made = await change(site)
    assert len(made["notices"]) == 3
    async with site.owner() as owner:

        async def is_waiting() -> bool:
            seen = await owner.fetch("select failure from outbox where topic = 'mail-notice'")
            return [row["failure"] for row in seen] == ["delivery:mail_server_away"] * 3

        await until(is_waiting, 30)
    async with post.open(Catcher()) as catcher:
        await all_sent(site, made)
        assert sorted(told(catcher)) == [
            "booker@example.test",
            "client_admin@example.test",
            "traveller@example.test",
        ]


def told(catcher: Catcher) -> list[str]:
    """Give to whom each notice went; compliance gets reminders of its own."""
    return [to for mail in catcher.caught if (to := str(mail["To"])) != "compliance@example.test"]


async def test_a_worker_killed_between_sending_and_recording(site: Site) -> None:
    """The server took the mail and the worker died before it said so: the mailbox shows each recipient one notice."""
    post = Post()
    async with post.open(Killing(site)) as catcher:
        worker(site, post)
        made = await change(site)

        async def is_killed() -> bool:
            return bool(catcher.killed)  # type: ignore[attr-defined]

        await until(is_killed, 30)
        worker(site, post)
        await all_sent(site, made)
        for role in ("traveller", "booker", "client_admin"):
            assert len(catcher.to(f"{role}@example.test")) == 1
        assert len(catcher.caught) > len(made["notices"])  # the fault was real: a second copy came


async def test_the_database_lost_while_notices_wait(site: Site) -> None:
    """PostgreSQL killed and started again loses no promise: the same worker sends each notice once."""
    post = Post()
    worker(site, post)
    made = await change(site)
    before = site.pid("worker")
    site.power_cut()
    async with post.open(Catcher()) as catcher:
        await site.power_back()
        await site.ready()
        await all_sent(site, made)
        assert site.pid("worker") == before
        assert len(set(told(catcher))) == len(told(catcher)) == 3
