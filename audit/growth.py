"""A tree that grows at its right edge, without the leaves it already has.

What a growing log must remember is little: of each tile level the hashes of the tile not yet full, and the
leaves of the bundle not yet full. Growing is a function from one edge to the next, so a batch that fails
leaves nothing behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from audit import merkle
from audit.merkle import Node, ProofRefused
from audit.tiles import HEIGHT, WIDTH, Tile, split


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree: `tails[level]` are the bytes of that level's tile that is not yet full."""

    size: int = 0
    tails: tuple[bytes, ...] = ()

    def roots(self) -> dict[int, bytes]:
        """Return the perfect subtrees the tree consists of, by level: one for each bit of the size."""
        found: dict[int, bytes] = {}
        for tile_level, tail in enumerate(self.tails):
            hashes = split(tail)
            for level, index in merkle.cover(0, len(hashes)):
                at = index << level
                found[tile_level * HEIGHT + level] = merkle.root_of(hashes[at : at + (1 << level)])
        return found

    @property
    def root(self) -> bytes:
        """The root hash of the tree."""
        roots = self.roots()
        return (
            merkle.fold([roots[level] for level in sorted(roots, reverse=True)])
            if roots
            else merkle.EMPTY_ROOT
        )


@dataclass(frozen=True, slots=True)
class Grown:
    """What a batch of leaves made of a tree: the new edge, tiles that changed, proofs of the new leaves."""

    old: int
    edge: Edge
    root: bytes
    tiles: tuple[tuple[Tile, bytes], ...]
    _rows: list[tuple[int, list[bytes]]] = field(repr=False)
    _folded: dict[int, bytes] = field(default_factory=dict, repr=False)

    def proof(self, index: int) -> list[bytes]:
        """Return the audit path of a leaf that this batch added (RFC 6962, 2.1.1)."""
        size = self.edge.size
        if not self.old <= index < size:
            raise ProofRefused(reason="size")
        path: list[bytes] = []
        for level in range((size - 1).bit_length()):
            sibling = (index >> level) ^ 1
            if (sibling + 1) << level <= size:
                path.append(self._read((level, sibling)))
            elif sibling << level < size:
                path.append(self._ragged(level, sibling))
        return path

    def _ragged(self, level: int, sibling: int) -> bytes:
        """Fold what there is of the last subtree of a level, which is not full: the same for all that need it."""
        if level not in self._folded:
            nodes = merkle.cover(sibling << level, self.edge.size)
            self._folded[level] = merkle.fold([self._read(node) for node in nodes])
        return self._folded[level]

    def _read(self, node: Node) -> bytes:
        start, row = self._rows[node[0]]
        return row[node[1] - start]


def grow(edge: Edge, hashes: Sequence[bytes]) -> Grown:
    """Add leaf hashes at the right of a tree."""
    size = edge.size + len(hashes)
    rows = _rows(edge, list(hashes))
    tails: list[bytes] = []
    changed: list[tuple[Tile, bytes]] = []
    for level in range(0, max(size.bit_length(), 1), HEIGHT):
        before = edge.size >> level
        start, row = rows[level]
        tail = edge.tails[level // HEIGHT] if level // HEIGHT < len(edge.tails) else b""
        data = tail + b"".join(row[before - start :])
        cut = _cut(level // HEIGHT, before // WIDTH, data)
        changed += [one for one in cut if one[0].index > before // WIDTH or len(one[1]) > len(tail)]
        tails.append(cut[-1][1] if cut and cut[-1][0].width < WIDTH else b"")
    grown = Edge(size, tuple(tails))
    joined = _join(rows, size)
    return Grown(edge.size, grown, joined, tuple(changed), rows)


def _rows(edge: Edge, row: list[bytes]) -> list[tuple[int, list[bytes]]]:
    """Return per level the new perfect subtrees, after the old sibling of the first if it has one."""
    roots, size = edge.roots(), edge.size + len(row)
    rows: list[tuple[int, list[bytes]]] = []
    for level in range(max(size.bit_length(), 1)):
        start = edge.size >> level
        if start % 2:
            start, row = start - 1, [roots[level], *row]
        rows.append((start, row))
        row = merkle.pairs(row)
    return rows


def _cut(level: int, index: int, data: bytes) -> list[tuple[Tile, bytes]]:
    length = WIDTH * merkle.HASH_LENGTH
    pieces = [data[at : at + length] for at in range(0, len(data), length)]
    return [
        (Tile(level, index + nth, len(piece) // merkle.HASH_LENGTH), piece)
        for nth, piece in enumerate(pieces)
    ]


def _join(rows: list[tuple[int, list[bytes]]], size: int) -> bytes:
    if not size:
        return merkle.EMPTY_ROOT
    nodes = [(level, index, *rows[level]) for level, index in merkle.cover(0, size)]
    return merkle.fold([row[index - start] for _, index, start, row in nodes])
