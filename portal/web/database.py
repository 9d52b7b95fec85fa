"""The one Piccolo engine of this process: tables name it, a start configures it."""

import contextlib
from collections.abc import Awaitable
from typing import Any, cast

import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction


class Transaction(PostgresTransaction):
    """Piccolo's transaction, which would keep its place in the pool for ever when it cannot begin or settle.

    A lost database, a commit that is refused, a caller who is gone: then the connection is closed, whatever
    state it is in, and its place given back.
    """

    async def begin(self) -> None:
        """Begin."""
        await self._or_discard(self.transaction.start())

    async def commit(self) -> None:
        """Commit; when that fails nobody knows what became of it."""
        await self._or_discard(self.transaction.commit())
        self._committed = True

    async def rollback(self) -> None:
        """Roll back; when that fails the server does it, as the connection is gone."""
        await self._or_discard(self.transaction.rollback())
        self._rolled_back = True

    async def _or_discard(self, step: Awaitable[None]) -> None:
        try:
            await step
        except BaseException:
            await self._discard()
            raise

    async def _discard(self) -> None:
        connection = cast("Any", self.connection)
        with contextlib.suppress(asyncpg.InterfaceError):  # it was lost, and the pool knows already
            connection.terminate()
        await pool().release(connection)


class Engine(PostgresEngine):
    """Piccolo's engine, which would connect while modules are imported, before anybody said where to."""

    def transaction(self, allow_nested: bool = True) -> Transaction:  # noqa: FBT001, FBT002 -- Piccolo's signature
        """Make a transaction that always gives its connection back."""
        return Transaction(engine=self, allow_nested=allow_nested)

    async def check_version(self) -> None:
        """Skip the check: `open_database` connects, and the migrations have chosen the server."""

    async def prep_database(self) -> None:
        """Skip it: extensions are the migrations' business."""


DB = Engine(config={})
POOL_SIZE = 8


async def open_database(url: str, *, size: int = POOL_SIZE) -> None:
    """Open the pool. `url` is an asyncpg DSN; raises what asyncpg raises when the server is away."""
    DB.config = {"dsn": url}
    # Statements are prepared once per connection: the unit of work repeats the same few.
    await DB.start_connection_pool(
        min_size=1,
        max_size=size,
        command_timeout=30,
        server_settings={"application_name": "waxwing", "jit": "off"},
        reset=_tidy,
    )


async def _tidy(connection: Any) -> None:
    """Leave a connection as it was found; every setting of ours ends with its transaction, so only that can be open."""
    if connection.is_in_transaction():
        await connection.reset()


async def close_database() -> None:
    """Close the pool if it is open."""
    if DB.pool is not None:
        pool, DB.pool = DB.pool, None
        pool.terminate()


def pool() -> Any:
    """Give the asyncpg pool, or raise DatabaseAway."""
    if DB.pool is None:
        raise DatabaseAway
    return DB.pool


class DatabaseAway(Exception):  # noqa: N818 -- named for what happened
    """No pool: the database could not be reached when this process started."""

    code = "web:database_away"
