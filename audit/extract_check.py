"""Checking an extract: does each row say what its leaf says, and does each leaf stand in the signed tree.

The tiles are believed from the top down: those that make the signed root, then each whose root stands in the tile
above. A leaf is in the log if a believed tile holds its hash at its place. That every entry of a filter is there
cannot be seen from an extract: only a bundle of the whole ledger shows that.
"""

import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from audit import jcs, merkle, tiles
from audit.bundle import CHECKPOINT, MAX_MEMBER, BundleUnusable
from audit.checkpoint import Checkpoint, CheckpointRefused, parse_checkpoint
from audit.extract import ABOUT, FORMAT, LAYOUTS, LEAVES, proving, row_of
from audit.extract_rows import TableUnread, as_written, rows_of
from audit.findings import Findings
from audit.key_chain import follow
from audit.note import NoteRefused, parse_note
from audit.tiles import HEIGHT, WIDTH, Tile
from audit.verify import Progress, Trust, _check_signatures

_MAX_LINE: Final = 200_000
_ROTTEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class ExtractReport:
    """What was found; `tree` is None if the checkpoint could not be read, `rows_read` False if the table could not."""

    tree: Checkpoint | None
    entries: int
    findings: Findings
    keys_checked: bool
    rows_read: bool


def is_extract(path: Path) -> bool:
    """Say whether a file is a ZIP that calls itself an extract."""
    try:
        with zipfile.ZipFile(path) as source:
            return ABOUT in source.namelist()
    except _ROTTEN:
        return False


def check_extract(source: Path, trust: Trust, progress: Progress = lambda _done, _all: None) -> ExtractReport:
    """Check an extract. `BundleUnusable` if the file is none."""
    findings = Findings()
    try:
        with zipfile.ZipFile(source) as opened:
            return _Check(opened, findings).run(trust, progress)
    except _ROTTEN:
        raise BundleUnusable(reason="unreadable") from None


