"""Bring the databases of a cell and of the front door to the shape of `infra/migrations/`, one transaction per file.

The files are run in the order of their names as `wx_owner`. What ran stands in Piccolo's own bookkeeping
table `migration`, with the digest of the file beside it. Why Piccolo's runner itself is not used:
`infra/README.md`, "Migrations".
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from audit.ledger import sync_kinds
from infra.refusal import Refused

FOLDER = Path(__file__).with_name("migrations")
LOCK = 0x7778_6D69  # "wxmi": one migration at a time per database
BOOKKEEPING = """
create table if not exists migration (
  id serial primary key,
  name varchar(200) not null default '',
  app_name varchar(200) not null default '',
  ran_on timestamp not null default current_timestamp,
  digest text
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One SQL file: `name` without ending, its text, and the SHA-256 of that text in hex."""

    name: str
    text: str
    digest: str


def migrations_of(plane: str) -> list[Migration]:
    """Return the migrations of a plane (`region`, `keys` or `front`) in the order they run."""
    found = []
    for path in sorted((FOLDER / plane).glob(f"{plane}_[0-9][0-9][0-9][0-9]_*.sql")):
        text = path.read_text("utf-8")
        found.append(Migration(path.stem, text, hashlib.sha256(text.encode()).hexdigest()))
    return found


async def migrate(dsn_main: str, dsn_keys: str, region: str) -> list[str]:
    """Migrate both databases of a cell and return the names of the migrations that ran now.

    The addresses are `wx_admin`'s. Raises `infra:migration_changed` when a file that ran was changed since,
    `infra:other_region` when the database is at home elsewhere.
    """
    async with _as_owner(dsn_main) as connection:
        ran = await _migrate_plane(connection, "region")
        await _settle(connection, region)
    async with _as_owner(dsn_keys) as connection:
        return ran + await _migrate_plane(connection, "keys")


async def migrate_front(dsn: str) -> list[str]:
    """Migrate the front door's database. Raises `infra:migration_changed`."""
    async with _as_owner(dsn) as connection:
        return await _migrate_plane(connection, "front")


@asynccontextmanager
async def _as_owner(dsn: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "set role wx_owner; set lock_timeout = '5s'; set client_min_messages = warning"
        )
        yield connection
    finally:
        await connection.close()


async def _migrate_plane(connection: "asyncpg.Connection[asyncpg.Record]", plane: str) -> list[str]:
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
        await connection.execute(BOOKKEEPING)
    ran = []
    for migration in migrations_of(plane):
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
            if await _is_new(connection, plane, migration):
                await connection.execute(migration.text)
                await connection.execute(
                    "insert into migration (name, app_name, digest) values ($1, $2, $3)",
                    migration.name,
                    plane,
                    migration.digest,
                )
                ran.append(migration.name)
    return ran


async def _is_new(connection: "asyncpg.Connection[asyncpg.Record]", plane: str, migration: Migration) -> bool:
    query = "select digest from migration where name = $1 and app_name = $2"
    row = await connection.fetchrow(query, migration.name, plane)
    if row is not None and row["digest"] != migration.digest:
        raise Refused("infra:migration_changed", name=migration.name)
    return row is None


async def _settle(connection: "asyncpg.Connection[asyncpg.Record]", region: str) -> None:
    """Say where this database is at home, and bring the catalogue of entries up to date."""
    async with connection.transaction():
        await connection.execute("insert into home (region) values ($1) on conflict do nothing", region)
        home = await connection.fetchval("select region from home")
        if home != region:
            raise Refused("infra:other_region", home=str(home), region=region)
        await sync_kinds(connection)
