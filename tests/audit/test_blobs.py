"""Blobs on disk: written once, replaced only on a condition, never outside their folder."""

import pytest

from audit.blobs import BlobConflict, FileBlobs


@pytest.fixture
def blobs(tmp_path):
    """Return an empty store."""
    return FileBlobs(tmp_path / "blobs")


async def test_what_was_put_can_be_read(blobs):
    """A blob is there once put; what was never put is not."""
    await blobs.put({"tile/0/000": b"one", "tile/entries/000": b"two"})
    assert await blobs.read("tile/0/000") == b"one"
    assert await blobs.read("tile/0/001") is None


async def test_a_tile_is_written_once(blobs):
    """The same bytes again are nothing; other bytes are refused and change nothing."""
    await blobs.put({"tile/0/000": b"one"})
    await blobs.put({"tile/0/000": b"one"})
    with pytest.raises(BlobConflict):
        await blobs.put({"tile/0/000": b"two"})
    assert await blobs.read("tile/0/000") == b"one"


async def test_a_checkpoint_is_replaced_only_by_who_knows_it(blobs):
    """A writer whose idea of the checkpoint is out of date is refused; repeating a swap is nothing."""
    await blobs.swap("checkpoint", b"1", old=None)
    await blobs.swap("checkpoint", b"2", old=b"1")
    await blobs.swap("checkpoint", b"2", old=b"1")
    for old in (None, b"1"):
        with pytest.raises(BlobConflict):
            await blobs.swap("checkpoint", b"3", old=old)
    assert await blobs.read("checkpoint") == b"2"


async def test_removing_is_harmless(blobs):
    """Removing what is there removes it; removing what is not there is nothing."""
    await blobs.put({"a": b""})
    await blobs.delete(["a", "b"])
    assert await blobs.read("a") is None


@pytest.mark.parametrize("path", ["../out", "tile/../../out", "/etc/out"])
async def test_a_path_does_not_leave_the_folder(blobs, path):
    """A path that leads out of the folder is refused for reading and writing."""
    with pytest.raises(BlobConflict):
        await blobs.put({path: b"x"})
    with pytest.raises(BlobConflict):
        await blobs.read(path)


async def test_nobody_else_can_read_and_no_draft_is_left(blobs, tmp_path):
    """Files are 0600 in folders 0700, and nothing half-written remains, even after a refusal."""
    await blobs.put({"tile/0/000": b"one"})
    with pytest.raises(BlobConflict):
        await blobs.put({"tile/0/000": b"two"})
    places = list((tmp_path / "blobs").rglob("*"))
    found = {str(place.relative_to(tmp_path)): place.stat().st_mode & 0o777 for place in places}
    assert found == {"blobs/tile": 0o700, "blobs/tile/0": 0o700, "blobs/tile/0/000": 0o600}
