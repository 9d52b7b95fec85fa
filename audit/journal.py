"""The sequencer's half of the database: the lock of the one who leads, what waits, one batch at a time."""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any, ClassVar, Final

import asyncpg

from audit import stored, tiles
from audit.batch import Batch, State
from audit.checkpoint import parse_checkpoint
from audit.growth import Edge
from audit.merkle import leaf_hash
from audit.note import Verifier, parse_note, verified_by
from audit.publish import LogDiverged
from audit.refusal import Refusal
from audit.stored import Head

if TYPE_CHECKING:
    from audit.stored import Connection

_LOCK: Final = 0x7761_7877_696E_67  # any number nobody else locks in this database
_TAKE: Final = (
    "with taken as (delete from ledger_pending where id = any"
    " (array(select id from ledger_pending where id > $2 order by id limit $1)) returning *)"
    " select * from taken order by id"
)
# The leaves of a batch travel as one text, a line each (a canonical leaf holds no line break). Hash and columns are
# made of the leaf itself, so that none can say otherwise; as arrays every value would be looked at one by one on
# its way, which costs more than making it.
_ROWS: Final = (
    "insert into ledger_leaf (index, leaf, hash, ts, act, dec, who, role, sub, res, tier, why, reference)"
    " select {start}::bigint + n - 1, leaf, sha256('\\x00'::bytea || convert_to(leaf, 'UTF8')),"
    " (j ->> 'ts')::timestamptz, j ->> 'act', j ->> 'dec', j ->> 'who', j ->> 'role', j ->> 'sub', j ->> 'res',"
    " j ->> 'tier', j ->> 'why', j ->> 'case'"
    " from {moved}string_to_table({leaves}::text, E'\\n') with ordinality as l (leaf, n), cast(leaf as jsonb) as j"
)
_LEAVES: Final = _ROWS.format(start="$1", leaves="$2", moved="")
# All members of a batch as one run of bytes, 43 of pseudonym and 16 of nonce each: as arrays they would be looked
# at one by one on their way, which costs more than making them.
_MEMBERS: Final = (
    "insert into ledger_member (index, position, sub, nonce)"
    " select l.index, n, convert_from(substring($4::bytea from (l.start + n) * 59 + 1 for 43), 'UTF8'),"
    " substring($4::bytea from (l.start + n) * 59 + 44 for 16)"
    " from unnest($1::bigint[], $2::int[], $3::int[]) as l (index, start, count),"
    " generate_series(0, l.count - 1) n"
)
_FACTS: Final = "insert into ledger_fact (index, document) select * from unnest($1::bigint[], $2::text[])"
_TILES: Final = (
    "insert into ledger_tile (level, index, data)"
    " select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])"
    " on conflict (level, index) do update set data = excluded.data"
)
_HOLD: Final = "select size from ledger_head where origin = $1 for update"
_OPEN: Final = (
    "insert into ledger_head (origin, size, root, note, signed_at) values ($1, $2, $3, $4, $5)"
    " on conflict do nothing returning size"
)
_MOVE: Final = (
    "update ledger_head set size = $2, root = $3, note = $4, signed_at = $5"
    " where origin = $1 and size = $6 returning size"
)


# A whole batch of leaves that have nothing beside them, in one statement that is its own transaction: where the head
# is not as expected nothing is written.
_AT_ONCE: Final = (
    "with moved as (update ledger_head set size = $2, root = $3, note = $4, signed_at = $5"  # noqa: S608 -- constants
    " where origin = $1 and size = $6 returning size),"
    " leaves as (" + _ROWS.format(start="$6", leaves="$7", moved="moved, ") + "),"
    " tiles as (insert into ledger_tile (level, index, data) select l.* from moved,"
    " unnest($8::smallint[], $9::bigint[], $10::bytea[]) as l (level, index, data)"
    " on conflict (level, index) do update set data = excluded.data)"
    " select size from moved"
)


class HeadMoved(Refusal):
    """Somebody else has moved the head: the transaction must not commit."""

    code: ClassVar[str] = "audit:head_moved"


async def lead(connection: "Connection") -> bool:
    """Take the lock of the one who sequences; it is held as long as the connection lives."""
    taken: bool = await connection.fetchval("select pg_try_advisory_lock($1)", _LOCK)
    return taken


async def discard(
    pool: "asyncpg.Pool[asyncpg.Record]", connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
) -> None:
    """Close a connection at once, whatever it is doing, and give its place back to the pool."""
    with contextlib.suppress(asyncpg.InterfaceError):  # it was lost, and the pool knows already
        connection.terminate()
    await pool.release(connection)


async def load(connection: "Connection", head: Head, keys: Sequence[Verifier]) -> State:
    """Read where the log stands, and refuse (`LogDiverged`) to go on from a head that does not hold.

    Without keys nobody is asked who signed: the caller proves by a later checkpoint that it is this log's.
    """
    note = parse_note(head.note.encode())
    if keys:
        verified_by(note, keys)
    tree = parse_checkpoint(note.text)
    edge = await _edge(connection, head.size)
    start = head.size - head.size % tiles.WIDTH
    bundle = await stored.read_leaves(connection, start, head.size)
    tail = tiles.split(edge.tails[0])
    said = (tree.origin, tree.size, tree.root)
    if said != (head.origin, head.size, head.root) or edge.root != head.root:
        raise LogDiverged(reason="head", held=head.size)
    if [leaf_hash(leaf) for leaf in bundle] != tail:
        raise LogDiverged(reason="head", held=head.size)
    ts = await connection.fetchval("select ts from ledger_leaf where index = $1", head.size - 1)
    return State(edge, tuple(bundle), ts, head.note)


