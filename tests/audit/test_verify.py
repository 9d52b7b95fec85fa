"""The verifier: a whole export is whole, and every way of changing one is found and named."""

import json
from dataclasses import replace
from uuid import UUID

import pytest

from audit import jcs, merkle
from audit.bundle import BundleUnusable
from audit.checkpoint import Checkpoint
from audit.entry import Facts, Leaf
from audit.note import COSIGNATURE_V1, Note, Signer, parse_note
from audit.tiles import ENTRIES, Tile, decode_bundle, encode_bundle
from audit.tower import Tower
from audit.verify import OlderUnusable, Trust, verify_bundle
from tests.audit.made_log import ORIGIN, START, MadeLog, maker, rebuilt, written

SIZE = 600
SECOND = Tile(ENTRIES, 1).path  # the bundle of leaves 256 to 511
KEY = maker().signer.verifier()
LOG = MadeLog().grow(300)
OLDER = LOG.state.note.encode()
LOG.grow(SIZE - 300)


@pytest.fixture
def check(tmp_path):
    """Return a function that says which codes, with which fields, the verifier finds in these files."""

    def found(files, **trust):
        report = verify_bundle(written(files, tmp_path), Trust(**{"keys": (KEY,), **trust}))
        return {code: dict(finding.fields) for code, finding in report.findings.first.items()}

    return found


def entries_changed(change):
    """Return the export with the leaves of its second bundle changed, and nothing else."""
    leaves = decode_bundle(LOG.files()[SECOND])
    change(leaves)
    return LOG.files() | {SECOND: encode_bundle(leaves)}


def leaf_changed(index, **parts):
    """Return the leaves of the log, one of them saying something else."""
    old = LOG.leaves[index]
    new = {name: value for name, value in ({**json.loads(old.data), **parts}).items() if value is not None}
    changed = Leaf(jcs.canonical(new), old.members, old.document)
    return [*LOG.leaves[:index], changed, *LOG.leaves[index + 1 :]]


def test_a_whole_log_is_whole(check):
    """An untouched export has no findings, alone and against an older checkpoint."""
    assert check(LOG.files()) == {}
    assert check(LOG.files(), older=OLDER) == {}
    assert check(LOG.files(), keys=()) == {}


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513])
def test_logs_of_every_shape_are_whole(check, size):
    """Partial tiles, full tiles, and one leaf more: whole."""
    assert check(MadeLog().grow(size).files()) == {}


def test_an_edit_is_found(check):
    """One changed leaf is named."""
    files = entries_changed(lambda leaves: leaves.__setitem__(44, leaves[44].replace(b"allow", b"deny")))
    assert check(files) == {"audit:leaf_edited": {"leaf": 300}}


def test_a_deletion_is_found(check):
    """A leaf taken out is named, also if the rest moved up and something else fills the end."""
    assert check(entries_changed(lambda leaves: leaves.pop(44))) == {"audit:leaf_deleted": {"leaf": 300}}
    moved = entries_changed(lambda leaves: leaves.append(leaves.pop(44).replace(b"allow", b"deny")))
    assert check(moved) == {"audit:leaf_deleted": {"leaf": 300}}


def test_an_insertion_is_found(check):
    """A leaf slipped in is named."""
    files = entries_changed(lambda leaves: leaves.insert(44, b"{}"))
    assert check(files) == {"audit:leaf_inserted": {"leaf": 300}}


def test_a_reorder_is_found(check):
    """Two leaves exchanged: the first of them is named."""

    def swap(leaves):
        leaves[44], leaves[50] = leaves[50], leaves[44]

    assert check(entries_changed(swap)) == {"audit:leaf_reordered": {"leaf": 300}}


def test_an_edit_with_its_tile_is_found_above(check):
    """A leaf changed together with its level-0 tile betrays itself in the tile above and in the root."""
    other = rebuilt(leaf_changed(300, dec="deny"))
    changed = {path: other[path] for path in (SECOND, Tile(0, 1).path)}
    assert check(LOG.files() | changed) == {
        "audit:tile_mismatch": {"path": "tile/0/001", "above": "tile/1/000.p/2"},
        "audit:root_mismatch": {"size": SIZE, "since": 0},
    }


def test_a_wholly_rebuilt_log_does_not_have_the_signed_root(check):
    """Everything rebuilt under the old checkpoint: an older checkpoint tells on which side of it."""
    files = rebuilt(leaf_changed(400, dec="deny")) | {"checkpoint": LOG.state.note.encode()}
    assert check(files) == {"audit:root_mismatch": {"size": SIZE, "since": 0}}
    assert check(files, older=OLDER) == {"audit:root_mismatch": {"size": SIZE, "since": 300}}


def test_a_fork_is_found(check):
    """A rebuilt log signed anew by the true key contradicts a checkpoint that somebody kept."""
    files = rebuilt(leaf_changed(100, dec="deny"))
    assert check(files) == {}
    assert check(files, older=OLDER) == {"audit:fork": {"size": SIZE, "older": 300}}


