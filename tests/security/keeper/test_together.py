"""Questions that share a statement."""

import asyncio

import pytest

from security.keeper.together import MOST, Together


class Asked:
    """A statement that takes as long as it is held up, and remembers what it was asked."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go_on = asyncio.Event()

    async def __call__(self, questions):
        self.batches.append(list(questions))
        await self.go_on.wait()
        if 13 in questions:
            raise ConnectionResetError
        return [question * 10 for question in questions]


async def test_what_arrives_meanwhile_shares_the_next_statement():
    """The first is asked at once and alone; those that come while it runs are asked together; each gets its own."""
    asked = Asked()
    together = Together(asked)
    asking = [asyncio.ensure_future(together(1))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking += [asyncio.ensure_future(together(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0)
    asked.go_on.set()
    assert await asyncio.gather(*asking) == [10, 20, 30, 40]
    assert asked.batches == [[1], [2, 3, 4]]


async def test_a_failure_reaches_all_who_shared_it_and_nobody_else():
    """A statement that fails fails for those who shared it; the next one is asked as if nothing had been."""
    asked = Asked()
    asked.go_on.set()
    together = Together(asked)
    first = await asyncio.gather(*(together(number) for number in (12, 13)), return_exceptions=True)
    assert all(isinstance(answer, ConnectionResetError) for answer in first)
    assert await together(5) == 50


async def test_who_has_gone_away_is_not_asked_for():
    """A caller whose time ran out while waiting is left out of the next statement."""
    asked = Asked()
    together = Together(asked)
    first = asyncio.ensure_future(together(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gone, stayed = asyncio.ensure_future(together(2)), asyncio.ensure_future(together(3))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    asked.go_on.set()
    assert await asyncio.gather(first, stayed) == [10, 30]
    assert asked.batches == [[1], [3]]
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_statement_is_never_longer_than_allowed():
    """More questions than one statement may hold are asked in several."""
    asked = Asked()
    asked.go_on.set()
    together = Together(asked)
    answers = await asyncio.gather(*(together(number) for number in range(100, 100 + MOST + 5)))
    assert answers == [number * 10 for number in range(100, 100 + MOST + 5)]
    assert max(map(len, asked.batches)) == MOST
