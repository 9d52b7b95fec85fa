"""`python -m audit drill FOLDER`: a log is made, tampered with in every way we know, and all of it must be found.

Everything stays in the folder, so that each attempt can be handed to the verifier again, this one or another.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

from audit.cosigning import Witness
from audit.drill_log import ORIGIN, write
from audit.proof import parse_proof, verify_proof
from audit.refusal import Refusal
from audit.tampers import TAMPERS, Attempt, Bundle, Ground, Proof, Submission, Tamper
from audit.tampers_keys import KEYED, untouched
from audit.tampers_signed import SIGNED
from audit.verify import Trust, verify_bundle
from audit.witness import format_submission
from audit.witness_state import WitnessState

FOUND, MISSED, UNUSABLE = 0, 1, 2
ALL: Final = (*TAMPERS, *SIGNED, *KEYED)
_NOW: Final = datetime(2026, 1, 3, tzinfo=UTC)

Fields: TypeAlias = Mapping[str, str | int]
Tell: TypeAlias = Callable[[str, Fields], str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, what the verifier found, and whether that names it."""

    tamper: Tamper
    found: Mapping[str, Fields]

    @property
    def named(self) -> bool:
        """Whether the finding is there, at the place where it was done."""
        fields = self.found.get(self.tamper.code)
        return fields is not None and self.tamper.place.items() <= fields.items()


def run(folder: Path, tell: Tell) -> int:
    """Hold the drill and print its table; `tell` puts a finding into words. Returns the exit code."""
    try:
        folder.mkdir(parents=True)
    except OSError as problem:
        print(f"unusable: {problem}", file=sys.stderr)
        return UNUSABLE
    ground = Ground()
    whole = [
        not _judged(attempt, ground, folder / name)
        for name, attempt in (
            ("whole", Bundle(ground.files, ground.older)),
            ("handed-over", untouched()),
        )
    ]
    (folder / "key.txt").write_text(f"{ground.key}\n", "utf-8")
    (folder / "older.txt").write_bytes(ground.older)
    outcomes = list(rehearse(ground, folder))
    for name, one in zip(("untouched", "handed over to another key"), whole, strict=True):
        print(f"{ORIGIN}, {len(ground.leaves)} leaves, {name}: {'whole' if one else 'NOT WHOLE'}")
    for number, outcome in enumerate(outcomes, 1):
        print(_line(number, outcome, tell))
    missed = sum(not outcome.named for outcome in outcomes)
    print(f"{len(outcomes)} ways of tampering, {len(outcomes) - missed} found and named, {missed} missed")
    return MISSED if missed or not all(whole) else FOUND


def rehearse(ground: Ground, folder: Path) -> Iterator[Outcome]:
    """Make each attempt, in the folder, and judge it with what an outsider holds."""
    for number, tamper in enumerate(ALL, 1):
        yield Outcome(tamper, _judged(tamper.attempt(ground), ground, folder / f"{number:02}"))


def _judged(attempt: Attempt, ground: Ground, target: Path) -> dict[str, Fields]:
    try:
        if isinstance(attempt, Bundle):
            return _verified(attempt, ground, target.with_suffix(".zip"))
        if isinstance(attempt, Proof):
            return _proved(attempt, ground, target.with_suffix(".proof"))
        return _witnessed(attempt, ground, target.with_suffix(".state"))
    except Refusal as refusal:
        return {refusal.code: refusal.fields}


def _verified(attempt: Bundle, ground: Ground, target: Path) -> dict[str, Fields]:
    write(attempt.files, target)
    keys = () if attempt.keyless else (ground.key,)
    findings = verify_bundle(target, Trust(keys, attempt.witnesses, attempt.older)).findings
    return {code: finding.fields for code, finding in findings.first.items()}


def _proved(attempt: Proof, ground: Ground, target: Path) -> dict[str, Fields]:
    target.write_text(attempt.text, "utf-8")
    verify_proof(parse_proof(attempt.text), (ground.key,))
    return {}


def _witnessed(attempt: Submission, ground: Ground, target: Path) -> dict[str, Fields]:
    """Lay it before a witness that has cosigned the older checkpoint."""
    logs = {ORIGIN: (ground.key,)}
    state = WitnessState(target)
    state.begin([ground.older])
    witness = Witness(ground.witness, state, lambda: logs, lambda: _NOW)
    decision = witness.add_checkpoint(format_submission(attempt.old, attempt.proof, attempt.note))
    return {} if decision.refused is None else {decision.refused.code: decision.refused.fields}


def _line(number: int, outcome: Outcome, tell: Tell) -> str:
    code = outcome.tamper.code
    if outcome.named:
        said = tell(code, outcome.found[code])
    else:
        said = "MISSED; found instead: " + (", ".join(outcome.found) or "nothing")
    return f"{number:3} {outcome.tamper.done:<58} {said}"
