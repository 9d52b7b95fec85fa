"""The tree above a stream of level-0 tiles: what each upper tile must hold, and the root at chosen sizes.

Keeps one hash for 256 leaves, so ten million leaves cost a megabyte or two.
"""

from collections.abc import Iterable, Mapping

from audit import merkle
from audit.merkle import Node
from audit.tiles import HEIGHT, WIDTH


class Tower:
    """Collects what level-0 tiles come to, from left to right; `sizes` are those of which the root will be asked."""

    def __init__(self, sizes: Iterable[int]) -> None:
        self.wanted = frozenset(size // WIDTH for size in sizes)  # tiles of which the hashes must be kept
        self._kept: dict[int, list[bytes]] = {}
        self._levels: list[list[bytes]] = [[]]

    def add(self, roots: Iterable[bytes], kept: Mapping[int, list[bytes]]) -> None:
        """Add the roots of the next full tiles, and of the tiles `wanted` their hashes, by index."""
        self._kept |= kept
        for root in roots:
            self._raise(0, root)

    def held(self, level: int, index: int, width: int) -> list[bytes]:
        """Return what a tile of level 1 or above must hold."""
        return self._levels[level - 1][index * WIDTH : index * WIDTH + width]

    def root(self, size: int) -> bytes:
        """Return the root of the first `size` leaves; one of the sizes given, not beyond what was added."""
        nodes = merkle.cover(0, size)
        return merkle.fold([self._read(node) for node in nodes]) if nodes else merkle.EMPTY_ROOT

    def _raise(self, level: int, tile_root: bytes) -> None:
        if level == len(self._levels):
            self._levels.append([])
        row = self._levels[level]
        row.append(tile_root)
        if len(row) % WIDTH == 0:
            self._raise(level + 1, merkle.root_of(row[-WIDTH:]))

    def _read(self, node: Node) -> bytes:
        level, index = node
        span = 1 << level % HEIGHT
        if level < HEIGHT:
            start = index * span % WIDTH
            return merkle.root_of(self._kept[index * span // WIDTH][start : start + span])
        return merkle.root_of(self._levels[level // HEIGHT - 1][index * span : (index + 1) * span])
