"""Proof files, C2SP tlog-proof: a leaf, its place, its audit path and the checkpoint, in one text to keep."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from audit import merkle
from audit.checkpoint import Checkpoint, parse_checkpoint
from audit.note import Verifier, parse_note, verified_by
from audit.refusal import Refusal

MAGIC: Final = "c2sp.org/tlog-proof@v1"
_MAX_HASHES: Final = 63
_HEAD_LINES: Final = 3


class ProofFileRefused(Refusal):
    """The text is no proof file. `reason`: magic, extra, index, hash."""

    code: ClassVar[str] = "audit:proof_file_refused"


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A proof not yet believed: the leaf (`extra`), its index, its audit path, and the signed checkpoint."""

    leaf: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: str


def format_proof(*, leaf: bytes, index: int, path: Sequence[bytes], checkpoint: str) -> str:
    """Write a proof file; `checkpoint` is the whole signed note."""
    lines = b"\n".join([b64encode(leaf), b"index %d" % index, *map(b64encode, path), b""])
    return f"{MAGIC}\nextra {lines.decode()}\n{checkpoint}"


def parse_proof(text: str) -> ProofFile:
    """Read a proof file, strictly, believing nothing."""
    head, gap, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or lines[0] != MAGIC:
        raise ProofFileRefused(reason="magic")
    if len(lines) < _HEAD_LINES or not lines[1].startswith("extra "):
        raise ProofFileRefused(reason="extra")
    extra, index, *hashes = lines[1:]
    path = tuple(_base64(line, "hash") for line in hashes)
    if len(path) > _MAX_HASHES or any(len(one) != merkle.HASH_LENGTH for one in path):
        raise ProofFileRefused(reason="hash")
    return ProofFile(_base64(extra.removeprefix("extra "), "extra"), _index(index), path, checkpoint)


def verify_proof(proof: ProofFile, verifiers: Iterable[Verifier] | None) -> Checkpoint:
    """Check the audit path and (unless `verifiers` is None) who signed; returns the checkpoint.

    Errors: `NoteRefused`, `CheckpointRefused`, `ProofRefused`.
    """
    note = parse_note(proof.checkpoint.encode())
    if verifiers is not None:
        verified_by(note, verifiers)
    tree = parse_checkpoint(note.text)
    merkle.verify_inclusion(proof.index, tree.size, merkle.leaf_hash(proof.leaf), proof.path, tree.root)
    return tree


def _index(line: str) -> int:
    text = line.removeprefix("index ")
    if not (line.startswith("index ") and text.isascii() and text.isdecimal() and len(text) < _MAX_HASHES):
        raise ProofFileRefused(reason="index")
    if str(int(text)) != text:
        raise ProofFileRefused(reason="index")
    return int(text)


def _base64(text: str, reason: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        raise ProofFileRefused(reason=reason) from None
    if b64encode(data).decode() != text:
        raise ProofFileRefused(reason=reason)
    return data
