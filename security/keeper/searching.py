"""Looking a value up: its tag names a few rows, these are opened here and compared; only ids leave this module.

How much is done does not depend on what is found: the rest up to a fixed number of openings is done on a decoy,
each comparison is made to its end, and none ends the search.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import asyncpg
import structlog
import uuid_utils.compat as uuids

from security.fields import FIELDS, Field
from security.keeper.org_keys import OrgKeys
from security.keeper.subject_keys import KeyWanted, SubjectKey
from security.keeper.together import Together
from security.sign_in.often import Rate
from security.sign_in.refusal import Refusal
from security.vault.custody import Custody, CustodyRefused
from security.vault.envelope import Context, EnvelopeRefused, dek_id_of, open_envelope, seal
from security.vault.indexes import Indexes, Tag, same
from security.vault.keys import new_key

OPENINGS: Final = 12  # at least; of 2^18 tags over a million rows one in eight thousand names more
MOST: Final = 1000  # candidates of one tag: the square root of a million rows
_CANDIDATES: Final = """
select distinct row_id from blind_tag
where tag = $1 and name = $2 and version = $3 and bits = $4 order by row_id limit $5
"""
# Row and field are asked of each candidate: a tag that is out of date names a row that holds something else.
_ENVELOPES: Final = """
select row_id, subject_id, envelope, issuing_state from gate_indexed where row_id = any ($1) and field = $2
"""

_log = structlog.get_logger(process="keeper")


@dataclass(frozen=True, slots=True)
class Finder:
    """The indexes, how often a person may search, and the decoy."""

    indexes: Indexes = field(repr=False)
    rate: Rate = field(repr=False)
    decoy: tuple[bytes, bytes, Context] = field(repr=False)

    @classmethod
    def begin(cls, custody: Custody, rate: Rate, *, bits: int, expected_rows: int) -> Finder:
        """Open the indexes of a region; raises `IndexRefused` for a wrong size."""
        indexes = Indexes.open(
            custody.blind_index_key, region=custody.region, bits=bits, expected_rows=expected_rows
        )
        key, context = new_key(), Context(custody.region, "travel_document", "number", uuids.uuid7())
        return cls(
            indexes, rate, (seal(b"DECOY", dek=key, dek_id=uuids.uuid7(), context=context), key, context)
        )


@dataclass(frozen=True, slots=True)
class Shelves:
    """Where candidates are looked up: the key store, the main database, and the keys by subject."""

    keys: asyncpg.Pool = field(repr=False)
    main: asyncpg.Pool = field(repr=False)
    custody: Custody = field(repr=False)
    key_of: Together[KeyWanted, SubjectKey | None] = field(repr=False)
    org_keys: OrgKeys | None = field(default=None, repr=False)


async def look_up(shelves: Shelves, finder: Finder, code: str, wanted: str, tag: Tag) -> list[UUID]:
    """Give the subjects who hold exactly the wanted value (spelled) in a field, each once, in a fixed order."""
    index = tag.index
    named = await shelves.keys.fetch(_CANDIDATES, tag.value, index.name, index.version, index.bits, MOST)
    rows = await shelves.main.fetch(_ENVELOPES, [row["row_id"] for row in named], code)
    keys = await asyncio.gather(*(_key(shelves, row, FIELDS[code]) for row in rows))
    found = {
        row["subject_id"]
        for row, key in zip(rows, keys, strict=True)
        if _holds(shelves.custody, row, key, FIELDS[code], wanted)
    }
    _pretend(finder, OPENINGS - len(rows), wanted)
    return sorted(found)


async def _key(shelves: Shelves, row: asyncpg.Record, about: Field) -> SubjectKey | None:
    try:
        wanted = KeyWanted(dek_id_of(row["envelope"]), row["subject_id"], about.key_class)
    except EnvelopeRefused:
        return None
    key = await shelves.key_of(wanted)
    if key is None or shelves.org_keys is None:
        return key
    try:
        return await shelves.org_keys.agreed(key, shelves.custody)
    except Refusal:  # what an organisation's own key keeps closed is not found either
        return None


def _holds(custody: Custody, row: asyncpg.Record, key: SubjectKey | None, about: Field, wanted: str) -> bool:
    if key is None:
        return False
    context = Context(custody.region, about.table, about.column, row["row_id"])
    try:
        value = open_envelope(row["envelope"], dek=key.unwrap(custody), context=context)
    except (EnvelopeRefused, CustodyRefused) as refused:
        _log.error("keeper_cannot_open", operation="Find", cause=refused.code)
        return False
    return same(about, wanted, value.decode(), row["issuing_state"])


def _pretend(finder: Finder, times: int, wanted: str) -> None:
    envelope, key, context = finder.decoy
    for _ in range(times):
        value = open_envelope(envelope, dek=key, context=context)
        same(FIELDS["passport.number"], wanted, value.decode(), "XXX")
