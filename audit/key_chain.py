"""From one trusted key of a log to the next: a new key counts only because an entry under the old one says so.

A handover is three things that must fit: the entry that announces the new key, its document (which names both keys),
and a checkpoint under the **old** key that covers the entry. An export holds them in `side/keys.jsonl`, a canonical
JSON line each, in order: `{"checkpoint": text, "document": text, "index": n}`; an extract, which has few leaves, says
the entry's `leaf` there too. From that checkpoint on every larger one must carry the new key's signature; the old one
beside it is welcome and proves nothing more.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from audit import jcs, merkle, tiles
from audit.bundle import KEYS, BundleReader
from audit.catalogue import LOG_KEY_ANNOUNCED
from audit.checkpoint import Checkpoint, parse_checkpoint
from audit.entry import b64url
from audit.findings import Findings
from audit.note import ED25519, Note, NoteRefused, Verifier, parse_note, parse_vkey, verified_by
from audit.refusal import Refusal
from audit.tiles import ENTRIES, WIDTH, Tile

NEW, OLD = "new", "old"
_LARGEST: Final = 2**63 - 1
_PARTS: Final = frozenset({"checkpoint", "document", "index"})
_WITH_LEAF: Final = _PARTS | {"leaf"}


class Held(Protocol):
    """What handovers are followed in: it says them, and holds the tree that they must fit."""

    def lines(self, path: str) -> Iterable[bytes]:
        """Return the lines of a side file."""

    def tile(self, level: int, index: int, size: int) -> bytes:
        """Return the hashes of a tile of a tree of this size, "" if it is not there."""

    def leaf(self, index: int, size: int) -> bytes | None:
        """Return a leaf, or None."""


@dataclass(frozen=True, slots=True)
class InBundle:
    """A bundle, which has every leaf."""

    reader: BundleReader

    def lines(self, path: str) -> Iterable[bytes]:
        """Return the lines of a side file."""
        return self.reader.lines(path)

    def tile(self, level: int, index: int, size: int) -> bytes:
        """Return the hashes of a tile, "" if it is not there."""
        return self.reader.read(_path(level, index, size)) or b""

    def leaf(self, index: int, size: int) -> bytes | None:
        """Return a leaf, or None."""
        leaves = tiles.decode_bundle(self.reader.read(_path(ENTRIES, index // WIDTH, size)) or b"")
        return leaves[index % WIDTH] if index % WIDTH < len(leaves) else None


def announcement(old: str, new: str) -> dict[str, str]:
    """Return the document of the entry that announces a key."""
    return {NEW: new, OLD: old}


@dataclass(frozen=True, slots=True)
class Handover:
    """One step as it is claimed: the entry's place, its document, the checkpoint under the old key, both keys."""

    index: int
    document: str
    note: Note
    tree: Checkpoint
    old: Verifier
    new: Verifier
    leaf: bytes | None = None


@dataclass(slots=True)
class KeyChain:
    """Which keys count for a checkpoint of which size."""

    _since: dict[Verifier, int] = field(default_factory=dict)
    _until: dict[Verifier, int] = field(default_factory=dict)

    def trust(self, key: Verifier, since: int = 0) -> None:
        """Let a key count, from a size on."""
        self._since[key] = min(since, self._since.get(key, since))

    def hand_over(self, step: Handover) -> None:
        """Let the new key count from its announcement on, and the old one alone no more beyond the handover."""
        self.trust(step.new, step.index + 1)
        self._until[step.old] = step.tree.size

    def knows(self, key: Verifier) -> bool:
        """Say whether a key counts at any size."""
        return key in self._since

    def at(self, size: int) -> tuple[Verifier, ...]:
        """Return the keys of which one must have signed a checkpoint of this size."""
        return tuple(
            key for key, since in self._since.items() if since <= size <= self._until.get(key, _LARGEST)
        )

    def joins(self, older: Note, newer: Note) -> bool:
        """Say whether both notes are signed by keys of this chain."""
        return all(_signs(note, list(self._since)) for note in (older, newer))


