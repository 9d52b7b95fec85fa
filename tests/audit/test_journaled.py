"""Blobs behind a journal: what was acknowledged is there after any end, and nothing else can get between."""

import asyncio
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.blob_journal import HEAD, Journal, decode, encode
from audit.blobs import BlobConflict, Step
from audit.journaled import NAMES, JournaledBlobs

NEVER = 3600.0  # files follow only at the end
TEXT = st.text(min_size=1, max_size=9)
STEPS = st.builds(
    Step,
    st.dictionaries(TEXT, st.binary(max_size=40)),
    st.tuples(TEXT, st.binary(max_size=40), st.none() | st.binary(max_size=40)),
    st.lists(TEXT, max_size=4).map(tuple),
)


def step(number, *, old=None, outgrown=()):
    """Return the step of the batch of this number: one tile of its own and the checkpoint."""
    before = None if number == 1 else str(number - 1).encode()
    return Step(
        {f"tile/{number}": bytes([number]) * 9},
        ("checkpoint", str(number).encode(), before if old is None else old),
        outgrown,
    )


async def left_behind(blobs):
    """End without letting go, as a killed process does: only the operating system closes the files."""
    if blobs._following is not None:
        blobs._following.cancel()
        await asyncio.wait([blobs._following])
    for journal in blobs._journals:
        journal.close()


def files(folder):
    """Return what lies in the folder by path, without the journals."""
    found = (place for place in folder.rglob("*") if place.is_file() and place.name not in NAMES)
    return {str(place.relative_to(folder)): place.read_bytes() for place in found}


@given(STEPS)
def test_a_step_is_read_as_it_was_written(given_step):
    """Any step comes back from its bytes."""
    assert decode(encode(given_step)) == given_step


async def test_an_acknowledged_step_survives_a_kill(tmp_path):
    """Steps that were acknowledged and never became files are files after the next holder began."""
    blobs = JournaledBlobs(tmp_path, follow_seconds=NEVER)
    assert await blobs.hold()
    for number in (1, 2, 3):
        await blobs.step(step(number))
    assert files(tmp_path) == {}
    await left_behind(blobs)
    again = JournaledBlobs(tmp_path)
    assert await again.hold()
    assert files(tmp_path) == {"checkpoint": b"3", **{f"tile/{n}": bytes([n]) * 9 for n in (1, 2, 3)}}
    await again.let_go()


async def test_what_is_ahead_of_the_files_is_read(tmp_path):
    """A reader of the store sees a step at once, outgrown tiles gone."""
    blobs = JournaledBlobs(tmp_path, follow_seconds=NEVER)
    await blobs.hold()
    await blobs.step(step(1))
    await blobs.step(step(2, outgrown=("tile/1",)))
    assert await blobs.read("checkpoint") == b"2"
    assert await blobs.read("tile/2") == bytes([2]) * 9
    assert await blobs.read("tile/1") is None
    await blobs.let_go()
    assert files(tmp_path) == {"checkpoint": b"2", "tile/2": bytes([2]) * 9}


async def test_files_follow_by_themselves(tmp_path):
    """Soon after a step its blobs are files and the journals are forgotten."""
    blobs = JournaledBlobs(tmp_path, follow_seconds=0.0)
    await blobs.hold()
    await blobs.step(step(1))
    async with asyncio.timeout(5):
        while blobs._following is not None:
            await asyncio.sleep(0)
    assert files(tmp_path) == {"checkpoint": b"1", "tile/1": bytes([1]) * 9}
    await left_behind(blobs)
    assert Journal(tmp_path / NAMES[0]).read() == Journal(tmp_path / NAMES[1]).read() == []


async def test_two_cannot_hold(tmp_path):
    """While one holds the blobs another cannot; afterwards it can."""
    one, two = JournaledBlobs(tmp_path), JournaledBlobs(tmp_path)
    assert await one.hold()
    assert await one.hold()
    assert not await two.hold()
    await one.let_go()
    assert await two.hold()
    await two.let_go()


