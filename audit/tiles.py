"""Tiles, C2SP tlog-tiles: 256 hashes of one level in a file, and bundles of the 256 leaves below a tile.

Tile `(level, index)` holds the nodes at tree level `8·level`; a partial one, of width 1 to 255, is
`….p/<width>`. Paths are relative (`tile/0/x001/x234/067`); on the web they begin with a slash.
"""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Final

from audit.merkle import HASH_LENGTH, Node, root_of
from audit.refusal import Refusal

WIDTH: Final = 256
HEIGHT: Final = 8
ENTRIES: Final = -1  # stands where a level would, for bundles of leaves
_MAX_LEVEL: Final = 7  # 2**63 leaves
_PATH: Final = re.compile(
    r"/?tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


class TileRefused(Refusal):
    """No tile has this path, or these bytes are no tile. `reason`: path, bytes."""

    code: ClassVar[str] = "audit:tile_refused"


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A place: level (or `ENTRIES`), index at that level, and how many of its 256 are there."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The path below the log's root, without a leading slash."""
        groups, rest = [f"{self.index % 1000:03}"], self.index // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


def parse_path(path: str) -> Tile:
    """Read a path that spells its tile in the one way there is."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise TileRefused(reason="path")
    level = ENTRIES if match[1] == "entries" else int(match[1])
    index = int(re.sub(r"\D", "", match[2] + match[3]))
    tile = Tile(level, index, int(match[4] or WIDTH))
    if tile.path != path.removeprefix("/") or level > _MAX_LEVEL:
        raise TileRefused(reason="path")
    return tile


def between(old: int, new: int) -> list[Tile]:
    """Name every tile and bundle that a log gains by growing from `old` to `new` leaves, at its new width."""
    gained: list[Tile] = []
    for level in range(_MAX_LEVEL + 1):
        before, after = old >> HEIGHT * level, new >> HEIGHT * level
        if before == after:
            break
        for index in range(before // WIDTH, (after - 1) // WIDTH + 1):
            width = min(WIDTH, after - index * WIDTH)
            gained += [Tile(level, index, width)] + ([Tile(ENTRIES, index, width)] if level == 0 else [])
    return gained


def outgrown(old: int, new: int) -> list[Tile]:
    """Name the partial tiles and bundles of a log of `old` leaves that wider ones replace at `new`."""
    widths = [(level, old >> HEIGHT * level, new >> HEIGHT * level) for level in range(_MAX_LEVEL + 1)]
    partial = [
        Tile(level, before // WIDTH, before % WIDTH)
        for level, before, after in widths
        if before % WIDTH and before != after
    ]
    return partial + [Tile(ENTRIES, tile.index, tile.width) for tile in partial if tile.level == 0]


def tile_of(node: Node) -> tuple[int, int]:
    """Return level and index of the tile in which a perfect subtree can be found."""
    level, index = node
    return level // HEIGHT, (index << level % HEIGHT) // WIDTH


def node_in(data: bytes, node: Node) -> bytes:
    """Return a perfect subtree's hash from the bytes of its tile; `TileRefused` if the tile is too narrow."""
    level, index = node
    span = 1 << level % HEIGHT
    start = index * span % WIDTH
    hashes = split(data[start * HASH_LENGTH : (start + span) * HASH_LENGTH])
    if len(hashes) != span:
        raise TileRefused(reason="bytes")
    return root_of(hashes)


def split(data: bytes) -> list[bytes]:
    """Cut the bytes of a tile into its hashes."""
    if len(data) % HASH_LENGTH:
        raise TileRefused(reason="bytes")
    return [data[at : at + HASH_LENGTH] for at in range(0, len(data), HASH_LENGTH)]


def encode_bundle(leaves: Sequence[bytes]) -> bytes:
    """Write leaves, each after its length as two bytes, big-endian."""
    return b"".join([struct.pack(">H", len(leaf)) + leaf for leaf in leaves])


def decode_bundle(data: bytes) -> list[bytes]:
    """Read the leaves of a bundle; bytes left over, or missing, are refused."""
    ends, at = [0], 0
    while at < len(data):
        at += 2 + int.from_bytes(data[at : at + 2])
        ends.append(at)
    if at != len(data):
        raise TileRefused(reason="bytes")
    return [data[start + 2 : end] for start, end in pairwise(ends)]
