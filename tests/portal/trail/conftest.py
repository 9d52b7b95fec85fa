"""A house with a mail server that a test owns and a worker who sends the trail's mails."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.database import CellDb
from tests.portal.house import house
from tests.portal.trail.scene import TrailScene, trail_scene


@pytest_asyncio.fixture(loop_scope="session", name="scene")
async def the_scene(cell_db: CellDb) -> AsyncIterator[TrailScene]:
    """Give a house and its caught mail."""
    async with house(cell_db) as built, trail_scene(built) as made:
        yield made
