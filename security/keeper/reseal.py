"""Sealing a subject anew: new data keys, and each value under them in its own place, while people go on editing.

The old keys are kept, retired, until no row carries their id any more. A row changes only if it still holds the
envelope that was opened: whoever edited it meanwhile wins, and what he sealed is under a key of his own time.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import uuid_utils.compat as uuids

from audit.entry import dek_pseudonym
from security.fields import FIELDS
from security.keeper import jobs
from security.keeper.held import Held
from security.keeper.jobs import Job
from security.keeper.key_entries import KEEPER, state_key_deed
from security.keeper.subject_keys import SubjectKey, make_key
from security.sign_in.refusal import Refusal
from security.vault.envelope import HEADER, Context, EnvelopeRefused, open_envelope, seal

SUBJECT_RESEALED: Final = "security:subject:resealed"
NOTHING_SEALED: Final = "passengers:nothing_on_file"
REFUSED: Final = "security:envelope_refused"
GRACE: Final = timedelta(
    minutes=10
)  # longer than any transaction of web's that holds an envelope not yet stored
PASSES: Final = 5
_ID: Final = slice(4, 20)  # of the key, in an envelope and in the head of a scan alike

_LOCK: Final = "select shredded_at is null from subject where id = $1 for update"
_ORG: Final = "select org_id from subject where id = $1"
_CURRENT: Final = (
    "select id, class from subject_key where subject_id = $1 and retired_at is null order by class"
)
_RETIRE: Final = "update subject_key set retired_at = $2 where subject_id = $1 and retired_at is null"
_BEGUN: Final = "select exists (select from subject_key where subject_id = $1 and retired_at >= $2)"
_KEYS: Final = "select id, class, kek_id, dek, retired_at from subject_key where subject_id = $1"
_SEALED: Final = """
select row_id, field, "table", "column", envelope from gate_sealed
where subject_id = $1 and envelope is not null order by row_id, field
"""
_PUT: Final = "select gate_reseal($1, $2, $3, $4, $5)"
_RETIRED: Final = """
select distinct k.subject_id from subject_key k where k.retired_at <= $1
and not exists (select from key_job j where j.subject_id = k.subject_id and j.state in ('waiting', 'running'))
"""
_DROP: Final = "delete from subject_key where subject_id = $1 and retired_at <= $2 and id <> all ($3::uuid[])"


async def reseal(held: Held, job: Job, at: datetime) -> None:
    """Do the job, or what is left of it. Raises `Refusal` where nothing is sealed of the subject."""
    if job.subject_id is None or job.started_at is None:
        raise Refusal(NOTHING_SEALED, 404)
    if not await held.keys.fetchval(_BEGUN, job.subject_id, job.started_at):
        await _new_keys(held, job.subject_id, at)
    done, failed = await _put_all(held, job.subject_id, (job.asked_by, job.asked_role), job.request)
    await jobs.set_total(held.keys, job, job.done + done)
    async with held.keys.acquire() as connection:
        await jobs.advance(connection, job, None, done)
    await jobs.end(held.keys, job, at, failed, REFUSED if failed else None)


async def drop_retired(held: Held, at: datetime) -> None:
    """Delete retired keys that no row needs any more; what was stored late is sealed anew first."""
    before = at - GRACE
    for row in await held.keys.fetch(_RETIRED, before):
        with suppress(Refusal):  # an organisation's own key is closed: its subjects wait
            await _drop(held, row["subject_id"], before)


async def _drop(held: Held, subject: UUID, before: datetime) -> None:
    keys = await _keys(held, subject)
    if _stale(await _rows(held, subject), keys):
        await _put_all(held, subject, KEEPER, None)
    used = [_key_id(one["envelope"]) for one in await _rows(held, subject)]
    await held.keys.execute(_DROP, subject, before, used)


async def _new_keys(held: Held, subject: UUID, at: datetime) -> None:
    org = await held.keys.fetchval(_ORG, subject)
    org_key = None if org is None else await held.org_keys.current(UUID(int=org.int))
    async with held.keys.acquire() as connection, connection.transaction():
        if not await connection.fetchval(_LOCK, subject):
            raise Refusal(NOTHING_SEALED, 404)
        classes = [row["class"] for row in await connection.fetch(_CURRENT, subject)]
        await connection.execute(_RETIRE, subject, at)
        for key_class in classes:
            await make_key(connection, held.custody, subject, key_class, org_key)


async def _put_all(held: Held, subject: UUID, by: tuple[str, str], request: UUID | None) -> tuple[int, int]:
    """Put every value under the keys in use; returns how many were, and how many do not open."""
    keys = await _keys(held, subject)
    stale = _stale(await _rows(held, subject), keys)
    document = _document(held, keys, len(stale))
    # Nothing is opened before the ledger says that it will be.
    await state_key_deed(
        held, SUBJECT_RESEALED, document, by=by, request=request or uuids.uuid7(), subject=subject
    )
    done, bad = 0, set[tuple[UUID, str]]()
    for _ in range(PASSES):
        for row in stale:
            place = (UUID(int=row["row_id"].int), row["field"])
            try:
                done += await _put(held, row, keys)
            except EnvelopeRefused:
                bad.add(place)
        stale = [
            row
            for row in _stale(await _rows(held, subject), keys)
            if (UUID(int=row["row_id"].int), row["field"]) not in bad
        ]
        if not stale:
            break
    return done, len(bad)


async def _put(held: Held, row: Any, keys: dict[UUID, tuple[SubjectKey, str, bool]]) -> int:
    """Open one value and put it back under the key in use; 0 if somebody has edited it meanwhile."""
    old, key_class, _ = keys[_key_id(row["envelope"])]
    new = next(
        (key for key, its_class, retired in keys.values() if its_class == key_class and not retired), None
    )
    if new is None or FIELDS[row["field"]].key_class != key_class:
        raise EnvelopeRefused
    context = Context(held.region, row["table"], row["column"], UUID(int=row["row_id"].int))
    value = open_envelope(row["envelope"], dek=old.unwrap(held.custody), context=context)
    fresh = seal(value, dek=new.unwrap(held.custody), dek_id=new.id, context=context)
    put = (row["table"], row["column"], row["row_id"], row["envelope"], fresh)
    return int(await held.gate.pool.fetchval(_PUT, *put))


def _stale(rows: list[Any], keys: dict[UUID, tuple[SubjectKey, str, bool]]) -> list[Any]:
    """Of these rows, the envelopes under a retired key. Heads of scans stay: their key stays with them."""
    retired = {key_id for key_id, (_, _, is_retired) in keys.items() if is_retired}
    return [row for row in rows if row["envelope"][:4] == HEADER and _key_id(row["envelope"]) in retired]


async def _rows(held: Held, subject: UUID) -> list[Any]:
    return list(await held.gate.pool.fetch(_SEALED, subject))


async def _keys(held: Held, subject: UUID) -> dict[UUID, tuple[SubjectKey, str, bool]]:
    rows = await held.keys.fetch(_KEYS, subject)
    return {
        UUID(int=row["id"].int): (
            await held.org_keys.agreed(SubjectKey(row["id"], row["kek_id"], row["dek"]), held.custody),
            row["class"],
            row["retired_at"] is not None,
        )
        for row in rows
    }


def _key_id(envelope: bytes) -> UUID:
    return UUID(bytes=bytes(envelope[_ID]))


def _document(held: Held, keys: dict[UUID, tuple[SubjectKey, str, bool]], count: int) -> dict[str, str]:
    link_key = held.custody.link_key
    named = {
        retired: " ".join(
            sorted(dek_pseudonym(link_key, key_id) for key_id, (_, _, r) in keys.items() if r is retired)
        )
        for retired in (True, False)
    }
    return {"old": named[True], "new": named[False], "count": str(count)}
