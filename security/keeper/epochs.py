"""Epochs of the KEKs: made once a month or by hand, emptied by rewrapping, destroyed when no backup needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from security.keeper.held import Held
from security.keeper.key_entries import KEEPER, state_key_deed
from security.keeper.keys_made import KEYS_MADE

KEYS_DESTROYED: Final = "security:keys:destroyed"

_NOTE: Final = """
insert into kek_epoch (kek_id, epoch, made_at) select * from unnest($1::uuid[], $2::int[], $3::timestamptz[])
on conflict (kek_id) do nothing
"""
_RETIRE: Final = "update kek_epoch set retired_at = $2 where kek_id <> $1 and retired_at is null"
_EMPTIED: Final = """
update kek_epoch e set emptied_at = case when exists (select from subject_key k where k.kek_id = e.kek_id) then null
                                         else coalesce(e.emptied_at, $1) end
where e.retired_at is not null and e.destroyed_at is null
"""
_DUE: Final = """
select kek_id, epoch from kek_epoch
where retired_at is not null and destroyed_at is null and (emptied_at <= $1 or closed_at is not null) order by epoch
"""
_LOCK: Final = "select true from kek_epoch where kek_id = $1 for update"
_CLOSE: Final = """
update kek_epoch set closed_at = coalesce(closed_at, $2)
where kek_id = $1 and not exists (select from subject_key where kek_id = $1) returning true
"""
_DESTROYED: Final = "update kek_epoch set destroyed_at = $2 where kek_id = $1"
_SEEN: Final = """
select e.kek_id, e.epoch, e.made_at, e.retired_at, e.emptied_at, e.destroyed_at from kek_epoch e order by e.epoch desc
"""
_COUNTS: Final = "select kek_id, class, count(*) as keys from subject_key group by kek_id, class"
_MADE_AT: Final = "select made_at from kek_epoch where kek_id = $1"


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch, and how many data keys of each class it wraps."""

    kek_id: UUID
    epoch: int
    made_at: datetime
    retired_at: datetime | None
    emptied_at: datetime | None
    destroyed_at: datetime | None
    counts: dict[str, int]


async def note_epochs(held: Held, at: datetime) -> None:
    """Have the key store know every epoch of the custody, which of them is in force, and which wrap nothing."""
    custody = held.custody
    ids, numbers = list(custody.epochs), list(custody.epochs.values())
    await held.keys.execute(_NOTE, ids, numbers, [at] * len(ids))
    await held.keys.execute(_RETIRE, custody.kek_id, at)
    await held.keys.execute(_EMPTIED, at)


async def turn_epoch(
    held: Held, at: datetime, by: tuple[str, str] = KEEPER, request: UUID | None = None
) -> int:
    """Make the next epoch and use it; returns its number. Raises `CustodyRefused`, and then all is as before."""
    custody = await held.ring.turn()
    await note_epochs(held, at)
    document = {"kek": str(custody.kek_id), "epoch": str(custody.epoch)}  # as `state_keys` looks for it
    await state_key_deed(held, KEYS_MADE, document, by=by, request=request)
    return custody.epoch


async def is_due(held: Held, at: datetime) -> bool:
    """Say whether the epoch in force has served its time."""
    made_at = await held.keys.fetchval(_MADE_AT, held.custody.kek_id)
    return made_at is not None and at - made_at >= timedelta(days=held.limits.epoch_days)


async def destroy_old(held: Held, at: datetime) -> list[int]:
    """Destroy what has wrapped nothing for longer than any backup of the key store is kept; returns the epochs."""
    before = at - timedelta(days=held.limits.key_backup_days)
    destroyed = []
    for row in await held.keys.fetch(_DUE, before):
        if await _close(held.keys, row["kek_id"], at):
            await _destroy(held, row["kek_id"], row["epoch"], at)
            destroyed.append(row["epoch"])
    return destroyed


async def _close(pool: asyncpg.Pool, kek_id: UUID, at: datetime) -> bool:
    """Let nothing be wrapped by it any more. Whoever is just wrapping holds the row, and is seen afterwards."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.fetchval(_LOCK, kek_id)
        return bool(await connection.fetchval(_CLOSE, kek_id, at))


async def _destroy(held: Held, kek_id: UUID, epoch: int, at: datetime) -> None:
    if kek_id in held.custody.epochs:  # else it was destroyed, and the keeper with it before it could say so
        await held.ring.destroy(kek_id)
    await state_key_deed(held, KEYS_DESTROYED, {"kek": str(kek_id), "epoch": str(epoch)})
    await held.keys.execute(_DESTROYED, kek_id, at)


async def epochs(pool: asyncpg.Pool) -> list[Epoch]:
    """List the epochs, newest first, with what they wrap."""
    counts: dict[UUID, dict[str, int]] = {}
    for row in await pool.fetch(_COUNTS):
        counts.setdefault(UUID(int=row["kek_id"].int), {})[row["class"]] = row["keys"]
    rows = await pool.fetch(_SEEN)
    return [Epoch(**row, counts=counts.get(UUID(int=row["kek_id"].int), {})) for row in rows]
