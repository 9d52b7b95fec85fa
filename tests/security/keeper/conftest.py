"""A stage for each test of the keeper."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.database import CellDb
from tests.security.keeper.pair import pair
from tests.security.keeper.stage import Stage, staged

__all__ = ["pair"]


@pytest_asyncio.fixture(loop_scope="session")
async def stage(cell_db: CellDb) -> AsyncIterator[Stage]:
    """Give a keeper that is ready, with people to act for."""
    async with staged(cell_db) as made:
        yield made
