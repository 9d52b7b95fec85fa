"""Unwrapped keys stay for a short while, and never for many subjects."""

from uuid import UUID

from security.vault.dek_cache import DekCache

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def test_a_key_is_there_until_its_seconds_are_over_however_often_it_is_used():
    """Being used does not make a key stay longer."""
    cache = DekCache(max_entries=10, max_seconds=60)
    cache.put(A, b"a", now=100.0)
    assert [cache.get(A, now=now) for now in (100.0, 130.0, 159.9, 160.0)] == [b"a", b"a", b"a", None]
    assert len(cache) == 0


def test_the_key_unused_for_longest_goes_first():
    """With room for two the third key drives out the one that was not asked for."""
    cache = DekCache(max_entries=2, max_seconds=60)
    cache.put(A, b"a", now=0)
    cache.put(B, b"b", now=1)
    assert cache.get(A, now=2) == b"a"
    cache.put(C, b"c", now=3)
    assert [cache.get(key, now=4) for key in (A, B, C)] == [b"a", None, b"c"]


def test_forgetting_is_at_once():
    """A shredded key is gone before its time, and so are all after `clear`."""
    cache = DekCache(max_entries=10, max_seconds=60)
    for key in (A, B, C):
        cache.put(key, b"k", now=0)
    cache.forget(A)
    cache.forget(A)
    assert (cache.get(A, now=1), cache.get(B, now=1)) == (None, b"k")
    cache.clear()
    assert len(cache) == 0


def test_a_clock_that_runs_backwards_keeps_nothing():
    """A key put in the future of the clock is not given out."""
    cache = DekCache(max_entries=10, max_seconds=60)
    cache.put(A, b"a", now=100)
    assert cache.get(A, now=99) is None


def test_a_cache_of_no_size_keeps_nothing():
    """Setting the size to nought switches the cache off."""
    cache = DekCache(max_entries=0, max_seconds=60)
    cache.put(A, b"a", now=0)
    assert cache.get(A, now=0) is None


def test_it_prints_a_count_and_no_key():
    """The cache's name and count are all it shows."""
    cache = DekCache(max_entries=10, max_seconds=60)
    cache.put(A, b"secretsecret", now=0)
    assert repr(cache) == "DekCache(1 kept)"
