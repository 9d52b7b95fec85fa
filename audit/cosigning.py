"""A witness: judges a request, remembers the checkpoint, and only then cosigns it; and what a log makes of that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.checkpoint import Checkpoint
from audit.note import COSIGNATURE_V1, Note, NoteRefused, Signature, Signer, Verifier, parse_note
from audit.witness import (
    OK,
    Answer,
    Submission,
    WitnessRefused,
    check_continues,
    check_signed,
    parse_submission,
    refusal_answer,
)
from audit.witness_state import WitnessState


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a request: the answer, whose tree it was, and why it was refused, if it was."""

    answer: Answer
    tree: Checkpoint | None = None
    refused: WitnessRefused | None = None


class Witness:
    """Cosigns checkpoints of the logs whose keys it holds. Looking, judging and remembering are one step."""

    def __init__(
        self,
        signer: Signer,
        state: WitnessState,
        logs: Callable[[], Mapping[str, Sequence[Verifier]]],
        now: Callable[[], datetime],
    ) -> None:
        self._signer = signer
        self._state = state
        self._logs = logs
        self._now = now

    @property
    def vkey(self) -> str:
        """The public key, as those who check cosignatures take it."""
        return str(self._signer.verifier(COSIGNATURE_V1))

    def add_checkpoint(self, body: bytes) -> Decision:
        """Answer one request. Blocks for the disk; raises `StateRefused` while the state is lost."""
        asked: Submission | None = None
        try:
            asked = parse_submission(body)
            check_signed(asked, self._logs())
            with self._state.held():
                check_continues(asked, self._state.known(asked.tree.origin))
                line = self._signer.cosign(asked.note.text, int(self._now().timestamp()))
                own = [one for one in asked.note.signatures if one.name == asked.tree.origin]
                self._state.keep(asked.tree.origin, str(Note(asked.note.text, (*own, line))))
        except WitnessRefused as refused:
            return Decision(refusal_answer(refused), asked.tree if asked else None, refused)
        return Decision(Answer(OK, line.line()), asked.tree)


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A cosignature that holds: its line, and when the witness says that it was made (Unix seconds)."""

    line: str
    at: int


def read_cosignature(text: str, lines: str, witness: Verifier) -> Cosignature:
    """Find the witness's own line in an answer and check it over a checkpoint's text; `NoteRefused`.

    Lines of other keys are ignored.
    """
    for one in _signatures(text, lines):
        if (one.name, one.key_id) == (witness.name, witness.key_id):
            witness.verify(text, one.data)
            return Cosignature(one.line(), int.from_bytes(one.data[:8], "big"))
    raise NoteRefused(reason="unsigned")


def _signatures(text: str, lines: str) -> tuple[Signature, ...]:
    return parse_note(f"{text}\n{lines}".encode()).signatures