async def take(connection: "Connection", limit: int, *, after: int = 0) -> "Sequence[asyncpg.Record]":
    """Take up to `limit` waiting rows behind an id, oldest first; they are gone when the transaction commits."""
    rows: Sequence[asyncpg.Record] = await connection.fetch(_TAKE, limit, after)
    return rows


async def waiting(connection: "Connection") -> bool:
    """Say whether anything waits."""
    some: bool = await connection.fetchval("select exists (select from ledger_pending)")
    return some


async def write(connection: "Connection", batch: Batch, origin: str) -> None:
    """Write a batch; `HeadMoved` if the head is not where this batch begins."""
    await hold_head(connection, origin, batch.start)
    await put_leaves(connection, batch.start, [leaf.data for _, leaf in batch.entries])
    await write_rest(connection, batch, origin)


async def hold_head(connection: "Connection", origin: str, size: int) -> None:
    """Let nobody else move the head until the transaction ends; `HeadMoved` if it is elsewhere already."""
    if size and await connection.fetchval(_HOLD, origin) != size:
        raise HeadMoved(start=size)


async def write_rest(connection: "Connection", batch: Batch, origin: str) -> None:
    """Write all of a batch but its leaves; `HeadMoved` if the head is not where this batch begins."""
    head = (origin, batch.state.edge.size, batch.grown.root, batch.state.note, batch.ts)
    await put_head(connection, head, batch.start)
    await put_beside(connection, *_beside(batch))
    await put_tiles(connection, batch.grown.tiles)


async def write_alone(connection: "Connection", batch: Batch, origin: str) -> None:
    """Write a batch in a transaction of its own, in one round trip if nothing is kept beside its leaves."""
    if batch.start == 0 or any(leaf.members or leaf.document is not None for _, leaf in batch.entries):
        async with connection.transaction():
            await write(connection, batch, origin)
        return
    head = (origin, batch.state.edge.size, batch.grown.root, batch.state.note, batch.ts, batch.start)
    leaves = _lines([leaf.data for _, leaf in batch.entries])
    moved = await connection.fetchval(_AT_ONCE, *head, leaves, *_tile_columns(batch.grown.tiles))
    if moved is None:
        raise HeadMoved(start=batch.start)


async def put_leaves(connection: "Connection", start: int, leaves: Sequence[bytes]) -> None:
    """Write leaves, the first at `start`, in the columns that they are searched by."""
    if leaves:
        await connection.execute(_LEAVES, start, _lines(leaves))


async def put_head(connection: "Connection", head: tuple[str, int, bytes, str, datetime], old: int) -> None:
    """Move the head (origin, size, root, note, time) on from `old` leaves; `HeadMoved` if it is elsewhere."""
    if old:
        moved = await connection.fetchval(_MOVE, *head, old)
    else:
        moved = await connection.fetchval(_OPEN, *head)
    if moved is None:
        raise HeadMoved(start=old)


async def put_tiles(connection: "Connection", changed: Sequence[tuple[tiles.Tile, bytes]]) -> None:
    """Write tiles, or make them wider."""
    await connection.execute(_TILES, *_tile_columns(changed))


async def put_beside(
    connection: "Connection",
    documents: Sequence[tuple[int, str]],
    members: Sequence[tuple[int, Sequence[tuple[str, bytes]]]],
) -> None:
    """Write what is kept beside leaves: (index, document), (index, [(pseudonym, nonce), …] in order)."""
    if members:
        counts = [len(shown) for _, shown in members]
        starts = list(accumulate(counts, initial=0))[:-1]
        run = b"".join([sub.encode() + nonce for _, shown in members for sub, nonce in shown])
        await connection.execute(_MEMBERS, [index for index, _ in members], starts, counts, run)
    if documents:
        await connection.execute(_FACTS, *map(list, zip(*documents, strict=True)))


def _beside(batch: Batch) -> tuple[list[tuple[int, str]], list[tuple[int, Sequence[tuple[str, bytes]]]]]:
    leaves = [(index, leaf) for index, (_, leaf) in enumerate(batch.entries, batch.start)]
    documents = [(index, leaf.document) for index, leaf in leaves if leaf.document is not None]
    return documents, [(index, leaf.members) for index, leaf in leaves if leaf.members]


def _lines(leaves: Sequence[bytes]) -> str:
    return b"\n".join(leaves).decode()


def _tile_columns(changed: Sequence[tuple[tiles.Tile, bytes]]) -> tuple[list[Any], list[Any], list[Any]]:
    return (
        [tile.level for tile, _ in changed],
        [tile.index for tile, _ in changed],
        [data for _, data in changed],
    )


async def _edge(connection: "Connection", size: int) -> Edge:
    levels = range((max(size.bit_length(), 1) - 1) // tiles.HEIGHT + 1)
    places = [(level, (size >> tiles.HEIGHT * level) // tiles.WIDTH) for level in levels]
    held = await stored.read_tiles(connection, places)
    return Edge(size, tuple(held.get(place, b"") for place in places))
