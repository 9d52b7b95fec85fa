"""Shared parts that fail by chance, before or after they did their work: statements and the ledger's blobs."""

import errno
import os
import random
from typing import Any

import asyncpg
import pytest

from audit.blobs import Step
from audit.journaled import JournaledBlobs

LOST = asyncpg.ConnectionDoesNotExistError


def break_statements(patch: pytest.MonkeyPatch, dice: random.Random, share: float) -> None:
    """Let this share of statements be lost with their connection, half of them after they were done."""
    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        real = getattr(asyncpg.Connection, name)
        patch.setattr(asyncpg.Connection, name, _broken(real, dice, share))


def _broken(real: Any, dice: random.Random, share: float) -> Any:
    async def asked(connection: Any, query: str, *values: Any, **more: Any) -> Any:
        strikes = dice.random() < share
        if strikes and dice.random() < 0.5:
            connection.terminate()
            raise LOST
        found = await real(connection, query, *values, **more)
        if strikes:
            connection.terminate()
            raise LOST
        return found

    return asked


class FaultyBlobs(JournaledBlobs):
    """A disk that is full now and then, before or after it took what it was given."""

    def __init__(self, folder: Any, dice: random.Random, share: float) -> None:
        super().__init__(folder)
        self._dice = dice
        self._share = share

    async def step(self, step: Step) -> None:
        """Take a step, or fail before or after."""
        strikes = self._dice.random() < self._share
        if strikes and self._dice.random() < 0.5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        await super().step(step)
        if strikes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
