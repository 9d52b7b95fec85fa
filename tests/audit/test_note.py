"""Signed notes, checkpoints and proof files: exact bytes, one spelling, no forgery."""

import json
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from audit import merkle
from audit.checkpoint import (
    Checkpoint,
    CheckpointRefused,
    origin_of,
    parse_checkpoint,
    region_of,
    sign_checkpoint,
)
from audit.note import COSIGNATURE_V1, Note, NoteRefused, Signer, parse_note, parse_vkey, verified_by
from audit.proof import ProofFileRefused, format_proof, parse_proof, verify_proof

VECTORS = Path(__file__).parents[1] / "vectors"
NOTES = json.loads((VECTORS / "note-vectors.json").read_text())
LOG = json.loads((VECTORS / "waxwing-kat-v1.json").read_text())["log"]
TESTLOG = json.loads((VECTORS / "tessera-testlog.json").read_text())
SIGNER = Signer.from_seed("charter.example/audit/eu", bytes.fromhex(LOG["seed_log"]))
WITNESS = Signer.from_seed("auditor.example/w1", bytes.fromhex(LOG["seed_witness"]))
HASHES = [bytes.fromhex(one) for one in LOG["leaf_hashes"]]


@pytest.mark.parametrize(
    "text", [*NOTES["good_vkeys"], LOG["log_vkey"], LOG["witness_vkey"], TESTLOG["vkey"]]
)
def test_a_good_key_prints_back_to_itself(text):
    """Published keys are read, and written again as they were."""
    assert str(parse_vkey(text)) == text


@pytest.mark.parametrize("text", [*NOTES["bad_vkeys"], LOG["log_vkey"].replace("c0e1", "c0e2"), "", "a+b"])
def test_a_bad_key_is_refused(text):
    """A key of another length or algorithm, or whose id does not fit, is refused."""
    with pytest.raises(NoteRefused):
        parse_vkey(text)


@pytest.mark.parametrize("case", NOTES["cases"], ids=lambda case: case["name"])
def test_published_notes(case):
    """Published notes are accepted or refused as published."""
    data, keys = b64decode(case["msg_b64"]), [parse_vkey(text) for text in case["vkeys"]]
    if case["expect"] == "error":
        with pytest.raises(NoteRefused):
            verified_by(parse_note(data), keys)
        return
    note = parse_note(data)
    assert len(verified_by(note, keys)) == case["verified"]
    assert len(note.signatures) == case["verified"] + case["unverified"]
    assert str(note).encode() == data


def test_the_known_checkpoint_is_signed_to_the_byte():
    """Our log and a witness, from the known seeds, sign exactly the known checkpoint."""
    assert str(SIGNER.verifier()) == LOG["log_vkey"]
    assert str(WITNESS.verifier(COSIGNATURE_V1)) == LOG["witness_vkey"]
    tree = Checkpoint(SIGNER.name, 5, merkle.root_of(HASHES))
    note = sign_checkpoint(tree, SIGNER)
    at = int.from_bytes(parse_note(LOG["checkpoint"].encode()).signatures[1].data[:8])
    assert str(Note(note.text, (*note.signatures, WITNESS.cosign(note.text, at)))) == LOG["checkpoint"]


def test_known_signatures_verify_and_a_changed_time_does_not():
    """Log and witness are both believed; a cosignature with another time is not."""
    note = parse_note(LOG["checkpoint"].encode())
    keys = [parse_vkey(LOG["log_vkey"]), parse_vkey(LOG["witness_vkey"])]
    assert list(verified_by(note, keys)) == keys
    log, witness = note.signatures
    for data in (bytes(7) + b"\1" + witness.data[8:], witness.data[:5]):
        later = type(witness)(witness.name, witness.key_id, data)
        with pytest.raises(NoteRefused):
            verified_by(Note(note.text, (log, later)), keys)


@pytest.mark.parametrize("size", TESTLOG["checkpoints"])
def test_checkpoints_of_another_log_verify(size):
    """Checkpoints that another implementation made parse, verify, and print back."""
    data = TESTLOG["checkpoints"][size].encode()
    note = parse_note(data)
    verified_by(note, [parse_vkey(TESTLOG["vkey"])])
    tree = parse_checkpoint(note.text)
    hashes = bytes.fromhex(TESTLOG["tile_0_000_hex"].get(size, ""))
    assert tree.size == int(size)
    assert tree.root == merkle.root_of([hashes[at : at + 32] for at in range(0, len(hashes), 32)])
    assert str(tree) == note.text


