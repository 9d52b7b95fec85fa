"""The ledger as the floors above use it: stating facts, reading entries, proofs, tiles, and the export.

Every function takes an asyncpg connection and works in the caller's transaction, under the caller's role.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from audit import merkle, stored, tiles
from audit.catalogue import KINDS
from audit.entry import EntryRefused, Facts, facts_digest, is_code
from audit.export import Exported, export
from audit.proof import format_proof
from audit.stored import Head, NoSuchLeaf, head

if TYPE_CHECKING:
    from audit.stored import Connection

__all__ = [
    "Day",
    "Entry",
    "Exported",
    "Filter",
    "Head",
    "NoSuchLeaf",
    "checkpoint",
    "consistency_proof",
    "entries",
    "entry",
    "export",
    "head",
    "per_day",
    "proof_text",
    "record",
    "sync_kinds",
    "tile",
]

MAX_LIMIT: Final = 1000
_EPOCH: Final = date(1970, 1, 1)
_RECORD: Final = (
    "insert into ledger_pending (kind, decision, who, role, request, subject, members, field, tier, purpose,"
    " reason_commitment, reference, dek, via, document)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
)
_SYNC: Final = (
    "insert into ledger_kind (kind, origins) select kind, string_to_array(origins, ',')"
    " from unnest($1::text[], $2::text[]) as k (kind, origins)"
    " on conflict (kind) do update set origins = excluded.origins"
)
_OF_SUBJECT: Final = (
    "index in (select index from ledger_leaf where sub = {0}"
    " union all select index from ledger_member where sub = {0})"
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries: who acted, role, kind, subject pseudonym (list views included), decision, field, ….

    `since` is included, `until` is not; both are compared with the sequencer's time.
    """

    who: str | None = None
    role: str | None = None
    kind: str | None = None
    subject: str | None = None
    decision: str | None = None
    field: str | None = None
    purpose: str | None = None
    reference: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    fields: tuple[str, ...] = ()  # any of these

    def where(self) -> tuple[list[str], list[Any]]:
        """Return the conditions, numbered from $1, and their values."""
        stated = (
            ("who = {0}", self.who),
            ("role = {0}", self.role),
            ("act = {0}", self.kind),
            (_OF_SUBJECT, self.subject),
            ("dec = {0}", self.decision),
            ("res = {0}", self.field),
            ("res = any ({0}::text[])", list(self.fields) or None),
            ("why = {0}", self.purpose),
            ("reference = {0}", self.reference),
            ("ts >= {0}", self.since),
            ("ts < {0}", self.until),
        )
        given = [(clause, value) for clause, value in stated if value is not None]
        clauses = [clause.format(f"${nth}") for nth, (clause, _) in enumerate(given, 1)]
        return clauses, [value for _, value in given]


@dataclass(frozen=True, slots=True)
class Entry:
    """A sequenced entry: its index and its canonical leaf as text."""

    index: int
    leaf: str

    @property
    def parts(self) -> dict[str, Any]:
        """The members of the leaf."""
        parts: dict[str, Any] = json.loads(self.leaf)
        return parts


@dataclass(frozen=True, slots=True)
class Day:
    """How many entries of one UTC day were allowed and denied."""

    day: date
    allowed: int
    denied: int


async def record(connection: "Connection", facts: Facts) -> None:
    """State facts in the caller's transaction; the sequencer makes them an entry once it commits.

    The database stamps time and origin and refuses (SQLSTATE WX001) a kind that this login role may not
    write. `Facts.at` is the database's to say, here it is ignored. `EntryRefused` if the facts could not
    become a leaf.
    """
    codes = (
        facts.who,
        facts.role,
        facts.field,
        facts.purpose,
        facts.reason_commitment,
        facts.reference,
        facts.via,
    )
    if facts.kind not in KINDS or not all(is_code(code) for code in codes if code is not None):
        raise EntryRefused(part="act" if facts.kind not in KINDS else "codes", reason="shape")
    document = None if facts.document is None else facts_digest(facts.document)[0]
    await connection.execute(
        _RECORD,
        facts.kind,
        facts.decision,
        facts.who,
        facts.role,
        facts.request,
        facts.subject,
        list(facts.members) or None,
        facts.field,
        facts.tier,
        facts.purpose,
        facts.reason_commitment,
        facts.reference,
        facts.dek,
        facts.via,
        document,
    )


