"""Roles, passwords and databases of a cell and of the front door, made or set right at every start."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from infra.cell import LOGIN_ROLES, Cell
from infra.front import FRONT_LOGINS, Front
from infra.quarters import Quarters

HERE = Path(__file__).parent
ROLES = (HERE / "roles.sql").read_text("utf-8")
FRONT_ROLES = (HERE / "front_roles.sql").read_text("utf-8")
MAIN_LOGINS = "wx_web, wx_worker, wx_keeper, wx_backup"
KEYS_LOGINS = "wx_keeper, wx_backup"


async def prepare_roles(cell: Cell) -> None:
    """Make a cell's roles and both databases as `wx_admin`; passwords are those of its `secrets.json`."""
    databases = ((cell.main, MAIN_LOGINS), (cell.keys, KEYS_LOGINS))
    await _prepare(cell, ROLES, LOGIN_ROLES[1:], databases)


async def prepare_front_roles(front: Front) -> None:
    """Make the front door's roles and its database as `wx_admin`."""
    await _prepare(front, FRONT_ROLES, FRONT_LOGINS[1:], ((front.database, "wx_front"),))


async def _prepare(
    quarters: Quarters, roles: str, logins: Sequence[str], databases: Sequence[tuple[str, str]]
) -> None:
    connection = await asyncpg.connect(quarters.dsn("wx_admin", "postgres"))
    try:
        await connection.execute(roles)
        for role in logins:
            # A utility statement takes no parameters; token_urlsafe has no character that could end the text.
            await connection.execute(f"alter role {role} password '{quarters.secrets[role]}'")
        for database, entering in databases:
            await make_database(connection, database, entering)
        await connection.execute("revoke all on database postgres, template1 from public")
    finally:
        await connection.close()


async def make_database(
    connection: "asyncpg.Connection[asyncpg.Record]", name: str, logins: str, template: str = "template0"
) -> None:
    """Make a database of `wx_owner` that only `logins` (a list for SQL) may enter, unless it is there."""
    known = await connection.fetchval("select true from pg_database where datname = $1", name)
    if not known:
        await connection.execute(f'create database "{name}" template "{template}" owner wx_owner')
    await connection.execute(close_database(name, logins))


def close_database(name: str, logins: str) -> str:
    """Return the SQL that shuts a database to all but `logins`; a copy has lost its model's grants."""
    return f'revoke all on database "{name}" from public; grant connect on database "{name}" to {logins}'