def test_the_published_checkpoint_body():
    """The published body has the published root, and prints back."""
    (body,) = NOTES["checkpoint_bodies"]["valid"]
    tree = parse_checkpoint(body)
    assert tree.root == merkle.leaf_hash(NOTES["checkpoint_bodies"]["root_is_leaf_hash_of"].encode())
    assert str(tree) == body


ROOT = b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"o\n05\n{ROOT}\n",
        f"o\n+5\n{ROOT}\n",
        f"o\n-1\n{ROOT}\n",
        f"o\n٥\n{ROOT}\n",
        f"o\n5 \n{ROOT}\n",
        f"o\n{2**63}\n{ROOT}\n",
        f"o\n{'9' * 5000}\n{ROOT}\n",
        f"o\n5\n{ROOT[:-2]}B=\n",  # the same 32 bytes to a lenient decoder
        f"o\n5\n{b64encode(bytes(31)).decode()}\n",
        f"o\n5\n{ROOT}",
        f"\n5\n{ROOT}\n",
        f"o\n5\n{ROOT}\n\n",
        "o\n5\n",
    ],
)
def test_a_second_spelling_of_a_checkpoint_is_refused(text):
    """A size or hash that does not print back to itself, or a missing line, is refused."""
    with pytest.raises(CheckpointRefused):
        parse_checkpoint(text)


def test_extension_lines_are_read_but_never_made():
    """Other logs' extension lines are kept; we sign none, nor another log's checkpoint."""
    text = f"o\n5\n{ROOT}\nmore\n"
    tree = parse_checkpoint(text)
    assert tree.extensions == ("more",)
    assert str(tree) == text
    with pytest.raises(CheckpointRefused):
        sign_checkpoint(tree, Signer.from_seed("o", bytes(32)))
    with pytest.raises(CheckpointRefused):
        sign_checkpoint(Checkpoint("p", 5, bytes(32)), Signer.from_seed("o", bytes(32)))


def test_origins_name_log_region_and_generation():
    """An origin is name, region and, from the second on, generation."""
    assert origin_of("waxwing.example", "eu") == "waxwing.example/audit/eu"
    assert origin_of("waxwing.example", "eu", 2) == "waxwing.example/audit/eu/2"
    assert region_of("waxwing.example/audit/eu/2") == "eu"
    assert region_of("go.sum database tree") is None


def test_a_signer_does_not_show_its_key():
    """The text of a signer holds no key."""
    assert LOG["seed_log"][:8] not in repr(SIGNER)
    assert "Ed25519" not in repr(SIGNER)


def test_the_known_proof_file_to_the_byte():
    """The proof of leaf 2 is written exactly as known, read back, and proves."""
    leaf = LOG["leaves"][2].encode()
    path = merkle.inclusion_proof(
        2, 5, lambda node: merkle.root_of(HASHES[node[1] << node[0] :][: 1 << node[0]])
    )
    text = format_proof(leaf=leaf, index=2, path=path, checkpoint=LOG["checkpoint"])
    assert text == LOG["tlog_proof_index2"]
    proof = parse_proof(text)
    assert (proof.leaf, proof.index, list(proof.path)) == (leaf, 2, path)
    assert verify_proof(proof, [parse_vkey(LOG["log_vkey"])]).size == 5
    assert verify_proof(proof, None).size == 5


@pytest.mark.parametrize(
    ("old", "new"),
    [("index 2", "index 3"), ("extra eyJ", "extra fyJ"), ("n0hs7", "n1hs7"), ("\n5\n", "\n6\n")],
)
def test_a_changed_proof_does_not_prove(old, new):
    """Another index, leaf, hash or tree size: refused."""
    proof = parse_proof(LOG["tlog_proof_index2"].replace(old, new, 1))
    with pytest.raises((merkle.ProofRefused, NoteRefused)):
        verify_proof(proof, [parse_vkey(LOG["log_vkey"])])


def test_a_proof_under_another_key_is_refused():
    """A proof whose checkpoint the given key did not sign is refused."""
    with pytest.raises(NoteRefused):
        verify_proof(parse_proof(LOG["tlog_proof_index2"]), [parse_vkey(TESTLOG["vkey"])])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v2\nextra \nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nextra \nindex 00\n\nx",
        "c2sp.org/tlog-proof@v1\nextra *\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nextra \nindex 0\nAA==\n\nx",
    ],
)
def test_what_is_no_proof_file_is_refused(text):
    """Another version, a missing line, a second spelling, a short hash: refused."""
    with pytest.raises(ProofFileRefused):
        parse_proof(text)
