"""The worker's part in the world queue: each item gets a random name, and the front door hears of what is open."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import structlog

from portal.desk.work import every_source, warn_before
from portal.directory.world import KIND_NAMES, MOST_TOLD, TEAM_NAMES, Item, write_snapshot
from portal.web.settings import WebSettings

log = structlog.get_logger("portal.worker")
LOOK = timedelta(seconds=1)
AT_LEAST = timedelta(seconds=30)  # the front door is told this often even when nothing has changed
AGAIN = (timedelta(seconds=2), timedelta(seconds=30))  # the first wait after a failure, and the longest
PATIENCE = 3.0
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
GOOD = 200
_NAME = (
    "insert into desk_queue (source, work_id) select w.source, w.id from ({work}) w"
    " left join desk_queue q on q.source = w.source and q.work_id = w.id where q.id is null on conflict do nothing"
)
_FORGET = (
    "delete from desk_queue q where not exists"
    " (select from ({work}) w where w.source = q.source and w.id = q.work_id)"
)
_OPEN = (
    "select q.id, w.kind, w.language, w.team, w.opened_at, w.due_at from ({work}) w"
    " join desk_queue q on q.source = w.source and q.work_id = w.id"
    " where w.kind = any ($1) and w.team = any ($2) order by w.due_at nulls last, w.opened_at limit $3"
)
Working = Callable[[], contextlib.AbstractAsyncContextManager[Any]]


async def name_work(connection: Any) -> list[Item]:
    """Give every open item a random name, forget the names of what is done, and list what the front door may know."""
    work = every_source()
    for statement in (_NAME, _FORGET):
        await connection.execute(statement.format(work=work))
    rows = await connection.fetch(_OPEN.format(work=work), list(KIND_NAMES), list(TEAM_NAMES), MOST_TOLD)
    return [_item(row) for row in rows]


def _item(row: Any) -> Item:
    due_at = row["due_at"]
    warn_at = due_at - warn_before(row["kind"]) if due_at else None
    return Item(row["id"], row["kind"], row["language"], row["team"], row["opened_at"], due_at, warn_at)


@dataclass(slots=True)
class Teller:
    """Tells the front door, beside the worker's other work: a front door that hangs holds nothing up."""

    settings: WebSettings
    transport: httpx.AsyncBaseTransport | None = None  # the network, unless a test says otherwise
    _task: "asyncio.Task[None] | None" = None
    _next: datetime = NEVER
    _told_at: datetime = NEVER
    _told: bytes = b""
    _wait: timedelta = field(default=AGAIN[0])

    def tend(self, working: Working, at: datetime) -> None:
        """Look again, unless it is too early or a look is under way."""
        if not self.settings.front_url or not self.settings.front_token or at < self._next:
            return
        if self._task is None or self._task.done():
            self._next = at + LOOK
            self._task = asyncio.create_task(self._look(working, at))

    async def _look(self, working: Working, at: datetime) -> None:
        try:
            async with working() as connection:
                body = write_snapshot(await name_work(connection))
            if body == self._told and at - self._told_at < AT_LEAST:
                return
            told = await self.put(body)
            async with working() as connection:
                which = "told_at" if told else "failed_at"
                await connection.execute(f"update desk_world set {which} = $1", at)  # noqa: S608 -- two constants
        except (
            OSError,
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
        ) as failure:
            log.warning("world_queue_waits", error=type(failure).__name__)
            told = False
        self._remember(body if told else b"", at, told=told)

    def _remember(self, body: bytes, at: datetime, *, told: bool) -> None:
        if told:
            self._told, self._told_at, self._wait = body, at, AGAIN[0]
        else:
            self._told, self._next = b"", at + self._wait
            self._wait = min(self._wait * 2, AGAIN[1])

    async def put(self, body: bytes) -> bool:
        """Send a snapshot; whether the front door took it."""
        url = f"{self.settings.front_url}/world/{self.settings.region}"
        headers = {"authorization": f"Bearer {self.settings.front_token}", "content-type": "application/json"}
        try:
            async with httpx.AsyncClient(timeout=PATIENCE, transport=self.transport) as client:
                status = (await client.put(url, content=body, headers=headers)).status_code
        except httpx.HTTPError as failure:
            # The first time is no news: at a start the front door may come a moment later than the cells.
            say = log.info if self._wait == AGAIN[0] else log.warning
            say("front_door_away", error=type(failure).__name__)
            return False
        if status != GOOD:
            log.warning("front_door_refused", status=status)
        return status == GOOD
