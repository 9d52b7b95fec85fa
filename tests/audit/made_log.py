"""A log made in memory, and its export, for tests to break."""

import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from audit import jcs
from audit.batch import Maker, State, build
from audit.entry import Facts, Leaf, b64url
from audit.note import Signer
from audit.tiles import between

ORIGIN = "waxwing.example/audit/eu"
SEED = bytes(range(32))
LINK_KEY = bytes(32)
START = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def maker(origin=ORIGIN, seed=SEED, region="eu"):
    """Return what brings region, key and link key to every leaf."""
    return Maker(region, Signer.from_seed(origin, seed), LINK_KEY)


def facts_at(n):
    """Return the facts of the n-th entry: every tenth a list view, every twelfth with a document."""
    facts = Facts(kind="passengers:profile:viewed", who="op_7f3a", role="operations", request=UUID(int=n))
    if n % 10 == 3:
        members = tuple(UUID(int=1000 + n + nth) for nth in range(3))
        return replace(facts, kind="passengers:list:viewed", members=members)
    if n % 12 == 0:
        return replace(facts, subject=UUID(int=2000 + n), document={"rows": str(n)})
    return replace(facts, subject=UUID(int=2000 + n % 50))


class MadeLog:
    """Leaves and the state of the log after them."""

    def __init__(self, made=None):
        self.made = made or maker()
        self.leaves: list[Leaf] = []
        self.blobs: dict[str, bytes] = {}
        self.state = State()

    def add(self, leaves):
        """Add leaves as one batch."""
        pairs = [(facts_at(0), leaf) for leaf in leaves]
        batch = build(self.state, pairs, START, self.made.signer)
        self.state = batch.state
        self.leaves += leaves
        self.blobs |= batch.blobs()
        return self

    def grow(self, count):
        """Add `count` entries, a second apart, as one batch."""
        first = len(self.leaves)
        return self.add(
            [self.made.leaf(facts_at(n), START + timedelta(seconds=n)) for n in range(first, first + count)]
        )

    def files(self):
        """Return the files of the export of this log."""
        tiles = {tile.path: self.blobs[tile.path] for tile in between(0, len(self.leaves))}
        facts = [
            jcs.canonical({"index": n, "document": leaf.document})
            for n, leaf in enumerate(self.leaves)
            if leaf.document
        ]
        sets = [
            jcs.canonical({"index": n, "members": [[sub, b64url(nonce)] for sub, nonce in leaf.members]})
            for n, leaf in enumerate(self.leaves)
            if leaf.members
        ]
        side = {"side/facts.jsonl": _lines(facts), "side/sets.jsonl": _lines(sets)}
        return {"checkpoint": self.state.note.encode(), **tiles, **side}


def rebuilt(leaves, made=None):
    """Return the files of a log that holds these leaves and is consistent in itself."""
    return MadeLog(made).add(list(leaves)).files()


def written(files, folder, name="bundle.zip"):
    """Write files as a bundle and return its path."""
    target = Path(folder) / name
    with zipfile.ZipFile(target, "w") as bundle:
        for path, data in files.items():
            bundle.writestr(path, data)
    return target


def _lines(lines):
    return b"".join(line + b"\n" for line in lines)
