"""One batch: facts in; leaves, tiles and a signed checkpoint out. Pure but for the nonces."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final, TypeAlias
from uuid import uuid4

from audit import merkle, side
from audit.catalogue import LOG_OPENED
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.claims import PROCESS_ROLE, refusal_of
from audit.entry import NONCE_LENGTH, EntryRefused, Facts, Leaf, make_leaf
from audit.growth import Edge, Grown, grow
from audit.note import Signer, Signers
from audit.stored import Generation
from audit.tiles import ENTRIES, WIDTH, Tile, encode_bundle

Entry: TypeAlias = tuple[Facts, Leaf]
"""What was stated, and the leaf made of it."""
OPENER: Final = "wx_keeper"
MAX_MEMBERS: Final = 32_767  # a position in a list view is a smallint


@dataclass(frozen=True, slots=True)
class State:
    """Where the log stands: its edge, the leaves of the bundle not yet full, the last time, the note."""

    edge: Edge = field(default_factory=Edge)
    bundle: tuple[bytes, ...] = ()
    ts: datetime | None = None
    note: str = ""


def nonces() -> Iterator[bytes]:
    """Draw random nonces, a few hundred with each call into the system."""
    while True:
        drawn = secrets.token_bytes(NONCE_LENGTH * 256)
        yield from (drawn[at : at + NONCE_LENGTH] for at in range(0, len(drawn), NONCE_LENGTH))


@dataclass(frozen=True, slots=True)
class Maker:
    """What a log brings to every leaf of it: its region, the key of its pseudonyms, the key it signs with."""

    region: str
    signer: Signer | Signers
    link_key: bytes = field(repr=False)
    _nonces: Iterator[bytes] = field(default_factory=nonces, repr=False)

    def leaf(self, facts: Facts, ts: datetime) -> Leaf:
        """Make a leaf with fresh nonces; `EntryRefused` if the facts cannot become one."""
        count = len(facts.members)
        if count > MAX_MEMBERS:
            raise EntryRefused(part="set", reason="length")
        nonce, *members = islice(self._nonces, count + 1)
        return make_leaf(
            facts, ts=ts, region=self.region, link_key=self.link_key, nonce=nonce, member_nonces=members
        )

    def claimed(self, facts: Facts, origin: str, ts: datetime) -> Entry:
        """Make the leaf of what waited in the database, or of its refusal."""
        try:
            return facts, self.leaf(facts, ts)
        except EntryRefused:
            refused = refusal_of(origin, facts.kind, facts.request, facts.at)
            return refused, self.leaf(refused, ts)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes: leaves from `start` on, their facts, tiles, and the state afterwards."""

    start: int
    ts: datetime
    entries: tuple[Entry, ...]
    hashes: tuple[bytes, ...]
    grown: Grown
    state: State
    bundles: tuple[tuple[Tile, bytes], ...]

    def blobs(self) -> dict[str, bytes]:
        """Return by path every tile and bundle that changed, and what is kept beside the leaves."""
        changed = {tile.path: data for tile, data in (*self.bundles, *self.grown.tiles)}
        beside = side.of_leaves(self.start, (leaf for _, leaf in self.entries))
        return changed | ({side.path_of(self.start): beside} if beside else {})


def opening(generation: Generation, vkey: str, origin: str) -> Facts:
    """Return the facts of a log's first leaf; a later generation commits to what is known of the last."""
    document = {"generation": str(generation.number), "origin": origin, "vkey": vkey}
    document |= {"last": generation.last} if generation.last else {}
    return Facts(kind=LOG_OPENED, who=OPENER, role=PROCESS_ROLE, request=uuid4(), document=document)


def next_ts(state: State, now: datetime) -> datetime:
    """Return the time of the next leaves: never before the last, whatever the clock says."""
    return now if state.ts is None else max(now, state.ts)


def build(state: State, entries: Sequence[Entry], ts: datetime, signer: Signer | Signers) -> Batch:
    """Grow the log by these leaves and sign its new checkpoint."""
    hashes = [merkle.leaf_hash(leaf.data) for _, leaf in entries]
    start = state.edge.size
    grown = grow(state.edge, hashes)
    leaves = [*state.bundle, *(leaf.data for _, leaf in entries)]
    note = sign_checkpoint(Checkpoint(signer.name, grown.edge.size, grown.root), signer)
    rest = tuple(leaves[len(leaves) - grown.edge.size % WIDTH :])
    after = State(grown.edge, rest, ts, str(note))
    bundles = tuple(_bundles(start // WIDTH, leaves))
    return Batch(start, ts, tuple(entries), tuple(hashes), grown, after, bundles)


def _bundles(index: int, leaves: Sequence[bytes]) -> Iterable[tuple[Tile, bytes]]:
    for at in range(0, len(leaves), WIDTH):
        piece = leaves[at : at + WIDTH]
        yield Tile(ENTRIES, index + at // WIDTH, len(piece)), encode_bundle(piece)
