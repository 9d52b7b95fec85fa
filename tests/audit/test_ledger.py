"""The ledger as it is read: proofs, tiles and entries from the database, and the kinds it knows."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from audit import export, ledger, merkle, tiles
from audit.catalogue import KINDS
from audit.entry import EntryRefused, subject_pseudonym
from audit.ledger import Filter
from audit.note import parse_vkey
from audit.proof import parse_proof, verify_proof
from tests.audit.running_log import LINK_KEY, NOON, SUBJECT, reveal, view


async def test_the_web_cannot_state_a_reveal(log):
    """The database refuses a kind that the login role may not write."""
    with pytest.raises(asyncpg.PostgresError) as refused:
        await log.record(reveal())
    assert refused.value.sqlstate == "WX001"


@pytest.mark.parametrize(
    "facts", [view(who="Ana María"), view(kind="passengers:soul:viewed"), view(document={"a": 1})]
)
async def test_facts_that_could_be_no_leaf_are_refused_where_they_are_stated(log, facts):
    """A name where a code belongs, or an unknown kind, is refused before it waits."""
    with pytest.raises(EntryRefused):
        await log.record(facts)


async def test_any_leaf_is_proved_from_the_database(log):
    """A proof of any leaf, and consistency from any size, is made from the stored tiles and holds."""
    async with log.running() as made:
        await made.append_many([reveal() for _ in range(599)])
        key = parse_vkey(made.vkey)
    async with log.connected("wx_keeper") as connection:
        head = await ledger.head(connection)
        for index in (0, 1, 255, 256, 511, 512, 599):
            proof = parse_proof(await ledger.proof_text(connection, index))
            assert (proof.index, verify_proof(proof, [key]).size) == (index, 600)
            assert proof.leaf == (await ledger.entry(connection, index)).leaf.encode()
        row = [
            merkle.leaf_hash(leaf.encode())
            for (leaf,) in await connection.fetch("select leaf from ledger_leaf order by index")
        ]
        for old in (1, 255, 256, 300, 599, 600):
            consistency = await ledger.consistency_proof(connection, old)
            merkle.verify_consistency(old, 600, merkle.root_of(row[:old]), head.root, consistency)
        for index in (-1, 600):
            with pytest.raises(ledger.NoSuchLeaf):
                await ledger.proof_text(connection, index)


async def test_tiles_are_served_at_any_width_they_have(log):
    """A tile or bundle is answered at any width up to what is stored, and not beyond."""
    async with log.running() as made:
        await made.append_many([reveal() for _ in range(299)])
    async with log.connected("wx_keeper") as connection:
        whole = await ledger.tile(connection, "tile/0/000")
        assert len(whole) == 256 * 32
        assert await ledger.tile(connection, "tile/0/000.p/7") == whole[: 7 * 32]
        assert await ledger.tile(connection, "/tile/1/000.p/1") == merkle.root_of(tiles.split(whole))
        leaves = tiles.decode_bundle(await ledger.tile(connection, "tile/entries/001.p/44"))
        part = await ledger.tile(connection, "tile/0/001.p/44")
        assert [merkle.leaf_hash(leaf) for leaf in leaves] == tiles.split(part)
        for path in (
            "tile/0/001",
            "tile/0/001.p/45",
            "tile/entries/001.p/45",
            "tile/1/000.p/2",
            "tile/9/000",
        ):
            with pytest.raises(tiles.TileRefused):
                await ledger.tile(connection, path)


async def test_entries_are_found_by_who_what_whom_and_when(log):
    """Filters narrow, list views count for those they showed, pages follow the index downwards."""
    other = UUID(int=78)
    async with log.running() as made:
        await made.append(reveal(purpose="refund"))
        log.clock[0] = NOON + timedelta(days=1)
        await made.append(reveal(subject=other, who="op_2", role="finance", decision="deny"))
        await log.record(view(kind="passengers:list:viewed", subject=None, members=(SUBJECT, other)))
        await log.settled()
    sub = subject_pseudonym(LINK_KEY, SUBJECT)
    async with log.connected("wx_keeper") as connection:

        async def found(**only):
            return [entry.index for entry in await ledger.entries(connection, Filter(**only))]

        assert await found() == [3, 2, 1, 0]
        assert await found(subject=sub) == [3, 1]
        assert await found(who="op_2") == [2]
        assert await found(role="finance", decision="deny") == [2]
        assert await found(decision="deny", who="op_1") == []
        assert await found(kind="passengers:list:viewed") == [3]
        assert await found(field="passport.number", purpose="refund") == [1]
        assert await found(since=NOON + timedelta(days=1)) == [3, 2]
        assert await found(until=NOON + timedelta(days=1)) == [1, 0]
        page = await ledger.entries(connection, before=3, limit=2)
        assert [entry.index for entry in page] == [2, 1]
        assert page[0].parts["who"] == "op_2"
        days = await ledger.per_day(connection)
        assert [(str(day.day), day.allowed, day.denied) for day in days] == [
            ("2026-05-04", 2, 0),
            ("2026-05-05", 1, 1),
        ]


async def test_a_changed_leaf_is_found_by_an_export(log):
    """A superuser's edit of a stored leaf is named by the verifier."""
    async with log.running() as made:
        await made.append_many([reveal() for _ in range(5)])
    await log.tampered("update ledger_leaf set leaf = replace(leaf, 'op_1', 'op_9') where index = 3")
    assert {code: dict(one.fields) for code, one in (await log.verified()).items()} == {
        "audit:leaf_edited": {"leaf": 3}
    }


