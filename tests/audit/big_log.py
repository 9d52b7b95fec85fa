"""An export of any size, made quickly: leaves that differ in nothing but nonce and time, nothing kept beside them."""

from audit import merkle
from audit.bundle import CHECKPOINT, BundleWriter
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.growth import Edge, grow
from audit.tiles import ENTRIES, WIDTH, Tile, encode_bundle
from tests.audit.made_log import ORIGIN, maker

STEP = 16 * WIDTH
LEAF = (
    b'{"act":"passengers:profile:viewed","dec":"allow","n":"%022d","reg":"eu",'
    b'"req":"00000000-0000-0000-0000-000000000000","role":"operations",'
    b'"sub":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","ts":"2026-01-02T03:04:%02d.%06dZ","v":1,"who":"op_1"}'
)


def leaf_at(n):
    """Return the n-th leaf: a thousand share a time."""
    return LEAF % (n, n // 1000 // 1_000_000, n // 1000 % 1_000_000)


def write_big(size, target, leaf=leaf_at):
    """Write the export of a log of `size` leaves, without keeping it in memory."""
    writer, edge, open_tiles = BundleWriter(target), Edge(), {}
    for start in range(0, size, STEP):
        leaves = [leaf(n) for n in range(start, min(start + STEP, size))]
        grown = grow(edge, [merkle.leaf_hash(one) for one in leaves])
        edge = grown.edge
        for at in range(0, len(leaves), WIDTH):
            some = leaves[at : at + WIDTH]
            tile = Tile(ENTRIES, (start + at) // WIDTH, len(some))
            writer.add(tile.path, encode_bundle(some))
        open_tiles |= {(tile.level, tile.index): (tile, data) for tile, data in grown.tiles}
        for key in [key for key, (tile, _) in open_tiles.items() if tile.width == WIDTH]:
            tile, data = open_tiles.pop(key)
            writer.add(tile.path, data)
    for tile, data in open_tiles.values():
        writer.add(tile.path, data)
    note = sign_checkpoint(Checkpoint(ORIGIN, size, edge.root), maker().signer)
    writer.add(CHECKPOINT, str(note).encode())
    writer.close()
    return target
