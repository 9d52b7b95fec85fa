"""From the database to the blobs: tiles and bundles first, then the checkpoint that speaks of them.

The blobs are also a witness against the database. A checkpoint there that is ahead of the database, or says
something else of the same leaves, means that the database was set back or changed, and nothing more is
signed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from audit import merkle, side, stored, tiles
from audit.blobs import Blobs, Step
from audit.checkpoint import Checkpoint, parse_checkpoint
from audit.note import Verifier, parse_note, verified_by
from audit.refusal import Refusal
from audit.stored import Head

if TYPE_CHECKING:
    from audit.stored import Connection

CHECKPOINT: Final = "checkpoint"
STEP: Final = 64 * tiles.WIDTH


class LogDiverged(Refusal):
    """Database and blobs disagree, or the head does not hold; see the runbook.

    `reason`: behind (the database has fewer leaves than were published, and the blobs cannot tell the rest),
    behind_witness (a witness cosigned more than is here), fork, head, origin, generation (a later one exists).
    """

    code: ClassVar[str] = "audit:log_diverged"


async def publish(
    blobs: Blobs, old: int, new: int, *, made: dict[str, bytes], before: bytes | None, note: str
) -> None:
    """Put what a batch made, replace the checkpoint `before` by `note`, remove the partial tiles outgrown."""
    outgrown = tuple(tile.path for tile in tiles.outgrown(old, new))
    await blobs.step(Step(made, (CHECKPOINT, note.encode(), before), outgrown))


async def catch_up(connection: "Connection", blobs: Blobs, head: Head, keys: Sequence[Verifier]) -> None:
    """Bring the blobs to the database's head, or raise `LogDiverged`."""
    before = await blobs.read(CHECKPOINT)
    size = await _published(connection, head, before, keys)
    if before == head.note.encode():
        return
    for start in range(size, head.size, STEP):
        for tile in tiles.between(start, min(start + STEP, head.size)):
            whole = _at_head(tile, head.size)
            await blobs.put({whole.path: await stored.read_blob(connection, whole)})
        beside = await side.of_stored(connection, start, min(start + STEP, head.size))
        if beside:
            await blobs.put({side.path_of(start): beside})
    await publish(blobs, size, head.size, made={}, before=before, note=head.note)


async def _published(
    connection: "Connection", head: Head, before: bytes | None, keys: Sequence[Verifier]
) -> int:
    """Return how many leaves the blobs' checkpoint covers; the database must begin with them."""
    if before is None:
        return 0
    note = parse_note(before)
    verified_by(note, keys)
    tree = parse_checkpoint(note.text)
    if tree.origin != head.origin:
        raise LogDiverged(reason="origin")
    await check_holds(connection, head, tree, "behind")
    return tree.size


async def check_holds(connection: "Connection", head: Head, tree: Checkpoint, reason: str) -> None:
    """Check that the database begins with a tree that others may have read; `LogDiverged` (`reason`, fork)."""
    if tree.size > head.size:
        raise LogDiverged(reason=reason, published=tree.size, held=head.size)
    if tree.size and await stored.read_covers(connection, [merkle.cover(0, tree.size)]) != [tree.root]:
        raise LogDiverged(reason="fork", published=tree.size)


def _at_head(tile: tiles.Tile, size: int) -> tiles.Tile:
    held = size >> tiles.HEIGHT * max(tile.level, 0)
    return tiles.Tile(tile.level, tile.index, min(tiles.WIDTH, held - tile.index * tiles.WIDTH))
