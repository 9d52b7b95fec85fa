"""A furnished front door for each test."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.database import FrontDb
from tests.portal.directory.front import FrontDoor, front_door, furnish


@pytest_asyncio.fixture(loop_scope="session")
async def door(front_db: FrontDb) -> AsyncIterator[FrontDoor]:
    """Give a front door that knows some domains."""
    await furnish(front_db)
    async with front_door(front_db.dsn("wx_front")) as made:
        yield made
