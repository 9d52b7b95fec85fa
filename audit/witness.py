"""What a witness decides, C2SP tlog-witness: pure rules over one request and what it cosigned last.

A request is `old N`, the lines of a consistency proof, an empty line, and a signed checkpoint. A Merkle library
refuses size 0, a witness accepts it from a log that it has never seen: that rule is here, the other in `merkle`.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from audit import merkle
from audit.checkpoint import Checkpoint, CheckpointRefused, parse_checkpoint, read_size
from audit.note import Note, NoteRefused, Verifier, parse_note, verified_by
from audit.refusal import Refusal

MAX_BODY: Final = 32_768
MAX_HASHES: Final = 63
SIZE_TYPE: Final = "text/x.tlog.size"
PLAIN: Final = "text/plain; charset=utf-8"
OK, BAD_REQUEST, FORBIDDEN, NOT_FOUND, CONFLICT, UNPROCESSABLE = 200, 400, 403, 404, 409, 422


class WitnessRefused(Refusal):
    """A checkpoint is not cosigned. `status` is the answer's; `reason` says more than the protocol does.

    `reason`: malformed, old_beyond, unknown_log, unsigned, size (another one is known), shrunken,
    fork, proof.
    """

    code: ClassVar[str] = "audit:witness_refused"

    def __init__(self, status: int, reason: str, known: int | None = None) -> None:
        super().__init__(status=status, reason=reason)
        self.status = status
        self.reason = reason
        self.known = known

    @property
    def is_alarm(self) -> bool:
        """Whether a log's own key has signed what cannot be an honest log's."""
        return self.reason in {"shrunken", "fork"}


@dataclass(frozen=True, slots=True)
class Submission:
    """A request, taken apart and not yet believed."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    tree: Checkpoint


@dataclass(frozen=True, slots=True)
class Answer:
    """What the protocol answers: a status and a body of a type."""

    status: int
    body: str
    type: str = PLAIN


def parse_submission(body: bytes) -> Submission:
    """Read a request, strictly; `WitnessRefused` (400)."""
    head, gap, note_bytes = body.partition(b"\n\n")
    try:
        old_line, *hashes = head.decode("ascii").split("\n")
        if len(body) > MAX_BODY or not gap or not old_line.startswith("old ") or len(hashes) > MAX_HASHES:
            raise WitnessRefused(BAD_REQUEST, "malformed")
        note = parse_note(note_bytes)
        tree = parse_checkpoint(note.text)
        old = read_size(old_line.removeprefix("old "))
        return Submission(old, tuple(_hash(line) for line in hashes), note, tree)
    except (NoteRefused, CheckpointRefused, ValueError):
        raise WitnessRefused(BAD_REQUEST, "malformed") from None


def format_submission(old: int, proof: Sequence[bytes], checkpoint: str) -> bytes:
    """Write a request; `checkpoint` is the whole signed note."""
    hashes = "".join(f"{b64encode(one).decode()}\n" for one in proof)
    return f"old {old}\n{hashes}\n{checkpoint}".encode()


def check_signed(asked: Submission, logs: Mapping[str, Sequence[Verifier]]) -> None:
    """Check that the log is known and that its key has signed; `WitnessRefused` (404, 403, 400)."""
    keys = logs.get(asked.tree.origin)
    if not keys:
        raise WitnessRefused(NOT_FOUND, "unknown_log")
    try:
        verified_by(asked.note, keys)
    except NoteRefused:
        raise WitnessRefused(FORBIDDEN, "unsigned") from None
    if asked.old > asked.tree.size:
        raise WitnessRefused(BAD_REQUEST, "old_beyond")


def check_continues(asked: Submission, known: Checkpoint | None) -> None:
    """Check that the tree continues the one cosigned last; `WitnessRefused` (409, 422)."""
    size = known.size if known else 0
    root = known.root if known else merkle.EMPTY_ROOT
    if asked.old != size:
        raise WitnessRefused(CONFLICT, "shrunken" if asked.tree.size < size else "size", size)
    if asked.tree.size == size and asked.tree.root != root:
        raise WitnessRefused(CONFLICT, "fork", size)
    try:
        if size:
            merkle.verify_consistency(size, asked.tree.size, root, asked.tree.root, asked.proof)
        elif asked.proof:
            raise WitnessRefused(UNPROCESSABLE, "fork", size)
    except merkle.ProofRefused as refused:
        # A proof of a wrong length says nothing of the tree; one that leads to another root does.
        reason = "fork" if refused.fields["reason"] == "root" else "proof"
        raise WitnessRefused(UNPROCESSABLE, reason, size) from None


def refusal_answer(refused: WitnessRefused) -> Answer:
    """Put a refusal into the protocol's words: a conflict tells the size that is known."""
    if refused.status == CONFLICT:
        return Answer(CONFLICT, f"{refused.known}\n", SIZE_TYPE)
    return Answer(refused.status, f"{refused.code} {refused.reason}\n")


def _hash(line: str) -> bytes:
    data = b64decode(line, validate=True)
    if len(data) != merkle.HASH_LENGTH or b64encode(data).decode() != line:
        raise WitnessRefused(BAD_REQUEST, "malformed")
    return data
