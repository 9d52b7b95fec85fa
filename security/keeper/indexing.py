"""Keeping the blind indexes: a tag when a value is sealed; anew when its row changed, or when the index did.

What waits stands in `index_pending`, a few rows at a time are taken from it, and only a batch that is done is
struck off: a keeper that ends midway goes on where it stopped, and the house serves meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog
import uuid_utils.compat as uuids

from audit.catalogue import INDEX_REBUILT
from audit.entry import Facts
from security.fields import FIELDS
from security.keeper.held import Held
from security.keeper.keys_made import KEEPER
from security.keeper.subject_keys import KeyWanted
from security.keeper.vault_messages import SealItem
from security.sign_in.refusal import Refusal
from security.vault.custody import CustodyRefused
from security.vault.envelope import Context, EnvelopeRefused, dek_id_of, open_envelope
from security.vault.indexes import NAMES, Tag

BATCH: Final = 500
PAUSE: Final = 5.0
_TAG: Final = """
insert into blind_tag (row_id, subject_id, class, name, version, bits, tag)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[], $6::int[], $7::bytea[])
on conflict do nothing
"""
_WAITING: Final = "select id, row_id from index_pending order by id limit $1"
_ROWS: Final = """
select row_id, subject_id, field, envelope, issuing_state from gate_indexed where row_id = any ($1)
"""
_MADE: Final = "select name, version, bits from blind_index_made"
_MAKE: Final = """
insert into blind_index_made values ($1, $2, $3)
on conflict (name) do update set version = excluded.version, bits = excluded.bits
"""
_ALL_AGAIN: Final = """
insert into index_pending (row_id) select row_id from gate_indexed where field = any ($1) order by row_id
"""

_Tagged = tuple[UUID, UUID, str, Tag]  # row, subject, class of its key

_log = structlog.get_logger(process="keeper")


async def tag_sealed(held: Held, subject: UUID, items: Sequence[SealItem]) -> None:
    """Tag what was just sealed; what stood in the row before keeps its tag until the row has changed."""
    tagged = [
        (item.row, subject, FIELDS[item.field].key_class, tag)
        for item in items
        if (tag := held.finder.indexes.tag_of(item.field, item.value, item.issuing_state))
    ]
    await _write(held.keys, tagged)


async def keep_indexes(held: Held) -> None:
    """Tag anew whatever waits, now and from now on; never returns by itself."""
    prepared = False
    while True:
        done = 0
        try:
            if not prepared:
                await _begin_again_where_changed(held)
                prepared = True
            done = await tag_waiting(held)
        except Exception as error:  # noqa: BLE001 - searching must not end the keeper; the text may hold a value
            cause = str(getattr(error, "code", type(error).__name__))
            _log.warning("index_waits", cause=cause)
        await asyncio.sleep(0 if done == BATCH else PAUSE)


async def tag_waiting(held: Held, most: int = BATCH) -> int:
    """Tag anew the rows that have waited longest and give how many; the entry stands before anything is opened."""
    waiting = await held.gate.pool.fetch(_WAITING, most)
    if not waiting:
        return 0
    ids = sorted({row["row_id"] for row in waiting})
    await held.gate.append(_stated(len(ids)))
    rows = await held.gate.pool.fetch(_ROWS, ids)
    tags = await asyncio.gather(*(_tagged(held, row) for row in rows))
    async with held.keys.acquire() as connection, connection.transaction():
        await connection.execute("delete from blind_tag where row_id = any ($1)", ids)
        await _write(connection, filter(None, tags))
    await held.gate.pool.execute(
        "delete from index_pending where id = any ($1)", [row["id"] for row in waiting]
    )
    return len(waiting)


async def _begin_again_where_changed(held: Held) -> None:
    """Where an index was made otherwise, or never, let every row wait; its old tags go one by one with that."""
    made = {row["name"]: (row["version"], row["bits"]) for row in await held.keys.fetch(_MADE)}
    for (table, column), name in NAMES.items():
        index = held.finder.indexes.by_name[name]
        if made.get(name) != (index.version, index.bits):
            codes = [code for code, one in FIELDS.items() if (one.table, one.column) == (table, column)]
            await held.gate.pool.execute(_ALL_AGAIN, codes)
            await held.keys.execute(_MAKE, name, index.version, index.bits)


async def _tagged(held: Held, row: asyncpg.Record) -> _Tagged | None:
    about = FIELDS[row["field"]]
    try:
        wanted = KeyWanted(dek_id_of(row["envelope"]), row["subject_id"], about.key_class)
        key = await held.key_of(wanted)
        if key is None:
            return None
        key = await held.org_keys.agreed(key, held.custody)
        context = Context(held.region, about.table, about.column, row["row_id"])
        value = open_envelope(row["envelope"], dek=key.unwrap(held.custody), context=context)
    except (EnvelopeRefused, CustodyRefused, Refusal) as refused:
        _log.error("keeper_cannot_open", operation="index", cause=refused.code)
        return None
    tag = held.finder.indexes.tag_of(about.code, value.decode(), row["issuing_state"])
    return (row["row_id"], row["subject_id"], about.key_class, tag) if tag else None


async def _write(where: Any, tagged: Iterable[_Tagged]) -> None:
    rows: Sequence[tuple[Any, ...]] = [
        (row, subject, key_class, tag.index.name, tag.index.version, tag.index.bits, tag.value)
        for row, subject, key_class, tag in tagged
    ]
    if rows:
        await where.execute(_TAG, *(list(column) for column in zip(*rows, strict=True)))


def _stated(count: int) -> Facts:
    document = {"rows": str(count)}
    return Facts(kind=INDEX_REBUILT, who=KEEPER, role="process", request=uuids.uuid7(), document=document)
