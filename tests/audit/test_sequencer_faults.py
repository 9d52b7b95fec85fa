"""The sequencer among faults: killed connections, full disks, lost blobs, a changed or set-back database."""

import asyncio
import json
import shutil

import pytest

from audit import journal
from audit.blobs import FileBlobs
from audit.checkpoint import parse_checkpoint
from audit.covered import NotCovered
from audit.note import parse_note
from audit.publish import LogDiverged
from audit.sequencer import Sequencer
from tests.audit.running_log import LINK_KEY, NOON, SEED, kill_backends, leading, reveal, view


async def test_connections_killed_under_load_lose_nothing_that_was_covered(log):
    """With its connections killed again and again, each covered entry is there, and the log is whole."""
    covered, refused = [], 0

    async def press(made):
        nonlocal refused
        for _ in range(60):
            try:
                covered.append(await made.append(reveal()))
            except NotCovered:
                refused += 1
                await asyncio.sleep(0.02)

    async with log.running() as made:
        pressing = [asyncio.create_task(press(made)) for _ in range(8)]
        for _ in range(4):
            await asyncio.sleep(0.05)
            await log.record(view())
            await kill_backends(log)
        await asyncio.gather(*pressing)
        await leading(made)
        await log.settled()
    assert covered
    assert refused
    leaves = await log.leaves()
    assert all(leaves[one.index] == json.loads(one.leaf) for one in covered)
    assert sum(leaf["act"] == "passengers:profile:viewed" for leaf in leaves) == 4
    assert await log.verified() == {}


class Amnesiac(Sequencer):
    """A sequencer that loses its connection after the database committed and before it heard so, once."""

    lost = False

    async def _publish(self, batch):
        if batch.start and not self.lost:
            self.lost = True
            raise ConnectionResetError
        await super()._publish(batch)


async def test_a_commit_of_unknown_outcome_is_read_again(log):
    """The entry is reported as not covered, yet it stands; the log goes on behind it and is whole."""
    made = Amnesiac(
        log.pool,
        region="eu",
        log_name="waxwing.example",
        signing_seed=SEED,
        link_key=LINK_KEY,
        blobs=FileBlobs(log.folder),
        now=lambda: NOON,
    )
    async with log.running(made):
        with pytest.raises(NotCovered):
            await made.append(reveal())
        await leading(made)
        assert (await made.append(reveal())).index == 2
    assert await log.verified() == {}


class FullDisk(FileBlobs):
    """Blobs on a disk that can be full."""

    full = False

    async def put(self, blobs):
        if self.full:
            raise OSError(28, "No space left on device")
        await super().put(blobs)


async def test_a_full_disk_covers_nothing_until_there_is_room(log):
    """While the blobs cannot be written nothing is covered; afterwards the log goes on and is published whole."""
    blobs = FullDisk(log.folder)
    async with log.running(log.sequencer(blobs=blobs)) as made:
        await made.append(reveal())
        blobs.full = True
        with pytest.raises(NotCovered):
            await made.append(reveal())
        assert made.failure == "OSError"
        assert parse_checkpoint(parse_note((log.folder / "checkpoint").read_bytes()).text).size == 2
        await log.record(view())
        blobs.full = False
        await leading(made)
        await made.append(reveal())
        await log.settled()
        assert made.failure is None
    assert await log.verified() == {}
    published = parse_checkpoint(parse_note((log.folder / "checkpoint").read_bytes()).text)
    assert published.size == len(await log.leaves()) == 5


async def test_lost_blobs_are_published_again(log, tmp_path):
    """With the blobs gone, the next start publishes every tile and bundle anew, the same bytes."""
    async with log.running() as made:
        await made.append_many([reveal() for _ in range(600)])
    before = {
        path.relative_to(log.folder): path.read_bytes() for path in log.folder.rglob("*") if path.is_file()
    }
    shutil.rmtree(log.folder)
    async with log.running():
        pass
    after = {
        path.relative_to(log.folder): path.read_bytes() for path in log.folder.rglob("*") if path.is_file()
    }
    assert before == after
    assert len(before) == 9


async def refusal_of_start(log):
    """Return why the log must not go on."""
    made = log.sequencer()
    with pytest.raises(LogDiverged) as refused:
        await made.start()
    await made.stop()
    return refused.value.fields["reason"]


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger_tile set data = decode(repeat('00', 64), 'hex')",
        "update ledger_leaf set leaf = replace(leaf, 'allow', 'deny') where index = 1",
        "delete from ledger_leaf where index = 1",
    ],
)
async def test_nothing_is_signed_over_a_changed_edge(log, statement):
    """If the tiles or leaves at the end are not those that the head signs, nothing more is signed."""
    async with log.running() as made:
        await made.append(reveal())
    await log.tampered(statement)
    assert await refusal_of_start(log) == "head"


async def test_another_writer_of_the_head_is_not_written_over(log, monkeypatch):
    """If somebody else moved the head, the batch is rolled back, the log read again, and gone on with."""
    async with log.running() as made:
        await made.append(reveal())

        async def anyone(connection):
            return True

        with monkeypatch.context() as patched:
            patched.setattr(journal, "lead", anyone)  # as if the lock did not hold the other back
            async with log.running() as other:
                assert (await other.append(reveal())).index == 2
        with pytest.raises(NotCovered) as refused:
            await made.append(reveal())
        assert refused.value.fields["reason"] == "audit:head_moved"
        await leading(made)
        assert (await made.append(reveal())).index == 3
    assert len(await log.leaves()) == 4
    assert await log.verified() == {}


async def test_a_log_that_must_not_go_on_ends_the_run(log):
    """If the log turns out to be changed when it is read again, the run ends with the reason."""
    made = log.sequencer()
    await made.start()
    await log.tampered("update ledger_tile set data = decode(repeat('00', 32), 'hex')")
    await kill_backends(log)
    async with asyncio.timeout(10):
        with pytest.raises(LogDiverged):
            await made.run()
    assert not made.leading
