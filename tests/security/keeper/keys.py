"""What tests of work on keys do: act as an operator, wait for a job, look into the key store."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg

from security.keeper.client import JobSeen, KeysSeen
from tests.security.keeper.stage import Stage, request


async def seen(stage: Stage, role: str = "administrator") -> KeysSeen:
    """Read how the keys stand."""
    return await stage.client.keys(await stage.sign_in(role), request())


async def ended(stage: Stage, job: UUID) -> JobSeen:
    """Wait until a job has ended."""
    token = await stage.sign_in("administrator")
    for _ in range(4000):
        found = next(one for one in (await stage.client.keys(token, request())).jobs if one.id == job)
        if found.state in {"done", "failed", "withdrawn"}:
            return found
    raise TimeoutError


async def shredded(stage: Stage, subject: UUID) -> UUID:
    """Shred a subject: compliance asks, the administrator approves; returns the job, which has ended."""
    job = await stage.client.ask_shred(await stage.stepped_up("compliance"), request(), subject)
    await stage.client.approve_shred(await stage.stepped_up("administrator"), request(), job)
    assert (await ended(stage, job)).state == "done"
    return job


@contextlib.asynccontextmanager
async def key_store(stage: Stage) -> AsyncIterator[Any]:
    """Connect to the key store as its administrator."""
    connection = await asyncpg.connect(stage.db.keys_dsn("wx_admin"))
    try:
        yield connection
    finally:
        await connection.close()