def follow(
    held: Held,
    tree: Checkpoint,
    keys: Sequence[Verifier],
    older: Note | None,
    findings: Findings,
) -> KeyChain:
    """Follow the handovers of a bundle or an extract from the keys that are trusted; what does not hold is a finding.

    Without a key, the one that signed the older checkpoint is where it begins, if a handover names it.
    """
    chain = KeyChain()
    for key in keys:
        if key.name == tree.origin:
            chain.trust(key)
    for index, line in enumerate(held.lines(KEYS)):
        try:
            step = _read(jcs.parse(line), tree)
            if not keys and older is not None and _signs(older, [step.old]):
                chain.trust(step.old)
            if not chain.knows(step.old):
                continue  # before the key that is trusted, or another's: it gives nothing and takes nothing
            if step.old not in chain.at(step.tree.size):
                raise HandoverRefused(reason="handed_over")
            _check(held, step, tree.size)
        except Refusal as refused:
            findings.add(
                "audit:handover_broken", handover=index, reason=str(refused.fields.get("reason", ""))
            )
            break
        chain.hand_over(step)
    return chain


class HandoverRefused(Refusal):
    """A handover does not hold. `reason`: line, origin, size, keys, handed_over (already), leaf, document, root."""

    code = "audit:handover_refused"


def _read(line: Any, tree: Checkpoint) -> Handover:
    if not isinstance(line, dict):
        raise HandoverRefused(reason="line")
    index, document, text = line.get("index"), line.get("document"), line.get("checkpoint")
    leaf = line.get("leaf", "")
    if line.keys() not in (_PARTS, _WITH_LEAF) or not isinstance(leaf, str):
        raise HandoverRefused(reason="line")
    if not isinstance(document, str) or not isinstance(text, str):
        raise HandoverRefused(reason="line")
    note = parse_note(text.encode())
    covered = parse_checkpoint(note.text)
    if covered.origin != tree.origin:
        raise HandoverRefused(reason="origin")
    if not isinstance(index, int):
        raise HandoverRefused(reason="line")
    if not 0 <= index < covered.size <= tree.size:
        raise HandoverRefused(reason="size")
    said = leaf.encode() if leaf else None
    return Handover(index, document, note, covered, *_keys(document, tree.origin), said)


def _keys(document: str, origin: str) -> tuple[Verifier, Verifier]:
    said = jcs.parse(document.encode())
    if not isinstance(said, dict) or said.keys() != {NEW, OLD}:
        raise HandoverRefused(reason="keys")
    old, new = (parse_vkey(str(said[name])) for name in (OLD, NEW))
    if old == new or any(key.name != origin or key.algorithm != ED25519 for key in (old, new)):
        raise HandoverRefused(reason="keys")
    return old, new


def _check(held: Held, step: Handover, size: int) -> None:
    verified_by(step.note, [step.old])
    data = held.leaf(step.index, size) if step.leaf is None else step.leaf
    if data is None:
        raise HandoverRefused(reason="leaf")
    leaf = jcs.parse(data)
    digest = b64url(hashlib.sha256(step.document.encode()).digest())
    if not isinstance(leaf, dict) or leaf.get("act") != LOG_KEY_ANNOUNCED or leaf.get("dec") != "allow":
        raise HandoverRefused(reason="leaf")
    if leaf.get("facts") != digest:
        raise HandoverRefused(reason="document")

    def read(node: merkle.Node) -> bytes:
        level, index = tiles.tile_of(node)
        return tiles.node_in(held.tile(level, index, size), node)

    if read((0, step.index)) != merkle.leaf_hash(data):
        raise HandoverRefused(reason="leaf")
    if merkle.tree_root(step.tree.size, read) != step.tree.root:
        raise HandoverRefused(reason="root")


def _path(level: int, index: int, size: int) -> str:
    """Name a tile as it stands in an export of so many leaves."""
    held = size >> tiles.HEIGHT * max(level, 0)
    return Tile(level, index, min(WIDTH, held - index * WIDTH)).path


def _signs(note: Note, keys: Sequence[Verifier]) -> bool:
    try:
        return bool(verified_by(note, keys))
    except NoteRefused:
        return False
