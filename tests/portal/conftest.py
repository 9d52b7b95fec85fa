"""A house for each test of the portal."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.database import CellDb
from tests.portal.house import House, house


@pytest_asyncio.fixture(loop_scope="session", name="house")
async def the_house(cell_db: CellDb) -> AsyncIterator[House]:
    """Give a house with its keeper, people and one trip."""
    async with house(cell_db) as built:
        yield built
