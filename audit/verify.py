"""The verifier: says of an export, from its bytes and public keys alone, whether it is what it claims.

Two questions are kept apart, so that an answer can say where: are the leaves those whose hashes the tiles
hold, and are the tiles those whose root the checkpoint signs. An older checkpoint, kept by anybody, shows
what no single state can: that the log was cut short, set back, or told differently to someone else.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, TypeAlias

from audit import bundle, merkle, tiles
from audit.bundle import BundleReader
from audit.checkpoint import Checkpoint, CheckpointRefused, parse_checkpoint, region_of
from audit.findings import Findings
from audit.key_chain import KeyChain, follow
from audit.leafcheck import Beside, LeafCheck
from audit.note import Note, NoteRefused, Verifier, parse_note, verified_by
from audit.refusal import Refusal
from audit.tiles import ENTRIES, WIDTH, Tile, TileRefused
from audit.tower import Tower

Progress: TypeAlias = Callable[[int, int], None]
_SIDE: Final = frozenset({bundle.CHECKPOINT, bundle.FACTS, bundle.SETS, bundle.KEYS})


class OlderUnusable(Refusal):
    """The older checkpoint says nothing: it does not parse, or is not signed by a key given."""

    code: ClassVar[str] = "audit:older_unusable"


@dataclass(frozen=True, slots=True)
class Trust:
    """What the caller holds: the log's keys, witnesses that must have cosigned, an earlier checkpoint."""

    keys: tuple[Verifier, ...] = ()
    witnesses: tuple[Verifier, ...] = ()
    older: bytes | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was found of which tree; `tree` is None if the checkpoint could not be read."""

    tree: Checkpoint | None
    findings: Findings
    keys_checked: bool
    older_size: int | None = None


def verify_bundle(source: Path, trust: Trust, progress: Progress = lambda _done, _all: None) -> Report:
    """Check a bundle file; `progress` is called with leaves done and leaves in all.

    `BundleUnusable` if the file is no bundle, `OlderUnusable` if the older checkpoint says nothing.
    """
    findings = Findings()
    older = None if trust.older is None else _older(trust.older)
    reader = BundleReader(source)
    try:
        signed = _signed(reader, findings)
        if signed is None:
            return Report(None, findings, bool(trust.keys))
        note, tree = signed
        chain = follow(reader, tree, trust.keys, older[0] if older else None, findings)
        _check_signatures(note, tree, trust, chain, findings)
        if older is not None:
            _check_older(note, tree, older, (trust, chain), findings)
        _Pass(reader, tree, older[1] if older else None, findings).run(progress)
    finally:
        reader.close()
    return Report(tree, findings, bool(trust.keys), older[1].size if older else None)


def _signed(reader: BundleReader, findings: Findings) -> tuple[Note, Checkpoint] | None:
    try:
        note = parse_note(reader.read(bundle.CHECKPOINT) or b"")
        return note, parse_checkpoint(note.text)
    except (NoteRefused, CheckpointRefused):
        findings.add("audit:checkpoint_malformed")
        return None


def _check_signatures(
    note: Note, tree: Checkpoint, trust: Trust, chain: KeyChain, findings: Findings
) -> None:
    keys = chain.at(tree.size) if trust.keys else ()
    if (trust.keys and not any(key.name == tree.origin for key in trust.keys)) or not any(
        one.name == tree.origin for one in note.signatures
    ):
        findings.add("audit:wrong_origin", origin=tree.origin)
    elif trust.keys and not _signs(note, keys):
        findings.add("audit:wrong_signature", size=tree.size)
    for witness in trust.witnesses:
        if not _signs(note, [witness]):
            findings.add("audit:not_cosigned", witness=witness.name, size=tree.size)


def _signs(note: Note, keys: Sequence[Verifier]) -> bool:
    try:
        return bool(verified_by(note, keys))
    except NoteRefused:
        return False


def _older(data: bytes) -> tuple[Note, Checkpoint]:
    try:
        note = parse_note(data)
        tree = parse_checkpoint(note.text)
    except (NoteRefused, CheckpointRefused) as refusal:
        raise OlderUnusable(reason=str(refusal.fields.get("reason", ""))) from None
    return note, tree


def _check_older(
    note: Note,
    tree: Checkpoint,
    older: tuple[Note, Checkpoint],
    trusted: tuple[Trust, KeyChain],
    findings: Findings,
) -> None:
    old_note, old = older
    trust, chain = trusted
    if trust.keys and not _signs(old_note, [*trust.keys, *chain.at(old.size)]):
        raise OlderUnusable(reason="unsigned")
    if old.origin != tree.origin:
        findings.add("audit:wrong_origin", origin=tree.origin)
        return
    keys = [
        {(one.name, one.key_id) for one in two.signatures if one.name == tree.origin}
        for two in (note, old_note)
    ]
    if not keys[0] & keys[1] and not chain.joins(old_note, note):
        findings.add("audit:key_changed", size=tree.size, older=old.size)
    if tree.size < old.size:
        findings.add("audit:truncated", size=tree.size, older=old.size)


class _Pass:
    """One pass over the leaves of a bundle and the tiles above them."""

    def __init__(
        self, reader: BundleReader, tree: Checkpoint, older: Checkpoint | None, findings: Findings
    ) -> None:
        self._reader = reader
        self._tree = tree
        self._older = older if older is not None and older.size <= tree.size else None
        self._findings = findings
        self._tower = Tower([tree.size] + ([self._older.size] if self._older else []))
        facts, sets = (Beside(reader.lines(path)) for path in (bundle.FACTS, bundle.SETS))
        self._leaves = LeafCheck(region_of(tree.origin), facts, sets, findings)

    def run(self, progress: Progress) -> None:
        size = self._tree.size
        if not self._all_there(size):
            return
        for start in range(0, size, WIDTH):
            self._check_bundle(start, min(WIDTH, size - start))
            progress(min(start + WIDTH, size), size)
        self._leaves.finish()
        self._check_upper()
        self._check_roots()

    def _all_there(self, size: int) -> bool:
        if (
            size > len(self._reader.paths) * WIDTH
        ):  # a size that the files cannot hold is not worth counting up to
            self._findings.add("audit:file_missing", path=Tile(ENTRIES, (size - 1) // WIDTH).path)
            return False
        expected = {tile.path for tile in tiles.between(0, size)}
        missing = sorted(expected - self._reader.paths)
        for path in missing:
            self._findings.add("audit:file_missing", path=path)
        for path in sorted(self._reader.paths - expected - _SIDE):
            self._findings.add("audit:file_unexpected", path=path)
        return not missing

    def _check_bundle(self, start: int, width: int) -> None:
        said = self._hashes(Tile(0, start // WIDTH, width))
        leaves = self._read_leaves(Tile(ENTRIES, start // WIDTH, width))
        found = [merkle.leaf_hash(leaf) for leaf in leaves]
        if found != said:
            code, offset = difference(found, said)
            self._findings.add(code, leaf=start + offset)
            self._leaves.done = True  # what stands behind a changed leaf cannot be judged by its place
        for index, leaf in enumerate(leaves, start):
            if self._leaves.done:
                break
            self._leaves.check(index, leaf)
        self._tower.add(said)

    def _hashes(self, tile: Tile) -> list[bytes]:
        data = self._reader.read(tile.path) or b""
        if len(data) != tile.width * merkle.HASH_LENGTH:
            self._findings.add("audit:tile_mismatch", path=tile.path)
            data = data.ljust(tile.width * merkle.HASH_LENGTH, b"\0")[: tile.width * merkle.HASH_LENGTH]
        return tiles.split(data)

    def _read_leaves(self, tile: Tile) -> list[bytes]:
        try:
            return tiles.decode_bundle(self._reader.read(tile.path) or b"")
        except TileRefused:
            self._findings.add("audit:bundle_malformed", path=tile.path)
            return []

    def _check_upper(self) -> None:
        for tile in tiles.between(0, self._tree.size):
            if tile.level <= 0:
                continue
            said, found = self._hashes(tile), self._tower.held(tile.level, tile.index, tile.width)
            for nth, (one, other) in enumerate(zip(said, found, strict=True)):
                if one != other:
                    below = Tile(tile.level - 1, tile.index * WIDTH + nth)
                    self._findings.add("audit:tile_mismatch", path=below.path, above=tile.path)

    def _check_roots(self) -> None:
        older = self._older
        agrees = older is None or self._tower.root(older.size) == older.root
        if older is not None and not agrees:
            self._findings.add("audit:fork", size=self._tree.size, older=older.size)
        if self._tower.root(self._tree.size) != self._tree.root:
            since = older.size if older is not None and agrees else 0
            self._findings.add("audit:root_mismatch", size=self._tree.size, since=since)


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
