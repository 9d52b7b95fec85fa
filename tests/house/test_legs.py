"""A confirmed leg changes only through notices: no other code writes one, and the database refuses what tries."""

import re
from pathlib import Path

import asyncpg
import pytest

from tests.database import CellDb
from tests.security.keeper.stage import _people

ROOT = Path(__file__).resolve().parents[2]
WRITES = re.compile(r"update\s+leg\b|Leg\.update|Leg\([^)]*\)\.save", re.IGNORECASE)
MAY = {ROOT / "portal" / "notices" / "legs.py"}


def test_no_other_code_writes_a_leg() -> None:
    """Of all floors, one module holds the statement that moves a leg."""
    floors = [
        path for floor in ("audit", "security", "portal", "infra") for path in (ROOT / floor).rglob("*.py")
    ]
    assert {path for path in floors if WRITES.search(path.read_text("utf-8"))} == MAY


async def moved(db: CellDb, role: str) -> None:
    """Move every leg as web in a role, with nothing beside it."""
    connection = await asyncpg.connect(db.dsn("wx_web"))
    try:
        async with connection.transaction():
            await connection.execute("select set_config('role', $1, true)", role)
            await connection.execute("update leg set tail = 'PH-XYZ', version = version + 1")
    finally:
        await connection.close()


async def test_the_database_refuses_a_leg_without_its_change(cell_db: CellDb) -> None:
    """Even operations cannot commit a moved leg without the change that tells of it; others cannot move any."""
    owner = await asyncpg.connect(cell_db.dsn("wx_admin"))
    ids = await _people(owner)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await moved(cell_db, "wx_as_operations")
    assert refused.value.sqlstate == "WX003"
    for role in ("wx_as_booker", "wx_as_sales", "wx_as_service_agent"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await moved(cell_db, role)
    assert await owner.fetchval("select tail from leg where trip_id = $1", ids["trip"]) == "PH-ABC"
    await owner.close()