async def test_two_exports_of_one_tree_are_the_same_bytes(log, tmp_path):
    """An export depends on nothing but the log: made twice, it is the same file, and never written over."""
    async with log.running() as made:
        await made.append_many([reveal() for _ in range(300)])
    targets = [tmp_path / "one.zip", tmp_path / "two.zip"]
    async with log.connected("wx_keeper") as connection:
        for target in targets:
            assert await ledger.export(connection, target) == ledger.Exported("waxwing.example/audit/eu", 301)
        with pytest.raises(FileExistsError):
            await ledger.export(connection, targets[0])
    assert targets[0].read_bytes() == targets[1].read_bytes()


async def test_an_export_of_many_steps_is_whole_and_tells_how_far_it_is(log, tmp_path, monkeypatch):
    """However many steps it is read in, the bundle is the same and whole; the last step told is the last of all."""
    people = tuple(UUID(int=n) for n in range(3))
    async with log.running() as made:
        await made.append_many([reveal() for _ in range(290)])
        await log.record(
            *[view(subject=None, members=people, kind="passengers:list:viewed") for _ in range(300)]
        )
        await log.settled()
        await made.append_many([reveal() for _ in range(9)])
    told, targets = [], [tmp_path / "one.zip", tmp_path / "many.zip"]
    async with log.connected("wx_keeper") as connection:
        await ledger.export(connection, targets[0])
        monkeypatch.setattr(export, "STEP", 256)
        await ledger.export(connection, targets[1], lambda done, total: told.append((done, total)))
    assert targets[0].read_bytes() == targets[1].read_bytes()
    assert told == [(done, 10) for done in range(1, 11)]
    assert await log.verified() == {}


async def test_kinds_follow_the_catalogue(log):
    """The database's list of kinds becomes the catalogue's, whatever stood there."""
    async with log.connected("wx_admin") as connection:
        await connection.execute("insert into ledger_kind values ('passengers:soul:sold', '{wx_web}')")
        await connection.execute("update ledger_kind set origins = '{wx_web}' where kind like '%:revealed'")
        await ledger.sync_kinds(connection)
        rows = await connection.fetch("select kind, origins from ledger_kind")
    assert {kind: frozenset(origins) for kind, origins in rows} == {
        code: kind.origins for code, kind in KINDS.items()
    }
