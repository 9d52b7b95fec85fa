"""Asking the keeper: a few shared connections, typed answers, two ways to fail."""

from __future__ import annotations

import asyncio
from typing import Final, TypeVar

from security.keeper.connection import Connection, KeeperUnavailable
from security.keeper.frames import FrameRefused
from security.keeper.messages import Refused
from security.keeper.protocol import Answer, Ask

CONNECTIONS: Final = 4
DEADLINE: Final = 5.0

_T = TypeVar("_T", bound=Answer)


class KeeperRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """The keeper said no: code, HTTP status, and fields that may be shown (such as `retry_after`)."""

    def __init__(self, code: str, status: int, fields: dict[str, str | int]) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.fields = fields


class Caller:
    """Asks the keeper at `unix:/path`. May be shared by everything in one event loop.

    Every call raises `KeeperRefused` for a refusal and `KeeperUnavailable` when there is no answer
    within the deadline (seconds); after a break the next call connects anew, no call is sent twice.
    """

    def __init__(self, url: str, *, deadline: float = DEADLINE, connections: int = CONNECTIONS) -> None:
        self._path = url.removeprefix("unix:")
        self._deadline = deadline
        self._connections: list[Connection | None] = [None] * connections
        self._opening = [asyncio.Lock() for _ in range(connections)]
        self._turn = 0

    async def close(self) -> None:
        """Hang up all connections; calls under way fail as unavailable."""
        for connection in self._connections:
            if connection is not None:
                connection.close()
        await asyncio.sleep(0)  # the loop closes the sockets at its next turn

    async def _ask(self, ask: Ask, answer_type: type[_T]) -> _T:
        connection = await self._connection()
        try:
            answer = await connection.call(ask, self._deadline)
        except FrameRefused:
            raise KeeperRefused("security:too_large", 413, {}) from None
        except UnicodeEncodeError:  # half a code point has no place in any message
            raise KeeperRefused("security:malformed_request", 422, {}) from None
        if isinstance(answer, Refused):
            if answer.code == KeeperUnavailable.code:
                raise KeeperUnavailable
            raise KeeperRefused(answer.code, answer.status, answer.fields)
        if not isinstance(answer, answer_type):
            connection.close()
            raise KeeperUnavailable
        return answer

    async def _connection(self) -> Connection:
        self._turn = place = (self._turn + 1) % len(self._connections)
        connection = self._connections[place]
        if connection is not None and connection.alive:
            return connection
        async with self._opening[place]:
            connection = self._connections[place]
            if connection is None or not connection.alive:
                connection = self._connections[place] = await self._open()
            return connection

    async def _open(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._deadline):
                _, connection = await loop.create_unix_connection(Connection, self._path)
        except (OSError, TimeoutError):
            raise KeeperUnavailable from None
        return connection
