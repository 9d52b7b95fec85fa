"""What the tests of this floor share."""

import asyncpg
import pytest

from tests.audit.running_log import Log


@pytest.fixture
async def log(cell_db, tmp_path):
    """Return the empty log of a fresh cell."""
    async with asyncpg.create_pool(cell_db.dsn("wx_keeper"), min_size=1, max_size=4) as pool:
        yield Log(cell_db, pool, tmp_path / "blobs")
