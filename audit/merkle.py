"""RFC 6962 trees as pure functions over a reader of perfect subtrees.

A node `(level, index)` is the perfect subtree over the leaves `index·2**level` up to `(index+1)·2**level`.
Every hash of a proof is a run of leaves; `cover` names the perfect subtrees it is made of, so a caller can
fetch all of them at once and only then fold. A verifier here refuses size 0; that a witness accepts it is
the witness's own rule.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final, TypeAlias

from audit.refusal import Refusal

HASH_LENGTH: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
Node: TypeAlias = tuple[int, int]
Cover: TypeAlias = tuple[Node, ...]
Reader: TypeAlias = Callable[[Node], bytes]


class ProofRefused(Refusal):
    """A proof does not prove. `reason`: size, length, root."""

    code: ClassVar[str] = "audit:proof_refused"


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 ‖ leaf), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\1" + left + right).digest()


def pairs(row: Sequence[bytes]) -> list[bytes]:
    """Return the parents of a row of siblings; a last one without a sibling is left out."""
    sha = hashlib.sha256
    return [sha(b"\1" + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over these leaf hashes; of none, SHA-256 of nothing."""
    row = list(hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = pairs(row) + odd
    return row[0]


def fold(hashes: Sequence[bytes]) -> bytes:
    """Join perfect subtrees, given from left (large) to right (small), into the hash of the whole run."""
    joined = hashes[-1]
    for left in reversed(hashes[:-1]):
        joined = node_hash(left, joined)
    return joined


def cover(start: int, end: int) -> Cover:
    """Name the perfect subtrees of a run of leaves; `start` is a multiple of a power of 2 ≥ its length."""
    nodes: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return tuple(nodes)


def inclusion_cover(index: int, size: int) -> list[Cover]:
    """Name what a leaf's audit path in a tree of `size` consists of, upwards (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ProofRefused(reason="size")
    path: list[Cover] = []
    for level in range((size - 1).bit_length()):
        sibling = (index >> level) ^ 1
        start = sibling << level
        if start < size:
            path.append(cover(start, min(start + (1 << level), size)))
    return path


def consistency_cover(old: int, new: int) -> list[Cover]:
    """Name what a consistency proof consists of (RFC 6962, 2.1.2); between equal sizes, nothing."""
    if not 0 < old <= new:
        raise ProofRefused(reason="size")
    proof: list[Cover] = []
    start, end, whole = 0, new, True
    while end - start != old - start:
        half = start + (1 << ((end - start - 1).bit_length() - 1))
        if old <= half:
            proof.append(cover(half, end))
            end = half
        else:
            proof.append(cover(start, half))
            start, whole = half, False
    if not whole:
        proof.append(cover(start, end))
    return proof[::-1]


def read_all(covers: Sequence[Cover], read: Reader) -> list[bytes]:
    """Turn covers into the hashes of a proof."""
    return [fold([read(node) for node in nodes]) for nodes in covers]


def inclusion_proof(index: int, size: int, read: Reader) -> list[bytes]:
    """Return the audit path of a leaf, from the leaf upwards."""
    return read_all(inclusion_cover(index, size), read)


def consistency_proof(old: int, new: int, read: Reader) -> list[bytes]:
    """Return the proof that the tree of `new` leaves begins with the tree of `old` leaves."""
    return read_all(consistency_cover(old, new), read)


def tree_root(size: int, read: Reader) -> bytes:
    """Return the root of the tree of `size` leaves."""
    return fold([read(node) for node in cover(0, size)]) if size else EMPTY_ROOT


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that leaf hash `leaf` stands at `index` in the tree of `size` leaves (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofRefused(reason="size")
    _check_lengths([leaf, root, *proof])
    joined, remaining = leaf, iter(proof)
    for level in range((size - 1).bit_length()):
        sibling = (index >> level) ^ 1
        if sibling << level >= size:
            continue
        step = _next(remaining)
        joined = node_hash(step, joined) if index >> level & 1 else node_hash(joined, step)
    if next(remaining, None) is not None:
        raise ProofRefused(reason="length")
    if joined != root:
        raise ProofRefused(reason="root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `new` leaves begins with that of `old` leaves (RFC 9162, section 2.1.4.2)."""
    if not 0 < old <= new:
        raise ProofRefused(reason="size")
    _check_lengths([old_root, new_root, *proof])
    if old == new:
        if proof:
            raise ProofRefused(reason="length")
        if old_root != new_root:
            raise ProofRefused(reason="root")
        return
    if _rebuilt(old, new, old_root, proof) != (old_root, new_root):
        raise ProofRefused(reason="root")


def _rebuilt(old: int, new: int, old_root: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    remaining = iter(proof)
    level = (
        old & -old
    ).bit_length() - 1  # the last perfect subtree of the old tree: where both trees still agree
    last = old - 1
    seed = old_root if old == 1 << level else _next(remaining)
    left = right = seed
    for height in range(level, (new - 1).bit_length()):
        sibling = (last >> height) ^ 1
        if sibling << height >= new:
            continue
        step = _next(remaining)
        if last >> height & 1:
            left, right = node_hash(step, left), node_hash(step, right)
        else:
            right = node_hash(right, step)
    if next(remaining, None) is not None:
        raise ProofRefused(reason="length")
    return left, right


def _next(remaining: Iterator[bytes]) -> bytes:
    step = next(remaining, None)
    if step is None:
        raise ProofRefused(reason="length")
    return step


def _check_lengths(hashes: Sequence[bytes]) -> None:
    if any(len(one) != HASH_LENGTH for one in hashes):
        raise ProofRefused(reason="length")
