"""A PostgreSQL that these tests may kill, and a site of processes on it; what a test killed is started again."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests import database
from tests.faults.site import Site, opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def standing_site() -> AsyncIterator[Site]:
    """Build the site once: on a server of its own that syncs every commit, as in `run`."""
    async with database.lone_cell() as made, opened(made.server) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def site(standing_site: Site) -> AsyncIterator[Site]:
    """Give the site with PostgreSQL, web and keeper ready."""
    await standing_site.stood_up()
    yield standing_site
    await standing_site.hung_up()