async def sync_kinds(connection: "Connection") -> None:
    """Make `ledger_kind` say what the catalogue says; run as the owner, after migrating."""
    async with connection.transaction():
        await connection.execute("delete from ledger_kind where kind <> all ($1::text[])", list(KINDS))
        origins = [",".join(sorted(kind.origins)) for kind in KINDS.values()]
        await connection.execute(_SYNC, list(KINDS), origins)


async def entries(
    connection: "Connection", only: Filter | None = None, *, before: int | None = None, limit: int = 50
) -> list[Entry]:
    """Return up to `limit` (at most 1000) entries, newest first, below index `before`."""
    clauses, values = (only or Filter()).where()
    if before is not None:
        values.append(before)
        clauses.append(f"index < ${len(values)}")
    values.append(min(limit, MAX_LIMIT))
    where = f" where {' and '.join(clauses)}" if clauses else ""
    query = f"select index, leaf from ledger_leaf{where} order by index desc limit ${len(values)}"  # noqa: S608 - clauses are constants of this page, values are parameters
    return [Entry(row[0], row[1]) for row in await connection.fetch(query, *values)]


async def entry(connection: "Connection", index: int) -> Entry:
    """Return one entry; `NoSuchLeaf`."""
    leaf = await connection.fetchval("select leaf from ledger_leaf where index = $1", index)
    if leaf is None:
        raise NoSuchLeaf(index=index)
    return Entry(index, leaf)


async def per_day(connection: "Connection", only: Filter | None = None) -> list[Day]:
    """Count entries per UTC day, oldest first; days without entries are left out."""
    clauses, values = (only or Filter()).where()
    where = f" where {' and '.join(clauses)}" if clauses else ""
    query = (
        "select floor(extract(epoch from ts) / 86400)::integer,"  # noqa: S608 - as above
        " count(*) filter (where dec = 'allow'), count(*) filter (where dec = 'deny')"
        f" from ledger_leaf{where} group by 1 order by 1"
    )
    rows = await connection.fetch(query, *values)
    return [Day(_EPOCH + timedelta(days=day), allowed, denied) for day, allowed, denied in rows]


async def checkpoint(connection: "Connection") -> str | None:
    """Return the newest signed checkpoint with the lines of its witnesses, None before the log was opened."""
    newest = await head(connection)
    if newest is None:
        return None
    cosigned = await stored.cosigned(connection, newest)
    return cosigned.note if cosigned and cosigned.size == newest.size else newest.note


async def tile(connection: "Connection", path: str) -> bytes:
    """Return a tile or bundle by its path, at any width that is stored; `TileRefused` (path, absent)."""
    return await stored.read_blob(connection, tiles.parse_path(path))


async def proof_text(connection: "Connection", index: int) -> str:
    """Return the tlog-proof file of a leaf; `NoSuchLeaf`.

    It is against the newest checkpoint that witnesses cosigned, or the newest of all if they do not cover it.
    """
    newest = await head(connection)
    if newest is None or not 0 <= index < newest.size:
        raise NoSuchLeaf(index=index)
    cosigned = await stored.cosigned(connection, newest)
    newest = cosigned if cosigned and index < cosigned.size else newest
    (leaf,) = await stored.read_leaves(connection, index, index + 1)
    path = await stored.read_covers(connection, merkle.inclusion_cover(index, newest.size))
    return format_proof(leaf=leaf, index=index, path=path, checkpoint=newest.note)


async def consistency_proof(connection: "Connection", old: int) -> list[bytes]:
    """Return the proof that the newest tree begins with the tree of `old` leaves; `ProofRefused`."""
    newest = await head(connection)
    size = 0 if newest is None else newest.size
    return await stored.read_covers(connection, merkle.consistency_cover(old, size))
