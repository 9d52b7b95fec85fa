"""The verifier: says of an export, from its bytes and public keys alone, whether it is what it claims.

Two questions are kept apart, so that an answer can say where: are the leaves those whose hashes the tiles
hold, and are the tiles those whose root the checkpoint signs. An older checkpoint, kept by anybody, shows
what no single state can: that the log was cut short, set back, or told differently to someone else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, TypeAlias

from audit import bundle, crew, tiles
from audit.bundle import BundleReader
from audit.checkpoint import Checkpoint, CheckpointRefused, parse_checkpoint
from audit.findings import Findings
from audit.key_chain import InBundle, KeyChain, follow
from audit.note import Note, NoteRefused, Verifier, parse_note, verified_by
from audit.parts import Judged, Task, cut, read_hashes
from audit.refusal import Refusal
from audit.tiles import ENTRIES, WIDTH, Tile
from audit.tower import Tower

Progress: TypeAlias = Callable[[int, int], None]
_STANDS: Final = 65_536  # leaves of one time that are remembered; a batch has two thousand at most
_WORTH: Final = 50_000  # leaves from which on starting another process costs less than it saves
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
    leaves_read: bool = True


def verify_bundle(
    source: Path,
    trust: Trust,
    progress: Progress = lambda _done, _all: None,
    *,
    processes: int = 1,
    reads_leaves: bool = True,
) -> Report:
    """Check a bundle file; `progress` is called with leaves done and leaves in all.

    Without `reads_leaves` only hashes, tree and signatures are checked, not what the leaves say.
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
        chain = follow(InBundle(reader), tree, trust.keys, older[0] if older else None, findings)
        _check_signatures(note, tree, trust, chain, findings)
        if older is not None:
            _check_older(note, tree, older, (trust, chain), findings)
        kept = older[1] if older else None
        _Pass(reader, tree, kept, findings, reads_leaves=reads_leaves).run(progress, processes)
    finally:
        reader.close()
    return Report(tree, findings, bool(trust.keys), older[1].size if older else None, reads_leaves)


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
    """One pass over the leaves of a bundle, part by part, and over the tiles above them."""

    def __init__(
        self,
        reader: BundleReader,
        tree: Checkpoint,
        older: Checkpoint | None,
        findings: Findings,
        *,
        reads_leaves: bool,
    ) -> None:
        self._reader = reader
        self._tree = tree
        self._older = older if older is not None and older.size <= tree.size else None
        self._findings = findings
        self._tower = Tower([tree.size] + ([self._older.size] if self._older else []))
        self._reads = reads_leaves
        self._ts = b""
        self._tail: dict[bytes, int] = {}  # the leaves of that time, by hash

    def run(self, progress: Progress, processes: int) -> None:
        size = self._tree.size
        if not self._all_there(size):
            return
        task = Task(self._tree.origin, self._reads, self._tower.wanted)
        parts, *beside = cut(self._reader, size, reads=self._reads)
        for judged in crew.judged(self._reader, task, parts, processes if size > _WORTH else 1):
            self._join(judged)
            progress(judged.end, size)
        for rest, code in zip(beside, ("audit:facts_mismatch", "audit:set_mismatch"), strict=True):
            if self._reads and (left := rest.left()) is not None:
                self._findings.add(code, leaf=left)
        self._check_upper()
        self._check_roots()

    def _join(self, judged: Judged) -> None:
        self._tower.add(judged.roots, judged.kept)
        self._findings.add_all(judged.hashes)
        if not self._reads:
            return
        if judged.since is not None:
            self._join_times(judged, *judged.since)
        self._findings.add_all(judged.leaves)
        self._reads = not judged.done

    def _join_times(self, judged: Judged, index: int, ts: bytes) -> None:
        if ts < self._ts:
            self._findings.add("audit:time_backwards", leaf=index, ts=ts.decode())
        elif ts == self._ts:
            for doubled in sorted(judged.head[digest] for digest in judged.head.keys() & self._tail.keys()):
                self._findings.add("audit:leaf_doubled", leaf=doubled)
        stands = ts == self._ts == judged.until and len(self._tail) < _STANDS
        self._tail = self._tail | judged.tail if stands else judged.tail
        self._ts = judged.until

    def _all_there(self, size: int) -> bool:
        if size > len(self._reader.paths) * WIDTH:
            # A size that the files cannot hold is not worth counting up to.
            self._findings.add("audit:file_missing", path=Tile(ENTRIES, (size - 1) // WIDTH).path)
            return False
        expected = {tile.path for tile in tiles.between(0, size)}
        missing = sorted(expected - self._reader.paths)
        for path in missing:
            self._findings.add("audit:file_missing", path=path)
        for path in sorted(self._reader.paths - expected - _SIDE):
            self._findings.add("audit:file_unexpected", path=path)
        return not missing

    def _check_upper(self) -> None:
        for tile in tiles.between(0, self._tree.size):
            if tile.level <= 0:
                continue
            said = read_hashes(self._reader, tile, self._findings)
            found = self._tower.held(tile.level, tile.index, tile.width)
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
