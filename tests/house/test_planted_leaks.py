"""The gate is tried: leaks of every kind are built in, one after the other, and each must be caught."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from infra.cell import Cell
from tests import database
from tests.house.leakage.doings import worked
from tests.house.leakage.grounds import Grounds, grounds, plant
from tests.house.leakage.planted import PLANTED, caught


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ground(shared_cell: Cell, admin) -> AsyncIterator[Grounds]:
    """Stand on one house for all of these tests."""
    async with database.copied(shared_cell, admin) as db, grounds(db) as made:
        await plant(made, 10)
        await worked(made)
        yield made


@pytest.mark.xdist_group("planted")
@pytest.mark.parametrize("name", sorted(PLANTED))
async def test_a_planted_leak_is_caught(ground: Grounds, name: str) -> None:
    """Whether on a page, in a body, log, mail, file, table, order, search, length or refusal: it is named."""
    assert await caught(ground, name, 20 + sorted(PLANTED).index(name)) != []


def test_there_are_enough_kinds() -> None:
    """No fewer kinds of leak are planted than there were once."""
    assert len(PLANTED) >= 28