@pytest.mark.parametrize("ahead", [True, False])
async def test_other_bytes_are_refused_before_they_are_acknowledged(tmp_path, ahead):
    """A tile of other bytes, or a checkpoint that is not the known one, is refused and changes nothing."""
    blobs = JournaledBlobs(tmp_path, follow_seconds=NEVER)
    await blobs.hold()
    await blobs.step(step(1))
    if not ahead:
        await blobs.let_go()
        await blobs.hold()
    with pytest.raises(BlobConflict):
        await blobs.step(Step({"tile/1": b"other"}, ("checkpoint", b"2", b"1"), ()))
    with pytest.raises(BlobConflict):
        await blobs.step(Step({}, ("checkpoint", b"2", b"0"), ()))
    await blobs.step(step(2))
    await blobs.let_go()
    assert files(tmp_path)["checkpoint"] == b"2"
    assert files(tmp_path)["tile/1"] == bytes([1]) * 9


async def test_a_checkpoint_changed_behind_the_journal_is_refused(tmp_path):
    """Steps left in a journal do not overwrite a checkpoint that none of them knew."""
    blobs = JournaledBlobs(tmp_path, follow_seconds=NEVER)
    await blobs.hold()
    await blobs.step(step(1))
    await left_behind(blobs)
    (tmp_path / "checkpoint").write_bytes(b"9")
    with pytest.raises(BlobConflict):
        await JournaledBlobs(tmp_path).hold()


async def test_a_full_disk_is_told_with_the_next_step_and_loses_nothing(tmp_path, monkeypatch):
    """When files cannot follow, no further step is taken; with room again all that was acknowledged is there."""
    blobs = JournaledBlobs(tmp_path, follow_seconds=0.0)
    await blobs.hold()

    def full(*_):
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr("audit.blobs._Draft.flush", full)
        await blobs.step(step(1))
        async with asyncio.timeout(5):
            while blobs._following is not None:
                await asyncio.sleep(0)
        with pytest.raises(OSError, match="No space"):
            await blobs.step(step(2))
        await blobs.let_go()
        with pytest.raises(OSError, match="No space"):
            await blobs.hold()
    assert await blobs.hold()
    await blobs.step(step(2))
    await blobs.let_go()
    assert files(tmp_path) == {"checkpoint": b"2", "tile/1": bytes([1]) * 9, "tile/2": bytes([2]) * 9}


@given(
    ends=st.lists(st.sampled_from(["kill", "torn", "let go", "follow", "step"]), max_size=12),
    cut=st.integers(1, 60),
)
@settings(max_examples=25, deadline=None)  # it waits for a real disk
def test_nothing_acknowledged_is_ever_lost(tmp_path_factory, ends, cut):
    """However holders end (killed, killed amid a write, in order), the files are those of all steps taken."""
    folder = tmp_path_factory.mktemp("blobs")

    async def play():
        blobs, taken = JournaledBlobs(folder, follow_seconds=NEVER), 0
        assert await blobs.hold()
        for end in ends:
            taken += 1
            await blobs.step(step(taken, outgrown=(f"tile/{taken - 2}",)))
            if end == "step":
                continue
            if end == "follow":  # the files follow, but the journal is not forgotten before the kill
                blobs._make_files(dict(blobs._ahead), set(blobs._replaced))
            if end == "let go":
                await blobs.let_go()
            else:
                await left_behind(blobs)
            if end == "torn":
                torn = Journal(folder / NAMES[0])
                torn._end = sum(HEAD.size + len(encode(one)) for _, one in torn.read())
                torn.append(torn.read()[-1][0] + 1, step(taken + 1))
                os.pwrite(torn.handle, b"\xff" * cut, torn.size - cut)  # none of its last bytes is that
                torn.close()
            blobs = JournaledBlobs(folder, follow_seconds=NEVER)
            assert await blobs.hold()
        await blobs.let_go()
        return taken

    taken = asyncio.run(play())
    kept = {f"tile/{n}": bytes([n]) * 9 for n in (taken - 1, taken) if n > 0}
    assert files(folder) == kept | ({"checkpoint": str(taken).encode()} if taken else {})
