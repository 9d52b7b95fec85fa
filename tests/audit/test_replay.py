"""After a restore: the database is older than what was published, or what was published is gone as well."""

import json
import shutil
from datetime import timedelta

import pytest

from audit.checkpoint import parse_checkpoint
from audit.note import parse_note
from audit.publish import LogDiverged
from audit.stored import Generation
from tests.audit.running_log import NOON, UUID, reveal, view

TABLES = ("leaf", "member", "fact", "tile", "head", "pending")
OTHERS = (UUID(int=78), UUID(int=79))


async def kept(log):
    """Take a backup of the ledger's tables."""
    async with log.connected("wx_admin") as admin:
        for table in TABLES:
            await admin.execute(f"create table kept_{table} as table ledger_{table}")


async def restored(log):
    """Bring the ledger's tables back to the backup."""
    back = " ".join(f"insert into ledger_{table} select * from kept_{table};" for table in TABLES)
    await log.tampered(f"truncate {', '.join(f'ledger_{table}' for table in TABLES)}; {back}")


def listed():
    """Return the facts of a list view."""
    return view(kind="passengers:list:viewed", subject=None, members=OTHERS)


async def grown(log, more=300):
    """Let the log grow, back it up, let it grow on: lists, documents, things that wait."""
    async with log.running() as made:
        await made.append_many([reveal() for _ in range(more)])
        await log.record(listed())
        await log.settled()
        await kept(log)
        await log.record(listed(), view(document={"rows": "3"}), *(view() for _ in range(20)))
        await log.settled()
        await made.append_many([reveal() for _ in range(more)])
    return await log.leaves(), await beside(log)


async def beside(log):
    """Return what is kept beside the leaves."""
    async with log.connected("wx_keeper") as connection:
        members = await connection.fetch("select * from ledger_member order by index, position")
        documents = await connection.fetch("select * from ledger_fact order by index")
    return [tuple(row) for row in members], [tuple(row) for row in documents]


def published(log, folder=""):
    """Return the checkpoint that the blobs show."""
    return parse_checkpoint(parse_note((log.folder / folder / "checkpoint").read_bytes()).text)


async def refusal(log, **more):
    """Return why a start is refused."""
    made = log.sequencer(**more)
    with pytest.raises(LogDiverged) as refused:
        await made.start()
    await made.stop()
    return refused.value.fields["reason"]


@pytest.mark.parametrize("more", [3, 300])
async def test_a_database_set_back_is_replayed(log, more):
    """Leaves, columns, tiles, members and documents come back from the blobs; the log goes on and verifies."""
    before = await grown(log, more)
    size = published(log).size
    await restored(log)
    async with log.running() as made:
        assert (made.replayed.new, made.size) == (size, size)
        assert made.replayed.old < size
        assert (await log.leaves(), await beside(log)) == before
        assert (await made.append(reveal())).index == size
    async with log.connected("wx_keeper") as connection:
        assert await connection.fetchval("select count(*) from ledger_leaf where who = 'op_1'") > more
    assert await log.verified() == {}


async def test_an_emptied_database_is_replayed_from_the_first_leaf(log):
    """With nothing left in the database, the blobs alone give the whole log again."""
    before = await grown(log)
    await log.tampered(f"truncate {', '.join(f'ledger_{table}' for table in TABLES)}")
    async with log.running():
        assert (await log.leaves(), await beside(log)) == before
    assert await log.verified() == {}


async def test_what_waited_when_the_backup_was_taken_is_not_written_twice(log):
    """A row that waited then and was sequenced since does not become a second entry."""
    async with log.running():
        pass
    waiting = view()
    await log.record(waiting)
    await kept(log)
    async with log.running():
        await log.settled()
    await restored(log)
    async with log.running() as made:
        await made.append(reveal())
        await log.settled()
    acts = [leaf["act"] for leaf in await log.leaves()]
    assert acts.count("passengers:profile:viewed") == 1
    assert await log.verified() == {}


