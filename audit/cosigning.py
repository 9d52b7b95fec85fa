"""A witness: judges a request, remembers the checkpoint, and only then cosigns it; and what a log makes of that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.checkpoint import Checkpoint
from audit.note import (
    ALGORITHMS,
    COSIGNATURE_V1,
    MlDsaCosigner,
    Note,
    NoteRefused,
    Signature,
    Signer,
    Verifier,
    parse_note,
)
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
        *,
        second: MlDsaCosigner | None = None,
    ) -> None:
        """`second` cosigns beside `signer`, under the same name."""
        self._signer = signer
        self._second = second
        self._state = state
        self._logs = logs
        self._now = now

    @property
    def vkeys(self) -> tuple[str, ...]:
        """The public keys, as those who check cosignatures take them."""
        second = (str(self._second.verifier()),) if self._second else ()
        return (str(self._signer.verifier(COSIGNATURE_V1)), *second)

    def add_checkpoint(self, body: bytes) -> Decision:
        """Answer one request. Blocks for the disk; raises `StateRefused` while the state is lost."""
        asked: Submission | None = None
        try:
            asked = parse_submission(body)
            check_signed(asked, self._logs())
            with self._state.held():
                known = self._state.known(asked.tree.origin)
                check_continues(asked, known)
                lines = self._cosign(asked.note.text)
                if (
                    known is None or known.size != asked.tree.size
                ):  # the same again costs no write to the disk
                    own = [one for one in asked.note.signatures if one.name == asked.tree.origin]
                    self._state.keep(asked.tree.origin, str(Note(asked.note.text, (*own, *lines))))
        except WitnessRefused as refused:
            return Decision(refusal_answer(refused), asked.tree if asked else None, refused)
        return Decision(Answer(OK, "".join(line.line() for line in lines)), asked.tree)

    def _cosign(self, text: str) -> tuple[Signature, ...]:
        at = int(self._now().timestamp())
        second = (self._second.cosign(text, at),) if self._second else ()
        return (self._signer.cosign(text, at), *second)


@dataclass(frozen=True, slots=True)
class Cosignature:
    """Cosignatures of one witness that hold: their lines, when it says that they were made (Unix seconds), and how."""

    line: str
    at: int
    algorithms: tuple[str, ...] = ()


def read_cosignature(text: str, lines: str, *keys: Verifier) -> Cosignature:
    """Find a witness's own lines in an answer and check each over a checkpoint's text; `NoteRefused`.

    One line under one of its keys is enough; a false one under any is refused. Lines of other keys are ignored. A time
    of 0 states no time (0x06 allows it), which is not what a witness is asked for.
    """
    known = {(key.name, key.key_id): key for key in keys}
    own: dict[tuple[str, bytes], Signature] = {}
    for one in _signatures(text, lines):
        key = known.get((one.name, one.key_id))
        if key is not None:
            key.verify(text, one.data)
            own[(one.name, one.key_id)] = one
    at = min((int.from_bytes(one.data[:8], "big") for one in own.values()), default=0)
    if not at:
        raise NoteRefused(reason="unsigned")
    names = tuple(ALGORITHMS[known[slot].algorithm] for slot in own)
    return Cosignature("".join(one.line() for one in own.values()), at, names)


def _signatures(text: str, lines: str) -> tuple[Signature, ...]:
    return parse_note(f"{text}\n{lines}".encode()).signatures
