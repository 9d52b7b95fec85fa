"""Counting in memory."""

from datetime import timedelta

from security.sign_in.often import Rate, Recently, Turns
from tests.security.keeper.stage import NOON


def at(seconds: float):
    """Say when, in seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def test_a_rate_slides() -> None:
    """Three in ten seconds pass in any such span; the fourth must wait until the first is ten seconds old."""
    rate = Rate(3, 10)
    assert [rate.retry_after("a", at(n)) for n in (0, 4, 8)] == [None] * 3
    assert rate.retry_after("a", at(9)) == 1
    assert rate.retry_after("b", at(9)) is None
    assert rate.retry_after("a", at(10)) is None
    assert rate.retry_after("a", at(11)) == 3


def test_what_was_done_is_remembered_for_its_span() -> None:
    """The second time within the span is not the first; after it, or when taken back, it is again."""
    recently = Recently(60)
    assert [recently.is_first("a", at(n)) for n in (0, 59, 60)] == [True, False, True]
    recently.forget("a")
    assert recently.is_first("a", at(61))


def test_memory_does_not_grow_without_end() -> None:
    """Many thousand keys that nobody uses any more are forgotten."""
    recently, rate = Recently(1), Rate(1, 1)
    for n in range(20_000):
        recently.is_first(n, at(n))
        rate.retry_after(n, at(n))
    assert len(recently._done) <= 10_000
    assert len(rate._times) <= 10_000


async def test_a_turn_is_per_key_and_forgotten_after_use() -> None:
    """While one holds the turn of a key another key is free; nothing is kept when nobody waits."""
    turns = Turns()
    async with turns.of(b"a"):
        assert turns.of(b"a").locked()
        assert not turns.of(b"b").locked()
    assert len(turns._locks) == 0