class _Check:
    """One pass over an extract."""

    def __init__(self, source: zipfile.ZipFile, findings: Findings) -> None:
        self._zip = source
        self._findings = findings
        self._paths = frozenset(source.namelist())
        if {ABOUT, CHECKPOINT, LEAVES} - self._paths:
            raise BundleUnusable(reason="not_an_extract")
        self._about = self._said()
        self._tiles: dict[tuple[int, int], list[bytes] | None] = {}

    def _said(self) -> dict[str, Any]:
        try:
            about = jcs.parse(self._read(ABOUT))
        except jcs.JcsRefused:
            raise BundleUnusable(reason="about") from None
        if not isinstance(about, dict) or about.get("format") != FORMAT or about.get("layout") not in LAYOUTS:
            raise BundleUnusable(reason="about")
        return about

    def run(self, trust: Trust, progress: Progress) -> ExtractReport:
        try:
            note = parse_note(self._read(CHECKPOINT))
            tree = parse_checkpoint(note.text)
        except (NoteRefused, CheckpointRefused):
            self._findings.add("audit:checkpoint_malformed")
            return ExtractReport(None, 0, self._findings, bool(trust.keys), rows_read=False)
        self._believe(tree)
        chain = follow(self, tree, trust.keys, None, self._findings)
        _check_signatures(note, tree, trust, chain, self._findings)
        entries, rows_read = self._pass(tree, progress)
        if str(entries) != self._about.get("entries"):
            self._findings.add("audit:extract_count", said=str(self._about.get("entries")), found=entries)
        return ExtractReport(tree, entries, self._findings, bool(trust.keys), rows_read)

    def lines(self, path: str) -> Iterator[bytes]:
        """Return the lines of a side file, none if it is not there."""
        if path in self._paths:
            yield from self._read(path).splitlines()

    def tile(self, level: int, index: int, size: int) -> bytes:
        """Return the hashes of a believed tile, "" without one."""
        if (level, index) not in self._tiles and level == 0:
            return b"".join(self._believed(Tile(0, index, min(WIDTH, size - index * WIDTH))) or ())
        return b"".join(self._tiles.get((level, index)) or ())

    def leaf(self, _index: int, _size: int) -> bytes | None:
        """Return None: a handover brings its own leaf."""
        return None

    def _read(self, path: str) -> bytes:
        with self._zip.open(path) as member:
            data = member.read(MAX_MEMBER + 1)
        if len(data) > MAX_MEMBER:
            raise BundleUnusable(reason="too_large")
        return data

    def _believe(self, tree: Checkpoint) -> None:
        """Read the tiles above level 0, from the top down; one that does not hold is believed no word."""
        if tree.size > len(self._paths) * WIDTH * WIDTH:  # not worth counting up to
            self._findings.add("audit:file_missing", path=Tile(1, 0).path)
            return
        upper = [tile for tile in proving(tree.size, ()) if tile.level > 0 or tile.width < WIDTH]
        edge = {tiles.tile_of(node) for node in merkle.cover(0, tree.size)}
        for tile in sorted(upper, key=lambda one: (-one.level, one.index)):
            place = (tile.level, tile.index)
            self._tiles[place] = self._hashes(tile) if place in edge else self._believed(tile)
        if not self._makes_the_root(tree):
            self._findings.add("audit:root_mismatch", size=tree.size, since=0)
            self._tiles = dict.fromkeys(self._tiles)

    def _makes_the_root(self, tree: Checkpoint) -> bool:
        def read(node: merkle.Node) -> bytes:
            held = self._tiles.get(tiles.tile_of(node))
            return tiles.node_in(b"".join(held or ()), node)

        try:
            return merkle.tree_root(tree.size, read) == tree.root
        except tiles.TileRefused:
            return False

    def _stands_above(self, tile: Tile, held: list[bytes]) -> bool:
        above = self._tiles.get((tile.level + 1, tile.index // WIDTH))
        place = tile.index % WIDTH
        return above is not None and place < len(above) and merkle.root_of(held) == above[place]

    def _hashes(self, tile: Tile) -> list[bytes] | None:
        if tile.path not in self._paths:
            self._findings.add("audit:file_missing", path=tile.path)
            return None
        data = self._read(tile.path)
        if len(data) != tile.width * merkle.HASH_LENGTH:
            self._findings.add("audit:tile_mismatch", path=tile.path)
            return None
        return tiles.split(data)

    def _pass(self, tree: Checkpoint, progress: Progress) -> tuple[int, bool]:
        """Go through leaves and rows side by side."""
        layout, said = str(self._about["layout"]), str(self._about.get("entries", ""))
        total = int(said) if said.isascii() and said.isdigit() and len(said) < len(str(2**63)) else 0
        rows = self._rows(layout)
        count, last, readable = 0, -1, True
        for leaf, row in zip_longest(self._leaves(), rows):
            if leaf is None:
                self._findings.add("audit:row_without_leaf", row=count + 1)
                break
            index, text = leaf
            count += 1
            if index <= last:
                self._findings.add("audit:extract_order", leaf=index)
            last = max(last, index)
            if not self._stands(tree, index, text):
                self._findings.add("audit:leaf_not_in_log", leaf=index, row=count)
            readable = self._check_row(layout, index, text, row, count) and readable
            if not count % 10_000:
                progress(count, max(total, count))
        progress(count, count)
        return count, readable and not self._unread

    _unread = False

    def _rows(self, layout: str) -> Iterator[list[str]]:
        if f"entries.{layout}" not in self._paths:
            self._findings.add("audit:file_missing", path=f"entries.{layout}")
            self._unread = True
            return
        try:
            yield from rows_of(layout, self._zip)
        except TableUnread as unread:
            self._unread = True
            if unread.reason == "malformed":
                self._findings.add("audit:table_malformed", path=f"entries.{layout}")

    def _check_row(self, layout: str, index: int, text: str, row: list[str] | None, count: int) -> bool:
        if self._unread:
            return False
        if row is None:
            self._findings.add("audit:leaf_without_row", leaf=index)
            return False
        if row != as_written(layout, row_of(index, _object(text))):
            self._findings.add("audit:row_mismatch", row=count, leaf=index)
        return True

    def _leaves(self) -> Iterator[tuple[int, str]]:
        with self._zip.open(LEAVES) as member:
            while line := member.readline(_MAX_LINE):
                said = _object(line)
                index, leaf = said.get("index"), said.get("leaf")
                if type(index) is not int or not isinstance(leaf, str):
                    raise BundleUnusable(reason="line")
                yield index, leaf

    def _stands(self, tree: Checkpoint, index: int, text: str) -> bool:
        if not 0 <= index < tree.size:
            return False
        place = index >> HEIGHT
        if (0, place) in self._tiles:  # the last tile, which the root is made of
            believed = self._tiles[0, place]
        else:
            if self._at != place:
                self._at, self._now = place, self._believed(Tile(0, place))
            believed = self._now
        return believed is not None and believed[index % WIDTH] == merkle.leaf_hash(
            text.encode(errors="surrogatepass")
        )

    # The tile of level 0 read last: leaves ascend, so one is enough.
    _at: int = -1
    _now: list[bytes] | None = None

    def _believed(self, tile: Tile) -> list[bytes] | None:
        held = self._hashes(tile)
        if held is not None and not self._stands_above(tile, held):
            self._findings.add("audit:tile_mismatch", path=tile.path)
            return None
        return held


def _object(text: str | bytes) -> dict[str, Any]:
    """Read a JSON object; of anything else an empty one. What a leaf says is bound by its hash, not by its spelling."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
