"""What the database itself lets each role do with quotes and trips: connect as it and try."""

import asyncpg
import pytest

from security.actor import ROLES
from tests.database import CellDb

PRICED = {"booker", "client_admin", "sales", "finance"}
READS = PRICED | {"service_agent", "operations"}


@pytest.mark.parametrize("role", ROLES)
async def test_who_may_read_quotes_and_prices(cell_db: CellDb, role: str) -> None:
    """Quotes are read by the client and part of the desk, prices and acceptances by fewer, by nobody else."""
    connection = await asyncpg.connect(cell_db.dsn("wx_web"))
    try:
        may = {
            table: await connection.fetchval(
                "select has_table_privilege($1, $2, 'select')", f"wx_as_{role}", table
            )
            for table in ("quote", "quote_option", "quote_price", "quote_acceptance")
        }
    finally:
        await connection.close()
    expected = {"quote": role in READS, "quote_option": role in READS}
    assert may == expected | {"quote_price": role in PRICED, "quote_acceptance": role in PRICED}


@pytest.mark.parametrize("role", ROLES)
async def test_nobody_rewrites_what_was_agreed(cell_db: CellDb, role: str) -> None:
    """No role of a unit of work can change a leg, an option, a price, a step or an acceptance once it is written."""
    connection = await asyncpg.connect(cell_db.dsn("wx_web"))
    try:
        for table in ("quote_option", "quote_option_leg", "quote_price", "quote_step", "quote_acceptance"):
            for deed in ("update", "delete"):
                held = await connection.fetchval(
                    "select has_any_column_privilege($1, $2, 'update') and $3 = 'update'"
                    " or has_table_privilege($1, $2, 'delete') and $3 = 'delete'",
                    f"wx_as_{role}",
                    table,
                    deed,
                )
                assert not held, (role, table, deed)
    finally:
        await connection.close()


async def test_a_client_cannot_book_for_another(cell_db: CellDb) -> None:
    """A trip or quote of another organisation cannot be written, whatever a handler sends."""
    owner = await asyncpg.connect(cell_db.dsn("wx_admin"))
    mine, other = [await owner.fetchval("select gen_random_uuid()") for _ in range(2)]
    for org in (mine, other):
        await owner.execute("insert into organisation values ($1, 'eu', 'o', 'NL', 'en')", org)
    await owner.close()
    connection = await asyncpg.connect(cell_db.dsn("wx_web"))
    sql = "insert into trip (id, org_id, reference, state) values (gen_random_uuid(), $1, $2, 'confirmed')"
    try:
        for org, allowed in ((mine, True), (other, False)):
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(
                "select set_config('role', 'wx_as_booker', true), set_config('wx.org', $1, true)", str(mine)
            )
            try:
                await connection.execute(sql, org, f"T-{allowed}")
                assert allowed
            except asyncpg.InsufficientPrivilegeError:
                assert not allowed
            await transaction.rollback()
    finally:
        await connection.close()
