"""One part of a bundle, judged alone: what a process of the verifier does, from a few tiles to the next.

What joins a part to its neighbours (times, roots, whether anything before it was broken) is handed back and judged by
whoever has all of them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from audit import beside, bundle, merkle, tiles
from audit.beside import Ahead, Beside, Line
from audit.bundle import BundleReader
from audit.checkpoint import region_of
from audit.findings import Findings
from audit.leafcheck import LeafCheck
from audit.tiles import ENTRIES, WIDTH, Tile, TileRefused

TILES: Final = 16  # of a part: little enough to hold, much enough to be worth sending


@dataclass(frozen=True, slots=True)
class Task:
    """What all parts have in common: whose log, whether to read leaves too, which tiles' hashes are asked for."""

    origin: str
    reads: bool
    wanted: frozenset[int]


@dataclass(frozen=True, slots=True)
class Part:
    """The leaves from `start` (the first of a tile) up to `end`, and the lines kept beside them."""

    start: int
    end: int
    facts: list[Line] = field(default_factory=list)
    sets: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Judged:
    """What was found in a part: of hashes, of leaves; roots of its full tiles; how its times begin and end.

    `head` and `tail`: the leaves of the first and the last of these times, by hash.
    """

    end: int
    hashes: Findings = field(default_factory=Findings)
    leaves: Findings = field(default_factory=Findings)
    roots: list[bytes] = field(default_factory=list)
    kept: dict[int, list[bytes]] = field(default_factory=dict)
    since: tuple[int, bytes] | None = None
    until: bytes = b""
    head: dict[bytes, int] = field(default_factory=dict)
    tail: dict[bytes, int] = field(default_factory=dict)
    done: bool = False


def cut(reader: BundleReader, size: int, *, reads: bool) -> tuple[Iterator[Part], Ahead, Ahead]:
    """Cut a log into parts; the two streams are of what is kept beside it, to see afterwards what is left of them."""
    none: list[Line] = []
    facts, sets = (
        Ahead(beside.lines(reader, path) if reads else none) for path in (bundle.FACTS, bundle.SETS)
    )

    def parts() -> Iterator[Part]:
        for start in range(0, size, TILES * WIDTH):
            end = min(start + TILES * WIDTH, size)
            yield Part(start, end, facts.until(end), sets.until(end))

    return parts(), facts, sets


def judge(reader: BundleReader, task: Task, part: Part) -> Judged:
    """Judge one part."""
    return _Judge(reader, task, part).judged()


class _Judge:
    def __init__(self, reader: BundleReader, task: Task, part: Part) -> None:
        self._reader = reader
        self._task = task
        self._part = part
        self._found = Judged(part.end)
        self._leaves = LeafCheck(task.origin, region_of(task.origin), Beside(part.facts), Beside(part.sets))
        self._leaves.done = not task.reads

    def judged(self) -> Judged:
        found, leaves = self._found, self._leaves
        for start in range(self._part.start, self._part.end, WIDTH):
            self._check_tile(start, min(WIDTH, self._part.end - start))
        leaves.finish()
        found.leaves, found.done = leaves.findings, leaves.done
        found.since, found.until = leaves.since, leaves.until
        found.head, found.tail = leaves.head, leaves.tail
        return found

    def _check_tile(self, start: int, width: int) -> None:
        index = start // WIDTH
        said = read_hashes(self._reader, Tile(0, index, width), self._found.hashes)
        leaves = self._read_leaves(Tile(ENTRIES, index, width))
        hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
        if hashes != said:
            code, offset = difference(hashes, said)
            self._found.hashes.add(code, leaf=start + offset)
            self._leaves.done = True  # what stands behind a changed leaf cannot be judged by its place
        for place, (leaf, digest) in enumerate(zip(leaves, hashes, strict=True), start):
            if self._leaves.done:
                break
            self._leaves.check(place, leaf, digest)
        if index in self._task.wanted:
            self._found.kept[index] = said
        if width == WIDTH:
            self._found.roots.append(merkle.root_of(said))

    def _read_leaves(self, tile: Tile) -> list[bytes]:
        try:
            return tiles.decode_bundle(self._reader.read(tile.path) or b"")
        except TileRefused:
            self._found.hashes.add("audit:bundle_malformed", path=tile.path)
            return []


def read_hashes(reader: BundleReader, tile: Tile, findings: Findings) -> list[bytes]:
    """Return the hashes of a tile; of one of another length, as many as there must be."""
    data = reader.read(tile.path) or b""
    length = tile.width * merkle.HASH_LENGTH
    if len(data) != length:
        findings.add("audit:tile_mismatch", path=tile.path)
        data = data.ljust(length, b"\0")[:length]
    return tiles.split(data)


def difference(found: Sequence[bytes], said: Sequence[bytes]) -> tuple[str, int]:
    """Say how the hashes of a bundle's leaves differ from its tile's, and at which of them first."""
    same = next((at for at, pair in enumerate(zip(found, said, strict=False)) if pair[0] != pair[1]), None)
    at = min(len(found), len(said)) if same is None else same
    here, there = found[at:], said[at:]
    if Counter(here) == Counter(there):
        return "audit:leaf_reordered", at
    if len(here) < len(there) or (here and here[0] in there[1:]):
        return "audit:leaf_deleted", at
    if len(here) > len(there) or (there and there[0] in here[1:]):
        return "audit:leaf_inserted", at
    return "audit:leaf_edited", at
