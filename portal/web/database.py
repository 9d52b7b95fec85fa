"""The one Piccolo engine of this process: tables name it, a start configures it."""

from typing import Any

from piccolo.engine.postgres import PostgresEngine


class Engine(PostgresEngine):
    """Piccolo's engine, which would connect while modules are imported, before anybody said where to."""

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
    )


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
