"""The front door's connections: made when they are needed, so that the door opens while its database is away."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg

SIZE = 4
WAIT = 2.0  # seconds for a connection
COMMAND = 5.0  # seconds for a statement


class FrontDatabase:
    """A pool that connects at first use, and again after a loss."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: Any = None

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Give a connection. Raises what asyncpg raises, or TimeoutError, when the database is away."""
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                self._url, min_size=0, max_size=SIZE, timeout=WAIT, command_timeout=COMMAND
            )
        async with self._pool.acquire(timeout=WAIT) as connection:
            yield connection

    def close(self) -> None:
        """Close the pool."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None
