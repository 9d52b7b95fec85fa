"""A house with a confirmed trip that people can be told about, and a mail server that a test owns."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.database import CellDb
from tests.portal.house import house
from tests.portal.notices.scene import Scene, scene


@pytest_asyncio.fixture(loop_scope="session", name="scene")
async def the_scene(cell_db: CellDb) -> AsyncIterator[Scene]:
    """Give a house, its trip with airports and people in three languages, and its caught mail."""
    async with house(cell_db) as built, scene(built) as made:
        yield made
