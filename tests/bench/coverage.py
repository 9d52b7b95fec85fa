"""From the acknowledgement of a write to the published checkpoint that covers it, asked from outside under load."""

import asyncio
import http.client
import threading
import time
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import asyncpg

from tests.bench.callers import LIST, accounts
from tests.bench.stage import Stage

LOOK = 0.01  # seconds between two looks at the checkpoint
PAUSE = 0.25  # between two writes
DRAIN_SECONDS = 120.0
_FIND = "select true from ledger_leaf where index >= $1 and index < $2 and strpos(leaf, $3) > 0"


class Coverage:
    """While it is open it writes an entry now and then and notes its seconds until covered in `ages`."""

    def __init__(self, stage: Stage) -> None:
        self.ages: list[float] = []
        self.failure: BaseException | None = None
        self._stage = stage
        self._token = accounts(stage, "service_agent")[0]["token"]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait until what was written last is covered."""
        self._ended.set()
        self._thread.join()
        if self.failure is not None and error is None:
            raise self.failure

    def _watch(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as failure:  # noqa: BLE001 - told to the thread that waits for this one
            self.failure = failure

    async def _run(self) -> None:
        connection = await asyncpg.connect(self._stage.cell.dsn("wx_admin"))
        try:
            while not self._ended.is_set():
                self.ages.append(await self._age(connection))
                await asyncio.sleep(PAUSE)
        finally:
            await connection.close()

    async def _age(self, connection: Any) -> float:
        seen = (await self._checkpoint())[0]
        headers = await self._get(LIST, {"Authorization": f"Bearer {self._token}"})
        acknowledged = time.monotonic()
        mark = f'"req":"{headers[0]["x-request-id"]}"'
        while time.monotonic() < acknowledged + DRAIN_SECONDS:
            size, at = await self._checkpoint()
            if size > seen and await connection.fetchval(_FIND, seen, size, mark):
                return at - acknowledged
            seen = size
            await asyncio.sleep(LOOK)
        raise TimeoutError

    async def _checkpoint(self) -> tuple[int, float]:
        """Give the size the published checkpoint covers, and when that was known."""
        _, body = await self._get("/ledger/checkpoint", {})
        return int(body.split(b"\n")[1]), time.monotonic()

    async def _get(self, path: str, headers: dict[str, str]) -> tuple[Any, bytes]:
        return await asyncio.to_thread(self._fetch, path, headers)

    def _fetch(self, path: str, headers: dict[str, str]) -> tuple[Any, bytes]:
        line = http.client.HTTPConnection(urlsplit(self._stage.addresses["waxwing"]).netloc, timeout=30)
        try:
            line.request("GET", path, headers=headers)
            answer = line.getresponse()
            body = answer.read()
        finally:
            line.close()
        if answer.status != http.client.OK:
            raise ConnectionError(path, answer.status)
        return answer.headers, body


async def _waiting(stage: Stage) -> int:
    connection = await asyncpg.connect(stage.cell.dsn("wx_admin"))
    try:
        waiting: int = await connection.fetchval("select count(*) from ledger_pending")
        return waiting
    finally:
        await connection.close()


async def _count(stage: Stage, kind: str) -> int:
    connection = await asyncpg.connect(stage.cell.dsn("wx_admin"))
    try:
        count: int = await connection.fetchval("select count(*) from ledger_leaf where act = $1", kind)
        return count
    finally:
        await connection.close()


def settle(stage: Stage) -> float:
    """Wait until nothing waits to be sequenced; give the seconds that took."""
    began = time.monotonic()
    while asyncio.run(_waiting(stage)):
        if time.monotonic() > began + DRAIN_SECONDS:
            raise TimeoutError
        time.sleep(0.05)
    return time.monotonic() - began


def entries(stage: Stage, kind: str) -> int:
    """Count the ledger's entries of a kind."""
    return asyncio.run(_count(stage, kind))
