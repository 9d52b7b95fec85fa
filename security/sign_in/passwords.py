"""Passwords: argon2id (RFC 9106, low-memory profile) in a bounded pool of threads."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from security.settings import Cost
from security.sign_in.refusal import Refusal

WAITING: Final = 64

_T = TypeVar("_T")


def hash_password(password: str, cost: Cost | None = None) -> str:
    """Hash a password with a salt of its own, as a PHC string; blocks for about a tenth of a second."""
    return _hasher(cost or Cost()).hash(password)


@dataclass(frozen=True, slots=True)
class Checked:
    """Was it the password, and if so, the new hash to store when the parameters have changed."""

    right: bool
    rehashed: str | None = None


class Passwords:
    """Checks passwords without holding up the event loop, a few at once, with a bounded queue."""

    def __init__(self, cost: Cost, threads: int) -> None:
        self._hasher = _hasher(cost)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._waiting = 0
        # Somebody unknown is checked against this, so that an unknown name takes as long as a known one.
        self._nobody = self._hasher.hash(secrets.token_hex())

    async def check(self, stored: str | None, password: str) -> Checked:
        """Compare with a stored hash, or with nobody's for None; raises `Refusal` when too many wait."""
        return await self._in_thread(lambda: self._check(stored, password))

    @property
    def nobodys(self) -> str:
        """A hash that no password has: of an account whose password is still to be chosen."""
        return self._nobody

    async def hashed(self, password: str) -> str:
        """Hash a new password, in a thread; raises `Refusal` when too many wait."""
        return await self._in_thread(lambda: self._hasher.hash(password))

    def close(self) -> None:
        """Let the threads go; what has not begun is dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _check(self, stored: str | None, password: str) -> Checked:
        try:
            right = self._hasher.verify(stored or self._nobody, password)
        except (Argon2Error, InvalidHashError):
            return Checked(right=False)
        if stored is None or not right:
            return Checked(right=False)
        stale = self._hasher.check_needs_rehash(stored)
        return Checked(right=True, rehashed=self._hasher.hash(password) if stale else None)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= WAITING:
            raise Refusal("security:too_many_attempts", 429, retry_after=1)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _hasher(cost: Cost) -> PasswordHasher:
    return PasswordHasher(cost.time, cost.memory_kib, cost.lanes)
