"""A log made in memory with a key of its own, and its export: what the drill tampers with."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

from audit import jcs, side
from audit.batch import Maker, State, build, opening
from audit.bundle import CHECKPOINT, FACTS, SETS, BundleWriter
from audit.catalogue import RESIDENCY_STATED
from audit.entry import Facts, Leaf
from audit.note import Signer
from audit.stored import Generation
from audit.tiles import between

ORIGIN: Final = "drill.example/audit/eu"
START: Final = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
_PEOPLE: Final = 3
_LISTS: Final = 3  # the last digit of entries that are lists


def maker(origin: str = ORIGIN, seed: bytes = bytes(range(32)), region: str = "eu") -> Maker:
    """Return what brings region, key and link key to every leaf."""
    return Maker(region, signer_of(origin, seed), bytes(32))


def signer_of(origin: str = ORIGIN, seed: bytes = bytes(range(32))) -> Signer:
    """Return the key that such a log is signed with."""
    return Signer.from_seed(origin, seed)


class MadeLog:
    """Leaves, and the state of the log after them."""

    def __init__(self, made: Maker | None = None) -> None:
        self.made = made or maker()
        self.leaves: list[Leaf] = []
        self.blobs: dict[str, bytes] = {}
        self.state = State()

    def facts(self, n: int) -> Facts:
        """Return the facts of the n-th entry: the opening, then views, lists, and some with a document."""
        facts = Facts(kind="passengers:profile:viewed", who="op_7f3a", role="operations", request=UUID(int=n))
        if n == 0:
            first = opening(Generation(), str(self.made.signer.verifier()), self.made.signer.name)
            return replace(first, request=facts.request)
        if n == 1:
            return replace(facts, kind=RESIDENCY_STATED, role="system", document={"foreign_rows": "0"})
        if n % 10 == _LISTS:
            members = tuple(UUID(int=1000 + n + nth) for nth in range(_PEOPLE))
            return replace(facts, kind="passengers:list:viewed", members=members)
        if n % 12 == 0:
            return replace(facts, subject=UUID(int=2000 + n), document={"rows": str(n)})
        return replace(facts, subject=UUID(int=2000 + n % 50))

    def add(self, leaves: Sequence[Leaf]) -> Self:
        """Add leaves as one batch."""
        pairs = [(self.facts(2), leaf) for leaf in leaves]  # which facts a leaf is of is not looked at here
        batch = build(self.state, pairs, START, self.made.signer)
        self.state = batch.state
        self.leaves += leaves
        self.blobs |= batch.blobs()
        return self

    def grow(self, count: int) -> Self:
        """Add `count` entries, a second apart, as one batch."""
        first = len(self.leaves)
        return self.add(
            [self.made.leaf(self.facts(n), START + timedelta(seconds=n)) for n in range(first, first + count)]
        )

    def files(self) -> dict[str, bytes]:
        """Return the files of the export of this log."""
        tiles = {tile.path: self.blobs[tile.path] for tile in between(0, len(self.leaves))}
        beside = side.read_lines(side.of_leaves(0, self.leaves))
        facts = [line for line in beside if "document" in line]
        sets = [line for line in beside if "members" in line]
        return {CHECKPOINT: self.state.note.encode(), **tiles, FACTS: _lines(facts), SETS: _lines(sets)}


def rebuilt(leaves: Iterable[Leaf], made: Maker | None = None) -> dict[str, bytes]:
    """Return the files of a log that holds these leaves and is consistent in itself."""
    return MadeLog(made).add(list(leaves)).files()


def changed(leaves: Sequence[Leaf], index: int, **parts: str | int | None) -> list[Leaf]:
    """Return the leaves, one of them saying something else; None takes a part away."""
    old = leaves[index]
    said = {**json.loads(old.data), **parts}
    new = {name: value for name, value in said.items() if value is not None}
    return [*leaves[:index], replace(old, data=jcs.canonical(new)), *leaves[index + 1 :]]


def write(files: Mapping[str, bytes], target: Path) -> Path:
    """Write files as a bundle."""
    writer = BundleWriter(target)
    for path, data in files.items():
        writer.add(path, data)
    writer.close()
    return target


def _lines(lines: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(jcs.canonical(line) + b"\n" for line in lines)