def test_a_fork_at_the_same_size_is_found(check):
    """Two trees of one size are a fork."""
    files = rebuilt(leaf_changed(100, dec="deny"))
    assert check(files, older=LOG.state.note.encode()) == {"audit:fork": {"size": SIZE, "older": SIZE}}


def test_truncation_under_the_old_checkpoint_is_found(check):
    """Leaves missing at the end of what the checkpoint covers: the first missing file is named."""
    files = rebuilt(LOG.leaves[:500]) | {"checkpoint": LOG.state.note.encode()}
    found = check(files)
    assert found["audit:file_missing"] == {"path": "tile/0/001"}


def test_an_old_backup_restored_is_found(check):
    """A log set back to an earlier true state is shorter than a checkpoint somebody kept."""
    files = rebuilt(LOG.leaves[:200])
    assert check(files) == {}
    assert check(files, older=OLDER) == {"audit:truncated": {"size": 200, "older": 300}}


def test_an_absurd_size_is_not_counted_up_to(check):
    """A checkpoint of 2**62 leaves over a small bundle is answered at once."""
    signer = maker().signer
    text = str(Checkpoint(ORIGIN, 2**62, bytes(32)))
    files = LOG.files() | {"checkpoint": str(Note(text, (signer.sign(text),))).encode()}
    assert list(check(files)) == ["audit:file_missing"]


def test_something_more_than_the_checkpoint_covers_is_found(check):
    """A file that the checkpoint does not cover is named."""
    files = LOG.files() | {"tile/entries/003.p/1": encode_bundle([b"{}"])}
    assert check(files) == {"audit:file_unexpected": {"path": "tile/entries/003.p/1"}}


def test_swapped_keys_are_found(check):
    """A log signed by another key under the same name: found with the key, and without it by the older one."""
    files = rebuilt(LOG.leaves, maker(seed=bytes(32)))
    assert check(files) == {"audit:wrong_signature": {"size": SIZE}}
    assert check(files, keys=(), older=OLDER) == {"audit:key_changed": {"size": SIZE, "older": 300}}


def test_a_broken_signature_is_found(check):
    """A signature that does not fit the text is found."""
    text = str(Checkpoint(ORIGIN, SIZE, LOG.state.edge.root))
    note = parse_note(LOG.state.note.encode())
    forged = Note(text, (replace(note.signatures[0], data=bytes(64)),))
    assert check(LOG.files() | {"checkpoint": str(forged).encode()}) == {
        "audit:wrong_signature": {"size": SIZE}
    }


def test_another_logs_bundle_is_found(check):
    """A log of another name is not the one asked for, with a key or against an older checkpoint."""
    other = "waxwing.example/audit/cn"
    files = MadeLog(maker(origin=other, region="cn")).grow(SIZE).files()
    assert check(files, keys=()) == {}
    assert check(files) == {"audit:wrong_origin": {"origin": other}}
    assert "audit:wrong_origin" in check(files, keys=(), older=OLDER)


def test_a_leaf_of_another_region_is_found(check):
    """A leaf that names another region than the log's origin is named."""
    assert check(rebuilt(leaf_changed(300, reg="cn"))) == {"audit:leaf_region": {"leaf": 300, "region": "cn"}}


def test_a_missing_witness_is_found(check):
    """A witness asked for must have cosigned; one that has is believed."""
    witness = Signer.from_seed("auditor.example/w1", bytes(32))
    note = parse_note(LOG.state.note.encode())
    cosigned = Note(note.text, (*note.signatures, witness.cosign(note.text, 1_767_323_045)))
    trust = {"witnesses": (witness.verifier(COSIGNATURE_V1),)}
    assert check(LOG.files() | {"checkpoint": str(cosigned).encode()}, **trust) == {}
    assert check(LOG.files(), **trust) == {"audit:not_cosigned": {"witness": witness.name, "size": SIZE}}


def test_time_going_backwards_is_found(check):
    """A leaf dated before the one in front of it is named."""
    found = check(rebuilt(leaf_changed(300, ts="2026-01-02T03:04:00.000000Z")))
    assert found == {"audit:time_backwards": {"leaf": 300, "ts": "2026-01-02T03:04:00.000000Z"}}


def test_a_leaf_in_another_spelling_is_found(check):
    """A leaf with a space in it means the same and is still named."""
    old = LOG.leaves[300]
    leaves = [*LOG.leaves[:300], replace(old, data=old.data.replace(b",", b", ")), *LOG.leaves[301:]]
    assert check(rebuilt(leaves))["audit:leaf_not_canonical"] == {"leaf": 300}


def test_an_unknown_version_stops_the_verifier(check):
    """A leaf of version 2 is named, and nothing is guessed about what stands behind it."""
    leaves = leaf_changed(300, v=2)
    leaves[400] = replace(leaves[400], data=b"{}")
    assert check(rebuilt(leaves)) == {"audit:leaf_version": {"leaf": 300}}


