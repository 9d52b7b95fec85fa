"""The ledger as its database holds it, read: head, tiles, leaves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from audit import merkle, tiles
from audit.checkpoint import parse_checkpoint
from audit.merkle import Cover, Node
from audit.note import parse_note
from audit.refusal import Refusal
from audit.tiles import ENTRIES, Tile, TileRefused

if TYPE_CHECKING:
    import asyncpg

    Connection: TypeAlias = (
        asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    )


class NoSuchLeaf(Refusal):
    """No leaf has this index under the newest checkpoint."""

    code: ClassVar[str] = "audit:no_such_leaf"


@dataclass(frozen=True, slots=True)
class Head:
    """The newest checkpoint: whose tree, its size and root, the signed note, and when it was signed."""

    origin: str
    size: int
    root: bytes
    note: str
    signed_at: datetime


async def head(connection: "Connection") -> Head | None:
    """Return the newest checkpoint, or None before the log was opened."""
    row = await connection.fetchrow("select origin, size, root, note, signed_at from ledger_head")
    return Head(*row) if row else None


@dataclass(frozen=True, slots=True)
class Generation:
    """Which generation of the log this is; `last` is what is known of the one before, a signed note."""

    number: int = 1
    last: str = ""


async def generation(connection: "Connection") -> Generation:
    """Return the generation of the log that is written now."""
    row = await connection.fetchrow(
        "select generation, last_note from ledger_generation order by generation desc limit 1"
    )
    return Generation(*row) if row else Generation()


async def cosigned(connection: "Connection", newest: Head) -> Head | None:
    """Return the newest checkpoint of this log that a witness cosigned, its note with the witness lines.

    `signed_at` is then when the last of them cosigned it.
    """
    row = await connection.fetchrow(
        "select size, note, string_agg(line, '' order by witness), max(cosigned_at)"
        " from ledger_cosignature where origin = $1 and size <= $2"
        " group by size, note order by size desc limit 1",
        newest.origin,
        newest.size,
    )
    if row is None:
        return None
    root = parse_checkpoint(parse_note(row[1].encode()).text).root
    return Head(newest.origin, row[0], root, row[1] + row[2], row[3])


async def read_tiles(
    connection: "Connection", places: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], bytes]:
    """Return the tiles at these (level, index), at their full stored width; absent ones are left out."""
    wanted = sorted(set(places))
    rows = await connection.fetch(
        "select t.level, t.index, t.data from unnest($1::smallint[], $2::bigint[]) as w (level, index)"
        " join ledger_tile t on t.level = w.level and t.index = w.index",
        [level for level, _ in wanted],
        [index for _, index in wanted],
    )
    return {(level, index): data for level, index, data in rows}


async def read_whole(connection: "Connection", wanted: Sequence[Tile]) -> dict[Tile, bytes]:
    """Return tiles (no bundles) cut to their widths; `TileRefused` (absent) if one is not stored that wide."""
    held = await read_tiles(connection, [(tile.level, tile.index) for tile in wanted])
    found = {tile: _cut(held.get((tile.level, tile.index), b""), tile) for tile in wanted}
    if None in found.values():
        raise TileRefused(reason="absent")
    return {tile: data for tile, data in found.items() if data is not None}


async def read_leaves(connection: "Connection", start: int, end: int) -> list[bytes]:
    """Return the leaves from `start` up to `end`."""
    rows = await connection.fetch(
        "select leaf from ledger_leaf where index >= $1 and index < $2 order by index", start, end
    )
    return [row[0].encode() for row in rows]


async def read_covers(connection: "Connection", covers: list[Cover]) -> list[bytes]:
    """Return the hashes of a proof, fetching all the tiles it needs in one query."""
    nodes: list[Node] = [node for cover in covers for node in cover]
    held = await read_tiles(connection, map(tiles.tile_of, nodes))

    def read(node: Node) -> bytes:
        return tiles.node_in(held.get(tiles.tile_of(node), b""), node)

    return merkle.read_all(covers, read)


async def read_blob(connection: "Connection", tile: Tile) -> bytes:
    """Return the bytes of a tile or bundle at any width that is stored; else `TileRefused` (absent)."""
    data = await (_bundle(connection, tile) if tile.level == ENTRIES else _tile(connection, tile))
    if data is None:
        raise TileRefused(reason="absent")
    return data


async def _tile(connection: "Connection", tile: Tile) -> bytes | None:
    held = await read_tiles(connection, [(tile.level, tile.index)])
    return _cut(held.get((tile.level, tile.index), b""), tile)


def _cut(data: bytes, tile: Tile) -> bytes | None:
    length = tile.width * merkle.HASH_LENGTH
    return data[:length] if len(data) >= length else None


async def _bundle(connection: "Connection", tile: Tile) -> bytes | None:
    start = tile.index * tiles.WIDTH
    leaves = await read_leaves(connection, start, start + tile.width)
    return tiles.encode_bundle(leaves) if len(leaves) == tile.width else None
