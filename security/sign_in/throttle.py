"""How often one may fail: counted per keyed hash, so that neither a name nor an address is stored."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

_READ = "select window_started_at, failures from gate.throttle where key = $1"
_COUNT = """
insert into gate.throttle as t (key, window_started_at, failures) values ($1, $2, 1)
on conflict (key) do update set
  window_started_at = case when t.window_started_at <= $3 then $2 else t.window_started_at end,
  failures = case when t.window_started_at <= $3 then 1 else t.failures + 1 end
"""
_FORGET = "delete from gate.throttle where key = $1"


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most `failures` in a window of `seconds` for one key."""

    failures: int
    seconds: int

    async def retry_after(self, pool: asyncpg.Pool, key: bytes, at: datetime) -> int | None:
        """Seconds until this key may try again, None when it may now."""
        row = await pool.fetchrow(_READ, key)
        if row is None or row["failures"] < self.failures:
            return None
        left = row["window_started_at"] + timedelta(seconds=self.seconds) - at
        return max(1, round(left.total_seconds())) if left > timedelta(0) else None

    async def failed(self, pool: asyncpg.Pool, key: bytes, at: datetime) -> None:
        """Count a failure; the first after a window has passed begins a new one."""
        await pool.execute(_COUNT, key, at, at - timedelta(seconds=self.seconds))

    async def forget(self, pool: asyncpg.Pool, key: bytes) -> None:
        """Begin anew after a success."""
        await pool.execute(_FORGET, key)


def throttle_key(secret: bytes, kind: str, value: str) -> bytes:
    """Keyed hash (HMAC-SHA-256) of a name, an address or an account, kept apart by kind."""
    return hmac.digest(secret, b"cpv1/throttle\0" + kind.encode() + b"\0" + value.encode(), hashlib.sha256)
