"""The worker's part of the outbox: polls four times a second, and keeps several promises at once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import structlog

from portal.outbox.promises import Promise, claim, kept, put_off
from portal.web.settings import WebSettings

log = structlog.get_logger("portal.outbox")
POLL = 0.25
BATCH = 16  # together with the patience of an attempt well within a lease
AT_ONCE = 8
CONNECTIONS = 4
FAULT = "outbox:fault"


class PutOff(Exception):  # noqa: N818 -- named for what happens
    """The promise cannot be kept now; `code` says why. It is tried again after a pause."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Workplace:
    """What a handler works with: settings, a clock, and short transactions in the worker's role."""

    def __init__(
        self, settings: WebSettings, pool: Any, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.settings = settings
        self.now = now
        self._pool = pool

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Any]:
        """Open a short transaction; nothing slow may happen inside it."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("select set_config('role', 'wx_as_worker', true)")
            yield connection


Handler = Callable[[Workplace, Promise], Awaitable[None]]


async def keep_due(place: Workplace, handlers: Mapping[str, Handler]) -> int:
    """Claim one batch of what is due and keep it; says how many there were."""
    lease = timedelta(seconds=place.settings.lease_seconds)
    async with place.work() as connection:
        due = await claim(connection, list(handlers), place.now(), lease, BATCH)
    turns = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(_keep(place, handlers[made.topic], made, turns) for made in due))
    return len(due)


async def _keep(place: Workplace, handler: Handler, made: Promise, turns: asyncio.Semaphore) -> None:
    async with turns:
        try:
            await handler(place, made)
        except PutOff as off:
            code = off.code
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError):
            raise  # the database is away: the lease ends by itself
        except Exception as fault:  # noqa: BLE001 -- one promise that cannot be kept must not hold up the others
            log.error("promise_failed", topic=made.topic, error=type(fault).__name__, attempts=made.attempts)
            code = FAULT
        else:
            async with place.work() as connection:
                await kept(connection, made)
            return
        async with place.work() as connection:
            await put_off(connection, made, code, place.now())


async def keep_promises(
    settings: WebSettings, handlers: Mapping[str, Handler], stopping: asyncio.Event
) -> None:
    """Keep promises until told to stop; a database that is away is waited for, what is under way is finished."""
    pool: Any = None
    while not stopping.is_set():
        pause = POLL
        try:
            if pool is None:
                pool = await asyncpg.create_pool(settings.database_url, min_size=1, max_size=CONNECTIONS)
            if await keep_due(Workplace(settings, pool), handlers) == BATCH:
                pause = 0
        except (
            OSError,
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
        ) as failure:
            log.warning("outbox_waits", error=type(failure).__name__)
            pause = 1.0
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause)
    if pool is not None:
        pool.terminate()
