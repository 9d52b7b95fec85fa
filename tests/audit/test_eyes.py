"""Eyes that are not ours: Go's sumdb code and `pymerkle` see the same log, and refuse what was changed."""

import os
import subprocess
from base64 import b64encode
from pathlib import Path

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from audit import merkle
from audit.growth import Edge, grow
from audit.note import Note, Signer, parse_note
from audit.proof import parse_proof
from tests.audit.made_log import ORIGIN, MadeLog, maker
from tests.audit.running_log import reveal, view

SOURCE = Path(__file__).with_name("eyes") / "main.go"
LIBRARIES = "/usr/share/gocode"  # where Debian puts Go's
KEY = maker().signer.verifier()
OLD = 300
go = pytest.mark.needs("golang-go", "golang-golang-x-mod-dev")


@pytest.fixture(scope="session")
def eyes(tmp_path_factory):
    """Build the Go program; return what asks it: an exit code and what was said."""
    folder = tmp_path_factory.mktemp("eyes")
    told = {"GO111MODULE": "off", "GOPATH": LIBRARIES, "GOCACHE": str(folder / "cache"), "GOFLAGS": ""}
    subprocess.run(
        ["go", "build", "-o", str(folder / "eyes"), str(SOURCE)], env={**os.environ, **told}, check=True
    )

    def asked(place, questions="", key=KEY):
        done = subprocess.run(
            [folder / "eyes", str(key), str(place)],
            input=questions,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.strip() or done.stderr.strip()

    return asked


def unpacked(files, folder):
    """Write the files of a log where the Go program finds them."""
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def leaf_question(index, leaf, proof):
    """Write the question whether a leaf is in the log."""
    return " ".join(["leaf", str(index), *(b64encode(one).decode() for one in (leaf, *proof))]) + "\n"


def tree_question(size, root, proof):
    """Write the question whether the log continues an older one."""
    return " ".join(["tree", str(size), *(b64encode(one).decode() for one in (root, *proof))]) + "\n"


def reader_of(row):
    """Return what reads perfect subtrees of a row of leaf hashes."""
    return lambda node: merkle.root_of(row[node[1] << node[0] : (node[1] + 1) << node[0]])


@pytest.fixture(scope="module")
def made_log():
    """Return a log of three tiles, and its root when it had grown half-way."""
    made = MadeLog().grow(OLD)
    old_root = made.state.edge.root
    made.grow(600 - OLD)
    return made, old_root


@go
def test_go_sees_the_same_log(eyes, made_log, tmp_path):
    """Go opens our checkpoint beside a witness's line, reads our tiles, and makes and checks the same proofs."""
    made, old_root = made_log
    row = [merkle.leaf_hash(leaf.data) for leaf in made.leaves]
    note = parse_note(made.state.note.encode())
    witness = Signer.from_seed("auditor.example/w", bytes(32))
    cosigned = Note(note.text, (*note.signatures, witness.cosign(note.text, 1_767_323_045)))
    place = unpacked(made.files() | {"checkpoint": str(cosigned).encode()}, tmp_path)
    read = reader_of(row)
    asked = "".join(
        leaf_question(n, made.leaves[n].data, merkle.inclusion_proof(n, 600, read))
        for n in (0, 1, 255, 256, 299, 511, 512, 598, 599)
    )
    asked += tree_question(OLD, old_root, merkle.consistency_proof(OLD, 600, read))
    asked += tree_question(512, merkle.root_of(row[:512]), merkle.consistency_proof(512, 600, read))
    assert eyes(place, asked) == (0, f"{ORIGIN} 600")


@go
def test_go_refuses_what_was_changed(eyes, made_log, tmp_path):
    """Another key, another tile, another leaf, another proof, another older tree: Go says no to each."""
    made, old_root = made_log
    files = made.files()
    row = [merkle.leaf_hash(leaf.data) for leaf in made.leaves]
    proof = merkle.inclusion_proof(7, 600, reader_of(row))
    place = unpacked(files, tmp_path / "whole")
    assert eyes(place, key=maker(seed=bytes(32)).signer.verifier())[0] == 1
    assert eyes(place, leaf_question(7, made.leaves[8].data, proof))[0] == 1
    assert eyes(place, leaf_question(7, made.leaves[7].data, proof[::-1]))[0] == 1
    consistency = merkle.consistency_proof(OLD, 600, reader_of(row))
    assert eyes(place, tree_question(OLD, bytes(32), consistency))[0] == 1
    assert eyes(place, tree_question(OLD, old_root, consistency))[0] == 0
    tile = files["tile/0/002.p/88"]
    changed = unpacked(files | {"tile/0/002.p/88": tile[:-1] + bytes([tile[-1] ^ 1])}, tmp_path / "changed")
    assert eyes(changed)[0] == 1


@go
async def test_go_believes_a_log_that_ran(eyes, log, tmp_path):
    """What a real sequencer published, tiles and proofs, is believed by Go under the key of its opening."""
    async with log.running() as sequencer:
        first = await sequencer.append_many([reveal() for _ in range(300)])
        await log.record(*[view() for _ in range(20)])
        await log.settled()
        last = await sequencer.append(reveal())
        key = sequencer.vkey
    files = {
        str(path.relative_to(log.folder)): path.read_bytes()
        for path in log.folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    proof = parse_proof(last.proof_text())
    older = first[-1].checkpoint.splitlines()
    assert int(older[1]) <= proof.index
    code, said = eyes(
        unpacked(files, tmp_path / "ran"), leaf_question(proof.index, proof.leaf, proof.path), key
    )
    assert (code, said.split()[0]) == (0, ORIGIN)


def theirs(count):
    """Return pymerkle's tree over that many leaves, and our hashes of them."""
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for n in range(count):
        tree.append_entry(str(n).encode())
    return tree, [merkle.leaf_hash(str(n).encode()) for n in range(count)]


TREE, ROW = theirs(320)


@settings(max_examples=25, deadline=None)
@given(some.data())
def test_pymerkle_has_the_same_roots_and_paths(data):
    """At any size the roots agree, grown in any two steps, and so does the path of any leaf."""
    size = data.draw(some.integers(1, len(ROW)))
    old = data.draw(some.integers(1, size))
    index = data.draw(some.integers(0, size - 1))
    root = grow(grow(Edge(), ROW[:old]).edge, ROW[old:size]).root
    assert root == merkle.root_of(ROW[:size]) == TREE.get_root(size)
    path = merkle.inclusion_proof(index, size, reader_of(ROW))
    proof = TREE.prove_inclusion(index + 1, size)
    assert proof.path == [ROW[index], *path]
    pymerkle.verify_inclusion(ROW[index], root, proof, index + 1, size)
    consistent = TREE.prove_consistency(old, size)
    pymerkle.verify_consistency(merkle.root_of(ROW[:old]), root, consistent, old, size)


def test_pymerkle_refuses_another_root():
    """A root of another size is not believed: what agrees above could have disagreed."""
    with pytest.raises(pymerkle.InvalidProof):
        pymerkle.verify_inclusion(ROW[3], merkle.root_of(ROW[:301]), TREE.prove_inclusion(4, 300), 4, 300)
