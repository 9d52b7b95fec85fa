"""A house with a mail server that a test owns and a worker who mails links."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.database import CellDb
from tests.portal.house import house
from tests.portal.links.scene import LinkScene, link_scene


@pytest_asyncio.fixture(loop_scope="session", name="scene")
async def the_scene(cell_db: CellDb) -> AsyncIterator[LinkScene]:
    """Give a house, its leg, and its caught mail."""
    async with house(cell_db) as built, link_scene(built) as made:
        yield made
