"""What can be done with keys, checkpoints, proofs and witnesses: each with how it is to be found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from audit import merkle
from audit.bundle import CHECKPOINT
from audit.checkpoint import Checkpoint
from audit.drill_log import START, MadeLog, changed, maker, rebuilt
from audit.note import Note, Signer, parse_note
from audit.proof import format_proof
from audit.tampers import (
    AT,
    OLDER,
    OTHER,
    SIZE,
    Attempt,
    Bundle,
    Ground,
    Proof,
    Submission,
    Tamper,
    reader_of,
)

_COSIGNED_AT: Final = 1_767_323_045
_PROOF: Final = "audit:proof_refused"


def _cosigned(ground: Ground, witness: Signer, over: str) -> Bundle:
    """Return the bundle with a cosignature over some text on its checkpoint."""
    note = parse_note(ground.note.encode())
    line = replace(witness.cosign(over, _COSIGNED_AT), name=ground.witness.name)
    cosigned = str(Note(note.text, (*note.signatures, line)))
    return Bundle(ground.files | {CHECKPOINT: cosigned.encode()}, witnesses=(ground.vouched(),))


def _cosigned_by_another(ground: Ground) -> Attempt:
    return _cosigned(ground, Signer.from_seed("elsewhere.example/witness", bytes([8]) * 32), _text(ground))


def _cosigned_elsewhere(ground: Ground) -> Attempt:
    return _cosigned(ground, ground.witness, parse_note(ground.older).text)


def _text(ground: Ground) -> str:
    return parse_note(ground.note.encode()).text


def _key_swapped(ground: Ground, *, keyless: bool = False) -> Attempt:
    files = rebuilt(ground.leaves, ground.stranger)
    return Bundle(files, older=ground.older if keyless else None, keyless=keyless)


def _signature_forged(ground: Ground) -> Attempt:
    note = parse_note(ground.note.encode())
    forged = Note(note.text, (replace(note.signatures[0], data=bytes(64)),))
    return Bundle(ground.files | {CHECKPOINT: str(forged).encode()})


def _origin_changed(ground: Ground) -> Attempt:
    text = str(Checkpoint(OTHER, SIZE, ground.log.state.edge.root))
    signed = Note(text, (ground.signer.sign(text),))
    return Bundle(ground.files | {CHECKPOINT: str(signed).encode()})


def _checkpoint_torn(ground: Ground) -> Attempt:
    return Bundle(ground.files | {CHECKPOINT: ground.note.encode().replace(b"\n600\n", b"\n0600\n")})


def _size_raised(ground: Ground) -> Attempt:
    raised = ground.note.encode().replace(b"\n600\n", b"\n599\n")
    return Bundle(ground.files | {CHECKPOINT: raised})


def _opened_elsewhere(ground: Ground) -> Attempt:
    foreign = MadeLog(maker(OTHER)).grow(1).leaves
    return Bundle(rebuilt([*foreign, *ground.leaves[1:]]))


def _rows_admitted(ground: Ground) -> Attempt:
    facts = replace(ground.log.facts(1), document={"foreign_rows": "2"})
    leaf = ground.log.made.leaf(facts, START)
    return Bundle(rebuilt([ground.leaves[0], leaf, *ground.leaves[2:]]))


def _proof(leaf: int, index: int, note: Callable[[Ground], str]) -> Callable[[Ground], Attempt]:
    def attempt(ground: Ground) -> Attempt:
        path = ground.proof(index)
        data = ground.leaves[leaf].data
        return Proof(format_proof(leaf=data, index=index, path=path, checkpoint=note(ground)))

    return attempt


def _own(ground: Ground) -> str:
    return ground.note


def _forked_before_the_witness(ground: Ground) -> Attempt:
    forked = MadeLog().add(changed(ground.leaves, 100, dec="deny"))
    proof = merkle.consistency_proof(OLDER, SIZE, reader_of(forked.leaves))
    return Submission(OLDER, tuple(proof), forked.state.note)


def _set_back_before_the_witness(ground: Ground) -> Attempt:
    return Submission(0, (), MadeLog().add(ground.leaves[:200]).state.note)


SIGNED: Final = (
    Tamper("signed by another key", _key_swapped, "audit:wrong_signature", {"size": SIZE}),
    Tamper(
        "signed by another key, no key given but an older checkpoint",
        lambda ground: _key_swapped(ground, keyless=True),
        "audit:key_changed",
        {"size": SIZE, "older": OLDER},
    ),
    Tamper("a signature forged", _signature_forged, "audit:wrong_signature", {"size": SIZE}),
    Tamper("another origin in the checkpoint", _origin_changed, "audit:wrong_origin", {"origin": OTHER}),
    Tamper(
        "the checkpoint of another log",
        lambda ground: Bundle(ground.files | {CHECKPOINT: ground.other.state.note.encode()}),
        "audit:wrong_origin",
        {"origin": OTHER},
    ),
    Tamper(
        "the whole log of another region",
        lambda ground: Bundle(ground.other.files()),
        "audit:wrong_origin",
        {"origin": OTHER},
    ),
    Tamper("a checkpoint spelt otherwise", _checkpoint_torn, "audit:checkpoint_malformed"),
    Tamper("another size in the checkpoint", _size_raised, "audit:wrong_signature", {"size": SIZE - 1}),
    Tamper("the opening of another log", _opened_elsewhere, "audit:opened_elsewhere", {"leaf": 0}),
    Tamper("rows of another region admitted", _rows_admitted, "audit:residency_broken", {"leaf": 1}),
    Tamper("cosigned by another witness", _cosigned_by_another, "audit:not_cosigned", {"size": SIZE}),
    Tamper(
        "the cosignature of another checkpoint", _cosigned_elsewhere, "audit:not_cosigned", {"size": SIZE}
    ),
    Tamper("a proof for another leaf", _proof(AT + 1, AT, _own), _PROOF, {"reason": "root"}),
    Tamper(
        "a proof against the checkpoint of another log",
        _proof(AT, AT, lambda ground: ground.other.state.note),
        "audit:note_refused",
        {"reason": "unsigned"},
    ),
    Tamper(
        "a proof against an older checkpoint that does not cover it",
        _proof(AT, AT, lambda ground: ground.older.decode()),
        _PROOF,
        {"reason": "size"},
    ),
    Tamper(
        "another history laid before a witness",
        _forked_before_the_witness,
        "audit:witness_refused",
        {"status": 422, "reason": "fork"},
    ),
    Tamper(
        "a shorter log laid before a witness",
        _set_back_before_the_witness,
        "audit:witness_refused",
        {"status": 409, "reason": "shrunken"},
    ),
)
