"""A database that was set back gets again what the blobs have published: leaves, tiles, head, what lay beside.

Nothing is believed but the signed checkpoint: the leaves read must grow the tree that the database holds into
the one that it signs, or nothing is written at all.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from audit import journal, merkle, side, tiles
from audit.batch import State
from audit.blobs import Blobs
from audit.checkpoint import Checkpoint, parse_checkpoint
from audit.entry import timestamp
from audit.growth import grow
from audit.note import Verifier, parse_note, verified_by
from audit.publish import CHECKPOINT, STEP, LogDiverged
from audit.stored import Head
from audit.tiles import ENTRIES, WIDTH, Tile, TileRefused

if TYPE_CHECKING:
    from audit.stored import Connection

_Mark: TypeAlias = tuple[str, str, str | None]  # of what waited: request, kind, when it happened
NEVER: Final = datetime.min.replace(tzinfo=UTC)
_WAITING: Final = "select id, request, kind, at from ledger_pending"


@dataclass(frozen=True, slots=True)
class Replayed:
    """From which size to which a database was brought."""

    old: int
    new: int


async def beyond(blobs: Blobs, keys: Sequence[Verifier], head: Head | None) -> tuple[Checkpoint, str] | None:
    """Return the published checkpoint if it covers more than the database; `LogDiverged`, `NoteRefused`."""
    published = await blobs.read(CHECKPOINT)
    if published is None:
        return None
    note = parse_note(published)
    verified_by(note, keys)
    tree = parse_checkpoint(note.text)
    if tree.origin != keys[0].name or (head is not None and head.origin != tree.origin):
        raise LogDiverged(reason="origin")
    return None if head is not None and tree.size <= head.size else (tree, published.decode())


async def replay(
    connection: "Connection", blobs: Blobs, state: State, tree: Checkpoint, note: str
) -> Replayed:
    """Write what the blobs know beyond `state`, in one transaction; `LogDiverged` (behind, fork)."""
    old = state.edge.size
    async with connection.transaction():
        edge, seen = state.edge, set[_Mark]()
        ts = NEVER
        async for leaves in _bundles(blobs, old, tree.size):
            hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
            parts = [_parts(leaf) for leaf in leaves]
            seen |= {(part["req"], part["act"], part.get("at")) for part in parts}
            ts = datetime.fromisoformat(parts[-1]["ts"])
            await journal.put_leaves(connection, edge.size, leaves)
            grown = grow(edge, hashes)
            edge = grown.edge
            await journal.put_tiles(connection, grown.tiles)
        if (edge.size, edge.root) != (tree.size, tree.root):
            raise LogDiverged(reason="fork", published=tree.size)
        await journal.put_head(connection, (tree.origin, tree.size, tree.root, note, ts), old)
        await _write_beside(connection, blobs, old, tree.size)
        await _forget_waiting(connection, seen)
    return Replayed(old, tree.size)


async def _bundles(blobs: Blobs, old: int, new: int) -> AsyncIterator[list[bytes]]:
    """Read the leaves from `old` up to `new`, a bundle at a time."""
    for index in range(old // WIDTH, (new - 1) // WIDTH + 1):
        tile = Tile(ENTRIES, index, min(WIDTH, new - index * WIDTH))
        data = await blobs.read(tile.path)
        if data is None:
            raise LogDiverged(reason="behind", published=new, held=old)
        try:
            leaves = tiles.decode_bundle(data)
        except TileRefused:
            raise LogDiverged(reason="behind", published=new, held=old) from None
        if len(leaves) != tile.width:
            raise LogDiverged(reason="behind", published=new, held=old)
        yield leaves[max(0, old - index * WIDTH) :]


def _parts(leaf: bytes) -> dict[str, Any]:
    try:
        parts: dict[str, Any] = json.loads(leaf)
    except ValueError:
        raise LogDiverged(reason="fork") from None
    return parts


async def _write_beside(connection: "Connection", blobs: Blobs, old: int, new: int) -> None:
    """Write documents and members; a blob may begin before `old`, where lost blobs were published anew."""
    documents: list[tuple[int, str]] = []
    members: list[tuple[int, list[tuple[str, bytes]]]] = []
    for start in range(max(0, old - STEP), new):
        data = await blobs.read(side.path_of(start))
        for line in side.read_lines(data) if data else ():
            index = line["index"]
            if not old <= index < new:
                continue
            if "document" in line:
                documents.append((index, line["document"]))
            else:
                shown = [(sub, urlsafe_b64decode(nonce + "==")) for sub, nonce in line["members"]]
                members.append((index, shown))
    await journal.put_beside(connection, documents, members)


async def _forget_waiting(connection: "Connection", seen: set[_Mark]) -> None:
    """Remove rows that waited when the backup was taken and have been sequenced since."""
    rows = await connection.fetch(_WAITING)
    done = [
        row["id"]
        for row in rows
        if not seen.isdisjoint(
            {(str(row["request"]), row["kind"], at) for at in (timestamp(row["at"]), None)}
        )
    ]
    await connection.execute("delete from ledger_pending where id = any($1::bigint[])", done)
