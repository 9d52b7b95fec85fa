"""What can be done around a change of the log's key, and to ML-DSA cosignatures: each with its finding."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final, Self

from audit import jcs, mldsa
from audit.bundle import CHECKPOINT, KEYS
from audit.catalogue import LOG_KEY_ANNOUNCED
from audit.drill_log import ORIGIN, START, MadeLog
from audit.key_chain import announcement
from audit.note import MlDsaCosigner, Note, Signer, Signers, Verifier, parse_note
from audit.tampers import SIZE, Attempt, Bundle, Ground, Tamper

BEFORE: Final = 300  # leaves under the first key
BROKEN: Final = "audit:handover_broken"
UNSIGNED: Final = "audit:wrong_signature"
_AT: Final = 1_767_323_045


def _key(number: int) -> Signer:
    return Signer.from_seed(ORIGIN, bytes([number]) * 32)


class HandedOver(MadeLog):
    """A log that announces a new key in an entry and goes over to it."""

    def __init__(self) -> None:
        super().__init__()
        self.first = self.made.signer.verifier()
        self.steps: list[dict[str, str | int]] = []

    def announce(self, old: Verifier, new: Verifier) -> Self:
        """Write the entry, and keep what an export holds of it."""
        facts = replace(
            self.facts(2),
            kind=LOG_KEY_ANNOUNCED,
            role="process",
            subject=None,
            document=announcement(str(old), str(new)),
        )
        index = len(self.leaves)
        self.add([self.made.leaf(facts, START + timedelta(seconds=index))])
        document = self.leaves[index].document or ""
        self.steps.append({"checkpoint": self.state.note, "document": document, "index": index})
        return self

    def sign_with(self, *keys: Signer) -> Self:
        """Sign with these from now on."""
        self.made = replace(self.made, signer=Signers(keys))
        return self

    def files(self) -> dict[str, bytes]:
        """Return the export, its handovers too."""
        return super().files() | {KEYS: b"".join(jcs.canonical(step) + b"\n" for step in self.steps)}


def handed_over() -> HandedOver:
    """Return an honest log over a change of its key."""
    log = HandedOver().grow(BEFORE)
    return log.announce(log.first, _key(1).verifier()).sign_with(_key(1)).grow(SIZE - BEFORE - 1)


def untouched() -> Bundle:
    """Return that log as an attempt of nobody, with a checkpoint that was kept from before."""
    log = handed_over()
    return Bundle(log.files(), str(log.steps[0]["checkpoint"]).encode())


def _old_key_goes_on(_: Ground) -> Attempt:
    log = HandedOver().grow(BEFORE)
    return Bundle(log.announce(log.first, _key(1).verifier()).grow(SIZE - BEFORE - 1).files())


def _thief(_: Ground) -> Attempt:
    log = HandedOver().grow(BEFORE).sign_with(_key(2))
    return Bundle(log.announce(log.first, _key(2).verifier()).grow(9).files())


def _second_announcement(_: Ground) -> Attempt:
    log = HandedOver().grow(BEFORE)
    log.announce(log.first, _key(1).verifier()).grow(5).announce(log.first, _key(2).verifier())
    return Bundle(log.sign_with(_key(2)).grow(9).files())


def _step_changed(**parts: str) -> Callable[[Ground], Attempt]:
    def attempt(_: Ground) -> Attempt:
        log = handed_over()
        log.steps[0] |= parts
        return Bundle(log.files())

    return attempt


def _step_left_out(_: Ground) -> Attempt:
    return Bundle({path: data for path, data in handed_over().files().items() if path != KEYS})


def _mldsa(over: Callable[[Ground], str]) -> Callable[[Ground], Attempt]:
    """Return an attempt with an ML-DSA-44 cosignature that a witness made over some other text."""

    def attempt(ground: Ground) -> Attempt:
        witness = MlDsaCosigner.from_seed(ground.witness.name, bytes([7]) * 32)
        note = parse_note(ground.note.encode())
        cosigned = str(Note(note.text, (*note.signatures, witness.cosign(over(ground), _AT))))
        return Bundle(ground.files | {CHECKPOINT: cosigned.encode()}, witnesses=(witness.verifier(),))

    return attempt


_OTHER_DOCUMENT: Final = jcs.canonical(
    announcement(str(MadeLog().made.signer.verifier()), str(_key(2).verifier()))
).decode()
_CHANGED: Final[Mapping[str, str | int]] = {"handover": 0, "reason": "document"}
_SECOND_ALGORITHM: Final = (
    (
        Tamper(
            "an ML-DSA cosignature of an older checkpoint",
            _mldsa(lambda ground: parse_note(ground.older).text),
            "audit:not_cosigned",
            {"size": SIZE},
        ),
    )
    if mldsa.is_available()
    else ()
)

KEYED: Final = (
    Tamper("the old key signs on after its handover", _old_key_goes_on, UNSIGNED, {"size": SIZE}),
    Tamper("a thief announces his own key", _thief, BROKEN, {"handover": 0, "reason": "unsigned"}),
    Tamper(
        "a key handed over a second time, to a thief",
        _second_announcement,
        BROKEN,
        {"handover": 1, "reason": "handed_over"},
    ),
    Tamper(
        "another key in the handover's document", _step_changed(document=_OTHER_DOCUMENT), BROKEN, _CHANGED
    ),
    Tamper("the handover left out", _step_left_out, UNSIGNED, {"size": SIZE}),
    *_SECOND_ALGORITHM,
)
