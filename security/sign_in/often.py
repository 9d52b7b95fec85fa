"""Counting in memory: was this just done, how many in the last minute, whose turn is it.

Each keeper counts for itself; what must hold across keepers is counted in the database.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Final
from weakref import WeakValueDictionary

_MANY: Final = 10_000


class Recently:
    """Remembers for some seconds what was done."""

    def __init__(self, seconds: int) -> None:
        self._span = timedelta(seconds=seconds)
        self._done: dict[Hashable, datetime] = {}

    def is_first(self, key: Hashable, at: datetime) -> bool:
        """Was this not done within the last seconds? From now on it was."""
        if len(self._done) >= _MANY:
            self._done = {key: done for key, done in self._done.items() if done > at - self._span}
        done = self._done.get(key)
        if done is not None and done > at - self._span:
            return False
        self._done[key] = at
        return True

    def forget(self, key: Hashable) -> None:
        """Take it back: it was not done after all."""
        self._done.pop(key, None)


class Rate:
    """At most so many in any span of seconds, for each key."""

    def __init__(self, limit: int, seconds: int) -> None:
        self._limit = limit
        self._span = timedelta(seconds=seconds)
        self._times: dict[Hashable, deque[datetime]] = {}

    def retry_after(self, key: Hashable, at: datetime) -> int | None:
        """Count one more and give None, or give the seconds to wait when there were too many."""
        seconds = self.wait(key, at)
        if seconds is None:
            self.count(key, at)
        return seconds

    def wait(self, key: Hashable, at: datetime) -> int | None:
        """Give the seconds to wait when there were too many, None when one more may come."""
        times = self._times.get(key)
        if times is None:
            return None
        while times and times[0] <= at - self._span:
            times.popleft()
        if len(times) < self._limit:
            return None
        return max(1, round((times[0] + self._span - at).total_seconds()))

    def count(self, key: Hashable, at: datetime) -> None:
        """Count one more."""
        if len(self._times) >= _MANY:
            since = at - self._span
            self._times = {key: times for key, times in self._times.items() if times and times[-1] > since}
        self._times.setdefault(key, deque()).append(at)


class Turns:
    """One at a time for each key; a key that nobody waits for is forgotten."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: bytes) -> asyncio.Lock:
        """Give the lock of this key; it lives as long as somebody holds on to it."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock
