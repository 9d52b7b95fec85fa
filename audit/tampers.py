"""What can be done to a log by whoever holds its files, its database, even its key: each with how it is to be found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from audit import merkle
from audit.bundle import CHECKPOINT, FACTS, SETS
from audit.drill_log import MadeLog, changed, maker, rebuilt, signer_of
from audit.entry import Leaf
from audit.note import COSIGNATURE_V1, Signer, Verifier
from audit.tiles import ENTRIES, Tile, decode_bundle, encode_bundle

SIZE: Final = 600
OLDER: Final = 300
AT: Final = 400  # the leaf that is tampered with
SECOND: Final = Tile(ENTRIES, 1).path  # the bundle that holds it
HASHES: Final = Tile(0, 1).path  # and the tile
OTHER: Final = "drill.example/audit/cn"
_IN: Final = AT - 256


class Ground:
    """A whole log of two batches, what outsiders keep of it, and what an attacker may bring along."""

    def __init__(self) -> None:
        self.log = MadeLog().grow(OLDER)
        self.older = self.log.state.note.encode()
        self.log.grow(SIZE - OLDER)
        self.files = self.log.files()
        self.leaves: list[Leaf] = self.log.leaves
        self.note = self.log.state.note
        self.signer = signer_of()
        self.key = self.signer.verifier()
        self.witness = Signer.from_seed("auditor.example/witness", bytes([7]) * 32)
        self.stranger = maker(seed=bytes([9]) * 32)
        self.other = MadeLog(maker(OTHER, region="cn")).grow(SIZE)

    def vouched(self) -> Verifier:
        """Return the witness's key."""
        return self.witness.verifier(COSIGNATURE_V1)

    def proof(self, index: int) -> list[bytes]:
        """Return the audit path of a leaf."""
        return merkle.inclusion_proof(index, SIZE, reader_of(self.leaves))


def reader_of(leaves: Sequence[Leaf]) -> merkle.Reader:
    """Return what reads the perfect subtrees over these leaves."""
    row = [merkle.leaf_hash(leaf.data) for leaf in leaves]
    return lambda node: merkle.root_of(row[node[1] << node[0] : (node[1] + 1) << node[0]])


@dataclass(frozen=True, slots=True)
class Bundle:
    """An export as the attacker hands it out, and what the verifier is given: `older`, `witnesses`, no key at all."""

    files: Mapping[str, bytes]
    older: bytes | None = None
    witnesses: tuple[Verifier, ...] = ()
    keyless: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof file as the attacker hands it out."""

    text: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint laid before a witness that has cosigned the older one."""

    old: int
    proof: tuple[bytes, ...]
    note: str


Attempt: TypeAlias = Bundle | Proof | Submission


@dataclass(frozen=True, slots=True)
class Tamper:
    """One way of tampering: what is done, and the finding that must name it."""

    done: str
    attempt: Callable[[Ground], Attempt]
    code: str
    place: Mapping[str, str | int] = field(default_factory=dict)


def _entries(change: Callable[[list[bytes]], object]) -> Callable[[Ground], Attempt]:
    """Return an attempt on the leaves of one bundle, with nothing else touched."""

    def attempt(ground: Ground) -> Attempt:
        leaves = decode_bundle(ground.files[SECOND])
        change(leaves)
        return Bundle(ground.files | {SECOND: encode_bundle(leaves)})

    return attempt


def _denied(leaf: bytes) -> bytes:
    return leaf.replace(b'"dec":"allow"', b'"dec":"deny"')


def _edit(leaves: list[bytes]) -> None:
    leaves[_IN] = _denied(leaves[_IN])


def _delete_and_fill(leaves: list[bytes]) -> None:
    leaves.append(_denied(leaves.pop(_IN)))


def _reorder(leaves: list[bytes]) -> None:
    leaves[_IN], leaves[_IN + 6] = leaves[_IN + 6], leaves[_IN]


def _double(leaves: list[bytes]) -> None:
    leaves.insert(_IN, leaves[_IN])


def _edited_with_tile(ground: Ground) -> Attempt:
    other = rebuilt(changed(ground.leaves, AT, dec="deny"))
    return Bundle(ground.files | {path: other[path] for path in (SECOND, HASHES)})


def _rebuilt_under_old_checkpoint(ground: Ground) -> Attempt:
    files = rebuilt(changed(ground.leaves, AT, dec="deny"))
    return Bundle(files | {CHECKPOINT: ground.note.encode()}, older=ground.older)


def _rebuilt_by_the_key(index: int) -> Callable[[Ground], Attempt]:
    return lambda ground: Bundle(rebuilt(changed(ground.leaves, index, dec="deny")), older=ground.older)


def _forked_at_one_size(ground: Ground) -> Attempt:
    return Bundle(rebuilt(changed(ground.leaves, AT, dec="deny")), older=ground.note.encode())


def _doubled_by_the_key(ground: Ground) -> Attempt:
    return Bundle(rebuilt([*ground.leaves[: AT + 1], *ground.leaves[AT:]]))


def _cut_short(ground: Ground) -> Attempt:
    return Bundle(rebuilt(ground.leaves[:500]) | {CHECKPOINT: ground.note.encode()})


def _said(index: int, **parts: str | int | None) -> Callable[[Ground], Attempt]:
    """Return an attempt with a leaf that says something else, in a log that is otherwise consistent and signed."""
    return lambda ground: Bundle(rebuilt(changed(ground.leaves, index, **parts)))


def _respelled(ground: Ground) -> Attempt:
    old = ground.leaves[AT]
    spaced = replace(old, data=old.data.replace(b",", b", "))
    return Bundle(rebuilt([*ground.leaves[:AT], spaced, *ground.leaves[AT + 1 :]]))


def _without(path: str) -> Callable[[Ground], Attempt]:
    return lambda ground: Bundle({name: data for name, data in ground.files.items() if name != path})


def _swapped(path: str, old: bytes, new: bytes) -> Callable[[Ground], Attempt]:
    return lambda ground: Bundle(ground.files | {path: ground.files[path].replace(old, new, 1)})


def _upper_tile(ground: Ground) -> Attempt:
    path = Tile(1, 0, SIZE // 256).path
    return Bundle(ground.files | {path: ground.files[path][:-1] + b"\0"})


def _one_person_less(ground: Ground) -> Attempt:
    first, _, rest = ground.files[SETS].partition(b"\n")
    kept = first[: first.rindex(b",[")] + b"]}"
    return Bundle(ground.files | {SETS: kept + b"\n" + rest})


def _one_more_file(ground: Ground) -> Attempt:
    return Bundle(ground.files | {"tile/entries/003.p/1": encode_bundle([b"{}"])})


TAMPERS: Final = (
    Tamper("a leaf edited", _entries(_edit), "audit:leaf_edited", {"leaf": AT}),
    Tamper("a leaf deleted", _entries(lambda leaves: leaves.pop(_IN)), "audit:leaf_deleted", {"leaf": AT}),
    Tamper(
        "a leaf deleted, the end filled up", _entries(_delete_and_fill), "audit:leaf_deleted", {"leaf": AT}
    ),
    Tamper(
        "a leaf inserted",
        _entries(lambda leaves: leaves.insert(_IN, b"{}")),
        "audit:leaf_inserted",
        {"leaf": AT},
    ),
    Tamper("two leaves exchanged", _entries(_reorder), "audit:leaf_reordered", {"leaf": AT}),
    Tamper("a leaf doubled", _entries(_double), "audit:leaf_inserted", {"leaf": AT + 1}),
    Tamper(
        "a leaf doubled, the log rebuilt and signed",
        _doubled_by_the_key,
        "audit:leaf_doubled",
        {"leaf": AT + 1},
    ),
    Tamper(
        "a leaf edited together with its tile", _edited_with_tile, "audit:tile_mismatch", {"path": HASHES}
    ),
    Tamper(
        "a leaf edited, all tiles rebuilt under the old checkpoint",
        _rebuilt_under_old_checkpoint,
        "audit:root_mismatch",
        {"size": SIZE, "since": OLDER},
    ),
    Tamper(
        "a leaf edited, all rebuilt and signed anew (fork)",
        _rebuilt_by_the_key(100),
        "audit:fork",
        {"size": SIZE, "older": OLDER},
    ),
    Tamper(
        "two histories of one size (fork)", _forked_at_one_size, "audit:fork", {"size": SIZE, "older": SIZE}
    ),
    Tamper("the tail cut off", _cut_short, "audit:file_missing", {"path": HASHES}),
    Tamper(
        "an old backup restored",
        lambda ground: Bundle(rebuilt(ground.leaves[:200]), older=ground.older),
        "audit:truncated",
        {"size": 200, "older": OLDER},
    ),
    Tamper(
        "the clock set back",
        _said(AT, ts="2026-01-02T03:04:00.000000Z"),
        "audit:time_backwards",
        {"leaf": AT, "ts": "2026-01-02T03:04:00.000000Z"},
    ),
    Tamper(
        "the clock set forward",
        _said(AT, ts="2026-06-01T00:00:00.000000Z"),
        "audit:time_backwards",
        {"leaf": AT + 1},
    ),
    Tamper("a leaf of an unknown version", _said(AT, v=2), "audit:leaf_version", {"leaf": AT}),
    Tamper("a leaf with a part more", _said(AT, name="x"), "audit:leaf_malformed", {"leaf": AT}),
    Tamper("a leaf with a part less", _said(AT, who=None), "audit:leaf_malformed", {"leaf": AT}),
    Tamper("a leaf spelt otherwise", _respelled, "audit:leaf_not_canonical", {"leaf": AT}),
    Tamper(
        "a leaf of another region", _said(AT, reg="cn"), "audit:leaf_region", {"leaf": AT, "region": "cn"}
    ),
    Tamper(
        "a document beside a leaf changed",
        _swapped(FACTS, b'\\"rows\\":\\"24\\"', b'\\"rows\\":\\"25\\"'),
        "audit:facts_mismatch",
        {"leaf": 24},
    ),
    Tamper("the documents taken away", _without(FACTS), "audit:facts_mismatch", {"leaf": 0}),
    Tamper(
        "rows of another region denied",
        _swapped(FACTS, b'\\"foreign_rows\\":\\"0\\"', b'\\"foreign_rows\\":\\"9\\"'),
        "audit:facts_mismatch",
        {"leaf": 1},
    ),
    Tamper("one person less on a list that was seen", _one_person_less, "audit:set_mismatch", {"leaf": 3}),
    Tamper("the lists of people taken away", _without(SETS), "audit:set_mismatch", {"leaf": 3}),
    Tamper("a tile missing", _without(HASHES), "audit:file_missing", {"path": HASHES}),
    Tamper("a bundle of leaves missing", _without(SECOND), "audit:file_missing", {"path": SECOND}),
    Tamper("a tile further up changed", _upper_tile, "audit:tile_mismatch", {"path": HASHES}),
    Tamper(
        "a file that nothing covers",
        _one_more_file,
        "audit:file_unexpected",
        {"path": "tile/entries/003.p/1"},
    ),
)
