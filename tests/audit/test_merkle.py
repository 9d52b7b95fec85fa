"""Merkle trees: RFC 6962 hashes, proofs against a naive tree, and every published forgery refused."""

import json
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import merkle
from audit.growth import Edge, grow
from audit.tiles import Tile

VECTORS = Path(__file__).parents[1] / "vectors"
PROBES = json.loads((VECTORS / "merkle-proof-probes.json").read_text())
HASHER = json.loads((VECTORS / "rfc6962-hasher.json").read_text())
sizes = st.integers(1, 700)


def hashes(size):
    """Return that many different leaf hashes."""
    return [merkle.leaf_hash(str(n).encode()) for n in range(size)]


def naive(row):
    """Return the root by the definition of RFC 6962, section 2.1."""
    if len(row) <= 1:
        return row[0] if row else merkle.EMPTY_ROOT
    half = 1 << (len(row) - 1).bit_length() - 1
    return merkle.node_hash(naive(row[:half]), naive(row[half:]))


def naive_path(index, row):
    """Return the audit path by the definition of RFC 6962, section 2.1.1."""
    if len(row) <= 1:
        return []
    half = 1 << (len(row) - 1).bit_length() - 1
    if index < half:
        return [*naive_path(index, row[:half]), naive(row[half:])]
    return [*naive_path(index - half, row[half:]), naive(row[:half])]


def naive_consistency(old, row, *, whole=True):
    """Return the consistency proof by the definition of RFC 6962, section 2.1.2."""
    if old == len(row):
        return [] if whole else [naive(row)]
    half = 1 << (len(row) - 1).bit_length() - 1
    if old <= half:
        return [*naive_consistency(old, row[:half], whole=whole), naive(row[half:])]
    return [*naive_consistency(old - half, row[half:], whole=False), naive(row[:half])]


def reader(row):
    """Return a reader of perfect subtrees over these leaves."""
    return lambda node: naive(row[node[1] << node[0] : (node[1] + 1) << node[0]])


def test_the_published_hashes():
    """Empty tree, empty leaf, leaf and node have the published hashes."""
    assert merkle.root_of([]).hex() == HASHER["empty_root"]
    assert merkle.leaf_hash(b"").hex() == HASHER["empty_leaf"]
    assert merkle.leaf_hash(HASHER["leaf"]["data_ascii"].encode()).hex() == HASHER["leaf"]["hash"]
    node = HASHER["node"]
    assert merkle.node_hash(node["left_ascii"].encode(), node["right_ascii"].encode()).hex() == node["hash"]


def decoded(probe):
    """Return the proof of a probe as bytes."""
    return [b64decode(one) for one in probe["proof"] or []]


@pytest.mark.parametrize("name", PROBES["inclusion"])
def test_published_inclusion_probes(name):
    """A true inclusion proof is accepted, each published forgery refused."""
    probe = PROBES["inclusion"][name]
    leaf, root = b64decode(probe["leafHash"]), b64decode(probe["root"])
    given_ = (probe["leafIdx"], probe["treeSize"], leaf, decoded(probe), root)
    if probe["wantErr"]:
        with pytest.raises(merkle.ProofRefused):
            merkle.verify_inclusion(*given_)
    else:
        merkle.verify_inclusion(*given_)


@pytest.mark.parametrize("name", PROBES["consistency"])
def test_published_consistency_probes(name):
    """A true consistency proof is accepted, each published forgery refused."""
    probe = PROBES["consistency"][name]
    roots = b64decode(probe["root1"]), b64decode(probe["root2"])
    given_ = (probe["size1"], probe["size2"], *roots, decoded(probe))
    if probe["wantErr"]:
        with pytest.raises(merkle.ProofRefused):
            merkle.verify_consistency(*given_)
    else:
        merkle.verify_consistency(*given_)


@given(st.integers(0, 700))
def test_a_root_is_the_naive_root(size):
    """The root of any tree is that of the definition, read from leaves or from perfect subtrees."""
    row = hashes(size)
    assert merkle.root_of(row) == merkle.tree_root(size, reader(row)) == naive(row)


@given(st.data())
def test_an_audit_path_is_the_naive_path(data):
    """Every audit path is that of the definition, and is accepted."""
    row = hashes(data.draw(sizes))
    index = data.draw(st.integers(0, len(row) - 1))
    path = merkle.inclusion_proof(index, len(row), reader(row))
    assert path == naive_path(index, row)
    merkle.verify_inclusion(index, len(row), row[index], path, naive(row))


@given(st.data())
def test_a_consistency_proof_is_the_naive_proof(data):
    """Every consistency proof is that of the definition, and is accepted."""
    row = hashes(data.draw(sizes))
    old = data.draw(st.integers(1, len(row)))
    proof = merkle.consistency_proof(old, len(row), reader(row))
    assert proof == naive_consistency(old, row)
    merkle.verify_consistency(old, len(row), naive(row[:old]), naive(row), proof)


@given(st.data())
def test_a_changed_history_has_no_consistency_proof(data):
    """If the older tree held another leaf, the true proof does not connect it."""
    row = hashes(data.draw(st.integers(2, 300)))
    old = data.draw(st.integers(1, len(row)))
    changed = data.draw(st.integers(0, old - 1))
    other = [*row[:changed], merkle.leaf_hash(b"other"), *row[changed + 1 : old]]
    proof = naive_consistency(old, row)
    with pytest.raises(merkle.ProofRefused):
        merkle.verify_consistency(old, len(row), naive(other), naive(row), proof)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=5))
@settings(max_examples=40)
def test_growing_batch_by_batch_is_the_same_tree(batches):
    """However leaves arrive, root, tiles and the proofs of the newest are those of the whole tree."""
    row = hashes(sum(batches))
    edge, held = Edge(), {}
    for count in batches:
        grown = grow(edge, row[edge.size : edge.size + count])
        for tile, data in grown.tiles:
            before = held.get((tile.level, tile.index), b"")
            assert data.startswith(before)
            assert len(data) > len(before)
            held[tile.level, tile.index] = data
        edge = grown.edge
        assert grown.root == edge.root == naive(row[: edge.size])
        for index in {grown.old, edge.size - 1, (grown.old + edge.size) // 2}:
            assert grown.proof(index) == naive_path(index, row[: edge.size])
    level0 = b"".join(held[0, index] for index in range((edge.size + 255) // 256))
    assert level0 == b"".join(row)
    full = edge.size // 256
    assert held.get((1, 0), b"") == b"".join(naive(row[n * 256 : n * 256 + 256]) for n in range(full))


def test_a_tree_grows_into_its_third_tile_level():
    """At 65,536 leaves the one hash of level 2 appears, and is the root."""
    row = hashes(65_536)
    first = grow(Edge(), row[:65_535])
    grown = grow(first.edge, row[65_535:])
    assert [tile for tile, _ in grown.tiles] == [Tile(0, 255), Tile(1, 0), Tile(2, 0, 1)]
    assert dict(grown.tiles)[Tile(2, 0, 1)] == grown.root == merkle.root_of(row)
    after = grow(grown.edge, [row[0]])
    assert after.root == merkle.node_hash(grown.root, row[0]) == after.edge.root


def test_an_old_leaf_is_not_proved_from_a_batch():
    """A batch proves only the leaves that it added."""
    grown = grow(grow(Edge(), hashes(3)).edge, hashes(2))
    with pytest.raises(merkle.ProofRefused):
        grown.proof(2)
