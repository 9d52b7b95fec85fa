"""ML-DSA-44 cosignatures (0x06): what is signed to the byte, one witness with two keys, machines that cannot."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import mldsa as primitive

from audit import mldsa
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.cosigning import Witness, read_cosignature
from audit.note import (
    COSIGNATURE_MLDSA,
    COSIGNATURE_V1,
    MlDsaCosigner,
    Note,
    NoteRefused,
    Signature,
    Signer,
    Verifier,
    parse_note,
    parse_vkey,
    verified_by,
)
from audit.witness import format_submission
from audit.witness_state import WitnessState

NAME = "witness.example/w1"
SEED = bytes(31) + b"m"
SECOND = MlDsaCosigner.from_seed(NAME, SEED)
FIRST = Signer.from_seed(NAME, bytes(31) + b"e")
LOG = Signer.from_seed("log.example/audit/eu", bytes(31) + b"l")
TREE = Checkpoint(LOG.name, 5, bytes(range(32)))
NOTE = sign_checkpoint(TREE, LOG)
AT = 1_679_315_147


def test_what_is_signed_is_the_specified_structure() -> None:
    """Label, name, time, origin, 0, size and root stand one after the other, as the specification lays them out."""
    expected = (
        b"subtree/v1\n\x00"
        + bytes([18])
        + b"witness.example/w1"
        + bytes.fromhex("00000000641850cb")
        + bytes([20])
        + b"log.example/audit/eu"
        + bytes(8)
        + bytes.fromhex("0000000000000005")
        + bytes(range(32))
    )
    assert mldsa.cosigned_message(NAME, AT, NOTE.text) == expected
    line = SECOND.cosign(NOTE.text, AT)
    assert (len(line.data), line.data[:8].hex()) == (8 + 2420, "00000000641850cb")
    public = primitive.MLDSA44PublicKey.from_public_bytes(SECOND.public)
    public.verify(line.data[8:], expected)  # by the library alone, over bytes written down here


def test_extension_lines_are_not_signed_by_it() -> None:
    """No statement is made about extension lines: with or without them the message is the same."""
    extended = f"{NOTE.text}an extension\n"
    assert mldsa.cosigned_message(NAME, AT, extended) == mldsa.cosigned_message(NAME, AT, NOTE.text)


def test_a_key_is_told_as_a_vkey_of_type_6() -> None:
    """The key prints, reads back, and a changed id, a shorter key or another type byte is refused."""
    vkey = str(SECOND.verifier())
    assert parse_vkey(vkey) == SECOND.verifier()
    name, key_id, body = vkey.split("+", 2)
    assert b64decode(body)[0] == COSIGNATURE_MLDSA
    short = Verifier(NAME, COSIGNATURE_MLDSA, SECOND.public[:-1])
    for bad in (f"{name}+00000000+{body}", str(short), str(Verifier(NAME, 7, SECOND.public))):
        with pytest.raises(NoteRefused):
            parse_vkey(bad)
    assert key_id == SECOND.verifier().key_id.hex()


def test_a_witness_signs_with_both_and_either_is_checked(tmp_path) -> None:
    """An answer holds a line of each type; each verifies by its own key, and a false one under either is refused."""
    state = WitnessState(tmp_path / "state")
    state.begin()
    logs = {LOG.name: (LOG.verifier(),)}
    made = Witness(FIRST, state, lambda: logs, lambda: datetime.fromtimestamp(AT, UTC), second=SECOND)
    lines = made.add_checkpoint(format_submission(0, [], str(NOTE))).answer.body
    keys = [parse_vkey(one) for one in made.vkeys]
    assert [key.algorithm for key in keys] == [COSIGNATURE_V1, COSIGNATURE_MLDSA]
    both = read_cosignature(NOTE.text, lines, *keys)
    assert (both.line, both.at, both.algorithms) == (lines, AT, ("Ed25519", "ML-DSA-44"))
    assert read_cosignature(NOTE.text, lines, keys[1]).algorithms == ("ML-DSA-44",)
    assert state.notes()[LOG.name].endswith(lines)
    other = sign_checkpoint(Checkpoint(LOG.name, 6, TREE.root), LOG).text
    moved = SECOND.cosign(other, AT).line() + lines.splitlines(keepends=True)[0]
    with pytest.raises(NoteRefused):
        read_cosignature(NOTE.text, moved, *keys)


def test_the_signature_binds_name_time_and_tree() -> None:
    """Under another name or time, or over another tree, the same signature does not verify; time 0 does not count."""
    line = SECOND.cosign(NOTE.text, AT)
    key = SECOND.verifier()
    key.verify(NOTE.text, line.data)
    later = (AT + 1).to_bytes(8, "big") + line.data[8:]
    beyond = (2**63).to_bytes(8, "big") + line.data[8:]
    for verifier, text, data in (
        (Verifier("witness.example/w2", COSIGNATURE_MLDSA, SECOND.public), NOTE.text, line.data),
        (key, NOTE.text, later),
        (key, NOTE.text, beyond),
        (key, NOTE.text, line.data[:-1]),
        (key, NOTE.text.replace("\n5\n", "\n6\n"), line.data),
        (key, "no checkpoint\n", line.data),
    ):
        with pytest.raises(NoteRefused):
            verifier.verify(text, data)
    timeless = SECOND.cosign(NOTE.text, 0)
    key.verify(NOTE.text, timeless.data)
    with pytest.raises(NoteRefused):
        read_cosignature(NOTE.text, timeless.line(), key)


def test_a_signature_of_an_unknown_type_is_passed_over() -> None:
    """A line whose key id is of a type that nobody here knows counts for nothing and spoils nothing."""
    foreign = Signature(NAME, b"\x07abc", bytes(3000))
    note = Note(NOTE.text, (*NOTE.signatures, foreign, SECOND.cosign(NOTE.text, AT)))
    read = parse_note(str(note).encode())
    assert verified_by(read, [LOG.verifier(), SECOND.verifier()]) == (LOG.verifier(), SECOND.verifier())
    assert str(read) == str(note)


def test_a_machine_without_it_says_so(monkeypatch) -> None:
    """Where `cryptography` has no ML-DSA-44 a key of it is refused by that reason, and not taken for a forgery."""
    line, vkey = SECOND.cosign(NOTE.text, AT), str(SECOND.verifier())
    monkeypatch.setattr(mldsa, "is_available", lambda: False)
    with pytest.raises(NoteRefused) as refused:
        parse_vkey(vkey)
    assert refused.value.fields["reason"] == "algorithm"

    def lacking(*_given: object) -> None:
        raise ImportError

    monkeypatch.setattr(mldsa, "verify", lacking)
    monkeypatch.setattr(mldsa, "public_of", lacking)
    for attempt in (
        lambda: SECOND.verifier().verify(NOTE.text, line.data),
        lambda: MlDsaCosigner.from_seed(NAME, SEED),
    ):
        with pytest.raises(NoteRefused) as refused:
            attempt()
        assert refused.value.fields["reason"] == "algorithm"


def test_a_line_reads_back(tmp_path) -> None:
    """A note with the long line keeps one spelling: it is written as it was read."""
    note = Note(NOTE.text, (*NOTE.signatures, SECOND.cosign(NOTE.text, AT)))
    text = str(note)
    assert str(parse_note(text.encode())) == text
    assert b64encode(note.signatures[1].key_id + note.signatures[1].data).decode() in text
