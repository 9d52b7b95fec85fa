"""Data keys by subject: found or made in the key store, which also says whose a row is, for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from security.sign_in.refusal import Refusal
from security.vault.custody import Custody
from security.vault.keys import WRAPPED, enclose_dek, new_key, org_key_of, unwrap_dek, wrap_dek

NOT_YOURS: Final = "passengers:not_yours"
SHREDDED: Final = "passengers:shredded"

_SUBJECT = "insert into subject (id, org_id) values ($1, $2) on conflict (id) do nothing"
_ROWS = """
insert into sealed_row (id, subject_id) select row, $2 from unnest($1::uuid[]) as row
on conflict (id) do nothing
"""
# Asked after the inserts: a row or subject that somebody else wrote meanwhile is seen by then.
_FOREIGN = """
select exists (select 1 from subject where id = $2 and org_id is distinct from $3)
    or exists (select 1 from sealed_row where id = any ($1) and subject_id <> $2)
"""
_KEYS = """
select id, class, kek_id, dek from subject_key
where subject_id = $1 and class = any ($2) and retired_at is null
"""
_SHREDDED = "select shredded_at from subject where id = $1 for share"
_MAKE = """
insert into subject_key (id, subject_id, class, kek_id, dek) values ($1, $2, $3, $4, $5)
on conflict (subject_id, class) where retired_at is null do nothing
"""
_KEY = """
select w.n, k.id, k.kek_id, k.dek
from unnest($1::uuid[], $2::uuid[], $3::text[]) with ordinality as w (id, subject, class, n)
join subject_key k on k.id = w.id and k.subject_id = w.subject and k.class = w.class
"""


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """A subject's data key, still wrapped by the KEK of that id."""

    id: UUID
    kek_id: UUID
    dek: bytes = field(repr=False)
    org_kek: bytes | None = field(default=None, repr=False)

    @property
    def is_enclosed(self) -> bool:
        """Whether an organisation must agree to each use: ask `OrgKeys.agreed` before `unwrap`, else that refuses."""
        return len(self.dek) > WRAPPED

    def unwrap(self, custody: Custody) -> bytes:
        """Open the data key; raises `EnvelopeRefused`, `CustodyRefused`."""
        kek = custody.kek_of(self.kek_id)
        return unwrap_dek(self.dek, dek_id=self.id, kek=kek, region=custody.region, org_kek=self.org_kek)

    def org_key_id(self, custody: Custody) -> UUID:
        """Give the id of the organisation's key that encloses this one; raises `EnvelopeRefused`."""
        kek = custody.kek_of(self.kek_id)
        return org_key_of(self.dek, dek_id=self.id, kek=kek, region=custody.region)


class Enclosing(Protocol):
    """An organisation's own key, in the clear, for one use."""

    @property
    def id(self) -> UUID:
        """Its id."""

    @property
    def kek(self) -> bytes:
        """The key."""


@dataclass(frozen=True, slots=True)
class KeyWanted:
    """The key that sealed an envelope, which must be this subject's and of this class."""

    id: UUID
    subject: UUID
    key_class: str


async def keys_of(pool: asyncpg.Pool, wanted: Sequence[KeyWanted]) -> list[SubjectKey | None]:
    """Find each key; None for one of another subject or class, which is as good as none at all."""
    columns = zip(*((one.id, one.subject, one.key_class) for one in wanted), strict=True)
    rows = await pool.fetch(_KEY, *(list(column) for column in columns))
    found: list[SubjectKey | None] = [None] * len(wanted)
    for row in rows:
        found[row["n"] - 1] = SubjectKey(row["id"], row["kek_id"], row["dek"])
    return found


async def claim(
    pool: asyncpg.Pool,
    custody: Custody,
    subject: UUID,
    org: UUID,
    rows: list[UUID],
    classes: list[str],
    org_key: Enclosing | None = None,
) -> dict[str, SubjectKey]:
    """Write down whose these rows are and give the subject's key of each class, made where there is none.

    Refusals: `passengers:not_yours` when a row is another subject's or the subject another organisation's;
    `passengers:shredded` when the subject was erased.
    """
    ordered = sorted(set(rows))  # one order for all, so that two seals cannot wait for each other
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_SUBJECT, subject, org)
        await connection.execute(_ROWS, ordered, subject)
        if await connection.fetchval(_FOREIGN, ordered, subject, org):
            raise Refusal(NOT_YOURS, 403)
        if await connection.fetchval(_SHREDDED, subject) is not None:
            raise Refusal(SHREDDED, 410)
        found = await _keys(connection, subject, classes)
        for missing in (key_class for key_class in sorted(set(classes)) if key_class not in found):
            await make_key(connection, custody, subject, missing, org_key)
        return found if len(found) == len(set(classes)) else await _keys(connection, subject, classes)


async def _keys(
    connection: asyncpg.pool.PoolConnectionProxy[Any], subject: UUID, classes: list[str]
) -> dict[str, SubjectKey]:
    rows = await connection.fetch(_KEYS, subject, classes)
    return {row["class"]: SubjectKey(row["id"], row["kek_id"], row["dek"]) for row in rows}


async def make_key(
    connection: asyncpg.pool.PoolConnectionProxy[Any],
    custody: Custody,
    subject: UUID,
    key_class: str,
    org_key: Enclosing | None = None,
) -> None:
    """Make a subject's key of a class, unless it has one in use; under its organisation's own key if that has one."""
    key_id, kek_id, dek = uuids.uuid7(), custody.kek_id, new_key()
    if org_key is not None:
        dek = enclose_dek(
            dek, dek_id=key_id, org_kek=org_key.kek, org_key_id=org_key.id, region=custody.region
        )
    wrapped = wrap_dek(dek, dek_id=key_id, kek=custody.kek, kek_id=kek_id, region=custody.region)
    await connection.execute(_MAKE, key_id, subject, key_class, kek_id, wrapped)
