"""Roles, passwords and the two databases of a cell, made or set right at every start."""

from pathlib import Path

import asyncpg

from infra.cell import LOGIN_ROLES, Cell

ROLES = Path(__file__).with_name("roles.sql")
MAIN_LOGINS = "wx_web, wx_worker, wx_keeper"
KEYS_LOGINS = "wx_keeper"


async def prepare_roles(cell: Cell) -> None:
    """Make roles and databases as `wx_admin`; passwords are those of the cell's `secrets.json`."""
    connection = await asyncpg.connect(cell.dsn("wx_admin", "postgres"))
    try:
        await connection.execute(ROLES.read_text("utf-8"))
        for role in LOGIN_ROLES[1:]:
            # A utility statement takes no parameters; token_urlsafe has no character that could end the text.
            await connection.execute(f"alter role {role} password '{cell.secrets[role]}'")
        for database, logins in ((cell.main, MAIN_LOGINS), (cell.keys, KEYS_LOGINS)):
            await make_database(connection, database, logins)
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