async def test_lost_blobs_published_anew_still_replay(log):
    """Blobs that were made again from the database serve a later restore as the first ones did."""
    before = await grown(log)
    shutil.rmtree(log.folder)
    async with log.running():
        pass
    await restored(log)
    async with log.running():
        assert (await log.leaves(), await beside(log)) == before


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder: (folder / "tile/entries/001.p").rename(folder / "elsewhere"), "behind"),
        (lambda folder: (folder / "tile/entries/001.p").joinpath("113").write_bytes(b"\0\5ab"), "behind"),
        (lambda folder: _altered(folder / "tile/entries/001.p/113"), "fork"),
    ],
)
async def test_nothing_is_replayed_that_the_checkpoint_does_not_sign(log, spoil, reason):
    """Of bundles that are missing, cut short or altered nothing is written, and nothing more is signed."""
    async with log.running() as made:
        await made.append_many([reveal() for _ in range(300)])
        await kept(log)
        await made.append_many([reveal() for _ in range(68)])
    spoil(log.folder)
    await restored(log)
    assert await refusal(log) == reason
    assert len(await log.leaves()) == 301


def _altered(path):
    path.write_bytes(path.read_bytes().replace(b'"op_1"', b'"op_2"'))


async def test_what_others_hold_keeps_a_lost_log_from_going_on(log):
    """With database and blobs both set back, a checkpoint that somebody else kept stops the log."""
    async with log.running() as made:
        await made.append(reveal())
        await kept(log)
        shutil.copytree(log.folder, log.folder.parent / "old")
        await made.append(reveal())
        last = published(log)
    await restored(log)
    shutil.rmtree(log.folder)
    (log.folder.parent / "old").rename(log.folder)
    assert await refusal(log, known=lambda: [last]) == "behind_witness"
    other = parse_checkpoint(f"{last.origin}\n2\n{'A' * 43}=\n")
    assert await refusal(log, known=lambda: [other]) == "fork"
    stranger = parse_checkpoint(f"elsewhere\n9\n{'A' * 43}=\n")
    async with log.running(log.sequencer(known=lambda: [stranger])):
        pass


async def test_a_log_is_halted_when_it_learns_late(log):
    """Once it is known that others hold more, nothing more is signed and nobody is told otherwise."""
    async with log.running() as made:
        await made.append(reveal())
        made.halt()
        with pytest.raises(LogDiverged):
            await made.run()
        assert not made.leading


async def closed(log, note):
    """Close the log as the runbook does."""
    async with log.connected("wx_admin") as admin, admin.transaction():
        await admin.execute("set local role wx_owner")
        return await admin.fetchval("select ledger_close($1)", note)


async def test_the_next_generation_commits_to_the_last_known_checkpoint(log):
    """A closed log goes on under the next name; its first leaf holds what is known of the one before."""
    async with log.running() as made:
        await made.append(reveal())
        last = (log.folder / "checkpoint").read_text()
    assert await closed(log, last) == 2
    second = Generation(2, last)
    log.clock[0] = NOON + timedelta(hours=1)
    async with log.running(log.sequencer(generation=second)) as made:
        assert made.origin == "waxwing.example/audit/eu/2"
        assert (await made.append(reveal())).index == 1
        await log.record(view())
        await log.settled()
    assert published(log, "2").origin == "waxwing.example/audit/eu/2"
    assert published(log).size == 2
    async with log.connected("wx_keeper") as connection:
        document = json.loads(await connection.fetchval("select document from ledger_fact where index = 0"))
        closed_leaves = await connection.fetchval(
            "select count(*) from ledger_closed_leaf where generation = 1"
        )
    assert (document["generation"], document["last"], closed_leaves) == ("2", last, 2)
    assert await refusal(log) in {"generation", "origin"}
    async with log.running(log.sequencer(generation=second)) as made:
        assert made.size == 3


@pytest.mark.parametrize("role", ["wx_web", "wx_worker", "wx_keeper"])
async def test_nobody_but_the_owner_closes_a_log(log, role):
    """A login role can neither close the log nor touch what is kept of a closed one."""
    async with log.connected(role) as connection:
        for statement in (
            "select ledger_close('x')",
            "insert into ledger_generation values (2, 'x')",
            "insert into ledger_closed_head values (1, 'o', 1, 'n')",
            "delete from ledger_closed_leaf",
        ):
            with pytest.raises(Exception, match=r"permission denied"):
                await connection.execute(statement)
