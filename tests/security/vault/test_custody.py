"""The file custodian: made once, private, whole after any crash, and of one region."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from security.vault import file_custodian, private_files
from security.vault.custody import Custody, CustodyRefused
from security.vault.keys import new_key, unwrap_dek, wrap_dek


class PowerCut(Exception):  # noqa: N818 - it is what happens, not an error of ours
    """The machine stops here."""


@pytest.fixture
def folder(tmp_path):
    """Return a folder that does not exist yet."""
    return tmp_path / "eu" / "custody"


def _open(folder, region="eu"):
    return Custody.open(f"file:{folder}", region)


def _secrets(custody):
    return [*custody.keks.values(), custody.link_key, custody.blind_index_key, custody.log_signing_seed]


def _code(folder, region="eu"):
    with pytest.raises(CustodyRefused) as caught:
        _open(folder, region)
    return caught.value.code


def test_keys_are_made_once_and_are_the_same_ever_after(folder):
    """The first opening makes four different keys of 32 bytes; every later opening has the same."""
    first, second = _open(folder), _open(folder)
    assert _secrets(first) == _secrets(second)
    assert (first.kek_id, first.epoch) == (second.kek_id, 1)
    assert {len(key) for key in _secrets(first)} == {32}
    assert len(set(_secrets(first))) == 4


def test_everything_on_the_disk_is_private(folder):
    """The folder is 0700, both files 0600, and no draft is left."""
    _open(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert modes == {"root.key": 0o600, "keyring.json": 0o600}


def test_the_keyring_holds_no_key_in_the_clear(folder):
    """Without the root the document beside it gives away no key, in raw, hex or base64."""
    custody = _open(folder)
    document = (folder / "keyring.json").read_bytes()
    assert json.loads(document)["region"] == "eu"
    for key in _secrets(custody):
        assert key not in document
        assert key.hex().encode() not in document
    (folder / "root.key").write_bytes(b"waxwing-root-v1\n" + bytes(48))
    assert _code(folder) == "security:custody_damaged"


@pytest.mark.parametrize(
    ("name", "mode"), [("", 0o750), ("", 0o755), ("root.key", 0o640), ("keyring.json", 0o644)]
)
def test_wrong_permissions_are_refused(folder, name, mode):
    """A folder or file that others may read is refused, not repaired in silence."""
    _open(folder)
    (folder / name).chmod(mode)
    assert _code(folder) == "security:custody_permissions"


def test_a_link_in_place_of_a_file_is_refused(folder, tmp_path):
    """A root that is a link to somewhere else is refused."""
    _open(folder)
    (folder / "root.key").rename(tmp_path / "elsewhere")
    (folder / "root.key").symlink_to(tmp_path / "elsewhere")
    assert _code(folder) == "security:custody_permissions"


def test_another_region_is_refused(folder):
    """One region's folder opens for no other, also if somebody edits the region's name in the document."""
    _open(folder)
    assert _code(folder, "cn") == "security:custody_other_region"
    document = (folder / "keyring.json").read_text()
    (folder / "keyring.json").write_text(document.replace('"eu"', '"cn"'))
    assert _code(folder, "cn") == "security:custody_damaged"


@pytest.mark.parametrize("lost", ["root.key", "keyring.json"])
def test_a_lost_file_never_makes_new_keys(folder, lost):
    """If one of the two files is gone the keys are refused and nothing is written over the other."""
    _open(folder)
    (folder / lost).unlink()
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert _code(folder) == "security:custody_damaged"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-20],
        lambda text: text.replace('"link_key"', '"link_keys"'),
        lambda text: text.replace('"version": 1', '"version": 2'),
        lambda text: text.replace('"kind": "blind_index_key"', '"kind": "log_signing_seed"'),
    ],
    ids=["cut", "unknown kind", "version", "kinds swapped"],
)
def test_a_damaged_keyring_is_refused(folder, spoil):
    """A cut, altered or newer document is refused as damage, without a word of what is in it."""
    _open(folder)
    file = folder / "keyring.json"
    changed = spoil(file.read_text())
    assert changed != file.read_text()
    file.write_text(changed)
    assert _code(folder) == "security:custody_damaged"


def test_a_root_of_another_folder_is_refused(folder, tmp_path):
    """A keyring restored beside another root does not open."""
    _open(folder)
    _open(tmp_path / "other")
    (tmp_path / "other" / "root.key").replace(folder / "root.key")
    assert _code(folder) == "security:custody_damaged"


@pytest.mark.parametrize("stop", range(7))
def test_a_first_start_cut_off_anywhere_is_finished_or_begun_again(folder, monkeypatch, stop):
    """Wherever the first start is cut off, the next one succeeds, and the one after has the same keys."""
    steps = iter(range(100))

    def cut(real):
        def step(*args):
            if next(steps) == stop:
                raise PowerCut
            return real(*args)

        return step

    with monkeypatch.context() as patch:
        for module, name in ((private_files, "rename_private"), (private_files, "flush_folder")):
            patch.setattr(module, name, cut(getattr(private_files, name)))
        patch.setattr(file_custodian, "rename_private", private_files.rename_private)
        with pytest.raises(PowerCut):
            _open(folder)
    assert _secrets(_open(folder)) == _secrets(_open(folder))
    assert {file.name for file in folder.iterdir()} == {"root.key", "keyring.json"}


def test_ten_that_start_at_once_make_one_set_of_keys(folder):
    """Keepers that start together agree on one set of keys."""
    with ThreadPoolExecutor(10) as pool:
        opened = list(pool.map(_open, [folder] * 10))
    assert len({tuple(_secrets(custody)) for custody in opened}) == 1


def test_a_new_epoch_keeps_the_old_one_until_it_is_destroyed(folder):
    """A key wrapped before the new epoch opens after it, and no more once the old epoch is destroyed."""
    first = _open(folder)
    second = first.with_new_epoch()
    assert (second.epoch, set(second.keks)) == (2, {first.kek_id, second.kek_id})
    assert _secrets(_open(folder)) == _secrets(second)
    dek, dek_id = new_key(), first.kek_id
    wrapped = wrap_dek(dek, dek_id=dek_id, kek=first.kek, kek_id=first.kek_id, region="eu")
    assert unwrap_dek(wrapped, dek_id=dek_id, kek=second.kek_of(first.kek_id), region="eu") == dek
    third = second.without_epoch(first.kek_id)
    with pytest.raises(CustodyRefused) as caught:
        third.kek_of(first.kek_id)
    assert caught.value.code == "security:custody_unknown_key"
    assert set(_open(folder).keks) == {second.kek_id}


def test_the_current_epoch_and_an_unknown_one_cannot_be_destroyed(folder):
    """Destroying the KEK in use, even from an older custody, is refused, and so is one that is not there."""
    first = _open(folder)
    second = first.with_new_epoch()
    for kek_id, reason in ((second.kek_id, "key_in_use"), (UUID(int=7), "unknown_key")):
        with pytest.raises(CustodyRefused) as caught:
            first.without_epoch(kek_id)
        assert caught.value.code == f"security:custody_{reason}"


def test_a_stale_draft_never_replaces_the_root(folder):
    """A draft root left beside a whole custody does not become the root when the keyring is rewritten."""
    custody = _open(folder)
    (folder / "root.key.new").write_bytes(b"waxwing-root-v1\n" + bytes(48))
    root = (folder / "root.key").read_bytes()
    custody.with_new_epoch()
    assert (folder / "root.key").read_bytes() == root


def test_every_write_is_flushed_before_it_is_renamed_and_the_folder_after(folder, monkeypatch):
    """Each file is flushed to the disk before it gets its name, and the folder when it has it."""
    custody = _open(folder)
    deeds = []
    real_fsync, real_replace = os.fsync, type(folder).replace

    def fsync(handle):
        deeds.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        real_fsync(handle)

    def replace(old, new):
        deeds.append("rename")
        return real_replace(old, new)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(type(folder), "replace", replace)
    custody.with_new_epoch()
    assert deeds == ["file", "rename", "folder"]


@pytest.mark.parametrize(
    "url", ["awskms:alias/x", "file:", "file://host/folder", "folder", "file:/x?y=1", ""]
)
def test_unknown_custodians_are_refused(url):
    """A custodian this product does not have is named and refused, never guessed at."""
    with pytest.raises(CustodyRefused) as caught:
        Custody.open(url, "eu")
    assert caught.value.code == "security:custody_unknown_custodian"


def test_no_key_prints(folder):
    """The custody's `repr`, its error and its fields in a log show ids and no key."""
    custody = _open(folder)
    printed = f"{custody!r} {custody}"
    assert str(custody.kek_id) in printed
    for key in _secrets(custody):
        assert repr(key) not in printed
        assert key.hex() not in printed