@pytest.mark.parametrize(
    "parts", [{"who": None}, {"v": None}, {"name": "x"}, {"who": 7}, {"ts": "yesterday"}]
)
def test_a_leaf_of_another_form_is_found(check, parts):
    """A leaf with a part missing, unknown, or of the wrong kind is named."""
    assert check(rebuilt(leaf_changed(301, **parts))) == {"audit:leaf_malformed": {"leaf": 301}}


def side_changed(path, old, new):
    """Return the export with a side document changed."""
    files = LOG.files()
    assert old in files[path]
    return files | {path: files[path].replace(old, new, 1)}


def test_a_changed_document_is_found(check):
    """A side document that is not the one its leaf commits to is named."""
    files = side_changed("side/facts.jsonl", b'\\"rows\\":\\"24\\"', b'\\"rows\\":\\"25\\"')
    assert check(files) == {"audit:facts_mismatch": {"leaf": 24}}


def test_a_missing_document_is_found(check):
    """Without the side documents, the first leaf that commits to one is named."""
    files = LOG.files()
    assert check({path: files[path] for path in files if path != "side/facts.jsonl"}) == {
        "audit:facts_mismatch": {"leaf": 0}
    }


def test_a_document_of_no_leaf_is_found(check):
    """A side document whose leaf commits to none is named."""
    files = LOG.files()
    extra = jcs.canonical({"index": SIZE + 1, "document": "{}"}) + b"\n"
    assert check(files | {"side/facts.jsonl": files["side/facts.jsonl"] + extra}) == {
        "audit:facts_mismatch": {"leaf": SIZE + 1}
    }


def test_a_changed_list_of_people_is_found(check):
    """People exchanged, left out or malformed beside a list view: its leaf is named."""
    files = LOG.files()
    lines = files["side/sets.jsonl"].splitlines()
    first = json.loads(lines[0])
    for members in (
        first["members"][::-1],
        first["members"][1:],
        [*first["members"], "x"],
        [],
        "x",
        [["é", "AA"]],
        [["a", "!"]],
    ):
        line = jcs.canonical({"index": first["index"], "members": members})
        changed = b"\n".join([line, *lines[1:], b""])
        assert check(files | {"side/sets.jsonl": changed}) == {"audit:set_mismatch": {"leaf": 3}}


def test_a_residency_leaf_that_admits_foreign_rows_is_found(check):
    """A daily statement that counts rows of another region is named; one that counts none is whole."""
    facts = Facts(kind="security:residency:stated", who="wx_worker", role="process", request=UUID(int=1))
    for rows, expected in (("0", {}), ("2", {"audit:residency_broken": {"leaf": 0}})):
        leaf = maker().leaf(replace(facts, document={"foreign_rows": rows}), START)
        assert check(MadeLog().add([leaf]).files()) == expected


def test_only_the_first_of_a_kind_is_told_and_the_rest_counted(check, tmp_path):
    """Of many findings of one kind the first is named and the others are counted."""
    leaves = [*LOG.leaves[:5], *[replace(leaf, data=b"{} ") for leaf in LOG.leaves[5:9]]]
    report = verify_bundle(written(rebuilt(leaves), tmp_path), Trust())
    assert report.findings.more["audit:leaf_not_canonical"] == 3


@pytest.mark.parametrize("size", [1, 256, 257, 65_536, 65_537, 66_000])
def test_a_tower_has_the_root_of_its_leaves(size):
    """Whatever the height, the root over streamed tiles is the tree's."""
    row = [n.to_bytes(32) for n in range(size)]
    tower = Tower([size, size // 2])
    tiles = [row[at : at + 256] for at in range(0, size, 256)]
    kept = {nth: tiles[nth] for nth in tower.wanted if nth < len(tiles)}
    tower.add([merkle.root_of(tile) for tile in tiles if len(tile) == 256], kept)
    assert tower.root(size) == merkle.root_of(row)
    assert tower.root(size // 2) == merkle.root_of(row[: size // 2])


def test_what_is_no_bundle_is_unusable(tmp_path):
    """A file that is no ZIP, or holds no checkpoint, is unusable rather than broken."""
    plain = tmp_path / "plain"
    plain.write_text("not a zip")
    for path in (plain, tmp_path / "absent", written({"x": b""}, tmp_path)):
        with pytest.raises(BundleUnusable):
            verify_bundle(path, Trust())


def test_a_broken_zip_is_unusable(tmp_path):
    """A ZIP whose bytes rotted is unusable rather than a crash."""
    path = written(LOG.files(), tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[:5000] + bytes(64) + data[5064:])
    with pytest.raises(BundleUnusable):
        verify_bundle(path, Trust())


def test_an_older_checkpoint_that_says_nothing_is_unusable(tmp_path):
    """An older checkpoint that the key did not sign cannot be used as evidence."""
    path = written(LOG.files(), tmp_path)
    other = MadeLog(maker(seed=bytes(32))).grow(3).state.note.encode()
    for older in (other, b"nonsense"):
        with pytest.raises(OlderUnusable):
            verify_bundle(path, Trust(keys=(KEY,), older=older))
