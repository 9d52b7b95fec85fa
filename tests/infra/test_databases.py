"""The databases of a cell as `infra` makes them: passwords, doors, roles, migrations."""

import asyncpg
import pytest

from infra.migrate import migrate
from infra.refusal import Refused
from tests.database import CellDb


@pytest.mark.parametrize("role", ["wx_web", "wx_worker", "wx_keeper"])
async def test_login_roles_enter_the_main_database(cell_db: CellDb, role: str) -> None:
    """Each login role of a process reaches the main database with its own password and reads the home region."""
    connection = await asyncpg.connect(cell_db.dsn(role))
    try:
        assert await connection.fetchval("select region from home") == "eu"
        assert await connection.fetchval("select session_user") == role
    finally:
        await connection.close()
