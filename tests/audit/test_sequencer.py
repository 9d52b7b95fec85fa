"""The sequencer against a real database: what is covered is there, in order, signed, published, provable."""

import asyncio
import contextlib
import json
import secrets
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from audit import journal, ledger, merkle, sequencer, tiles
from audit.blobs import FileBlobs
from audit.catalogue import KINDS, ORIGIN_REFUSED
from audit.checkpoint import parse_checkpoint
from audit.entry import EntryRefused, Facts, subject_pseudonym
from audit.ledger import Filter
from audit.note import parse_note, parse_vkey, verified_by
from audit.proof import parse_proof, verify_proof
from audit.publish import LogDiverged
from audit.sequencer import NotCovered, NotLeading, Sequencer
from audit.verify import Trust, verify_bundle

LINK_KEY = bytes(range(32))
SEED = bytes(32)
SUBJECT = UUID(int=77)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def reveal(**more):
    """Return the facts of a reveal."""
    stated = {"kind": "passengers:passport:revealed", "who": "op_1", "role": "operations", "request": uuid4()}
    return Facts(**{**stated, "subject": SUBJECT, "field": "passport.number", "tier": "clear", **more})


def view(**more):
    """Return the facts of a page viewed, as the web states them."""
    stated = {"kind": "passengers:profile:viewed", "who": "op_1", "role": "operations", "request": uuid4()}
    return Facts(**{**stated, "subject": SUBJECT, **more})


@dataclass
class Log:
    """A log under test: its database, its blobs, a clock that only the test moves."""

    cell: object
    pool: asyncpg.Pool
    folder: Path
    clock: list = field(default_factory=lambda: [NOON])

    def sequencer(self, **more):
        """Return a sequencer of this log."""
        stated = {
            "region": "eu",
            "log_name": "waxwing.example",
            "signing_seed": SEED,
            "link_key": LINK_KEY,
            "blobs": FileBlobs(self.folder),
            "now": lambda: self.clock[0],
        }
        return Sequencer(self.pool, **{**stated, **more})

    @contextlib.asynccontextmanager
    async def running(self, made=None):
        """Run a sequencer while the block lasts."""
        made = made or self.sequencer()
        await made.start()
        task = asyncio.create_task(made.run())
        try:
            yield made
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await made.stop()

    @contextlib.asynccontextmanager
    async def connected(self, role):
        """Connect as a login role while the block lasts."""
        connection = await asyncpg.connect(self.cell.dsn(role))
        try:
            yield connection
        finally:
            await connection.close()

    async def record(self, *many, role="wx_web"):
        """State facts as another process does."""
        async with self.connected(role) as connection:
            for facts in many:
                await ledger.record(connection, facts)

    async def settled(self):
        """Wait until nothing waits."""
        async with asyncio.timeout(10), self.connected("wx_keeper") as connection:
            while await connection.fetchval("select count(*) from ledger_pending"):  # noqa: ASYNC110 - a table
                await asyncio.sleep(0.01)

    async def leaves(self):
        """Return the parts of every leaf, in order."""
        async with self.connected("wx_keeper") as connection:
            rows = await connection.fetch("select leaf from ledger_leaf order by index")
        return [json.loads(row[0]) for row in rows]

    async def verified(self):
        """Export the log, check it with the key and against what the blobs publish, return its findings."""
        target = self.folder.parent / f"{secrets.token_hex(4)}.zip"
        async with (
            self.connected("wx_admin") as connection,
            connection.transaction(isolation="repeatable_read"),
        ):
            await ledger.export(connection, target)
        published = (self.folder / "checkpoint").read_bytes()
        key = parse_vkey(self.sequencer().vkey)
        report = await asyncio.to_thread(verify_bundle, target, Trust((key,), (), published))
        return report.findings.first

    async def tampered(self, statement):
        """Change the database as only a superuser can."""
        async with self.connected("wx_admin") as connection, connection.transaction():
            for table in ("leaf", "member", "fact", "tile", "head", "pending"):
                await connection.execute(f"alter table ledger_{table} disable trigger user")
            await connection.execute(statement)
            for table in ("leaf", "member", "fact", "tile", "head", "pending"):
                await connection.execute(f"alter table ledger_{table} enable trigger user")


@pytest.fixture
async def log(cell_db, tmp_path):
    """Return the empty log of a fresh cell."""
    async with asyncpg.create_pool(cell_db.dsn("wx_keeper"), min_size=1, max_size=4) as pool:
        yield Log(cell_db, pool, tmp_path / "blobs")


async def test_a_log_opens_with_the_leaf_that_names_its_key(log):
    """The first leaf says whose log it is and which key signs it; database and blobs hold one checkpoint."""
    async with log.running() as made:
        (first,) = await log.leaves()
        document = json.loads(await log.pool.fetchval("select document from ledger_fact"))
        assert first["act"] == "audit:log:opened"
        assert document == {"generation": "1", "origin": "waxwing.example/audit/eu", "vkey": made.vkey}
        assert made.leading
        assert made.size == 1
        assert made.last_checkpoint_at == NOON
    note = await log.pool.fetchval("select note from ledger_head")
    assert (log.folder / "checkpoint").read_text() == note
    verified_by(parse_note(note.encode()), [parse_vkey(made.vkey)])
    assert await log.verified() == {}


async def test_a_second_start_goes_on_with_the_same_log(log):
    """Stopping and starting again adds nothing by itself, and the next entry follows the last."""
    async with log.running() as made:
        assert (await made.append(reveal())).index == 1
    async with log.running() as made:
        assert made.size == 2
        assert (await made.append(reveal())).index == 2
    assert await log.verified() == {}


async def test_what_is_covered_is_stored_published_and_proved(log):
    """When an append returns, its leaf is in the database, the checkpoint in the blobs, and the proof holds."""
    async with log.running() as made:
        covered = await made.append(reveal(purpose="border_filing", reference="eu_1", dek=UUID(int=5)))
        published = (log.folder / "checkpoint").read_text()
        row = await log.pool.fetchrow("select * from ledger_leaf where index = $1", covered.index)
    assert covered.checkpoint == published == await log.pool.fetchval("select note from ledger_head")
    proof = parse_proof(covered.proof_text())
    assert verify_proof(proof, [parse_vkey(made.vkey)]).size == 2
    assert proof.leaf == row["leaf"].encode() == covered.leaf
    sub = subject_pseudonym(LINK_KEY, SUBJECT)
    said = {
        name: row[name] for name in ("act", "dec", "who", "role", "sub", "res", "tier", "why", "reference")
    }
    assert said == {
        "act": "passengers:passport:revealed",
        "dec": "allow",
        "who": "op_1",
        "role": "operations",
        "sub": sub,
        "res": "passport.number",
        "tier": "clear",
        "why": "border_filing",
        "reference": "eu_1",
    }
    assert row["hash"] == merkle.leaf_hash(covered.leaf)
    assert row["ts"] == NOON


async def test_what_the_web_states_is_sequenced_and_its_subject_leaves(log):
    """Facts stated in the web's own transaction become leaves; no uuid of a person remains."""
    async with log.running():
        await log.record(view(), view(decision="deny"))
        await log.settled()
    opened, first, second = await log.leaves()
    assert (first["act"], first["dec"], second["dec"]) == ("passengers:profile:viewed", "allow", "deny")
    assert first["sub"] == subject_pseudonym(LINK_KEY, SUBJECT)
    assert "ts" in opened
    assert await log.pool.fetchval("select count(*) from ledger_pending") == 0
    stored = await log.pool.fetch("select leaf from ledger_leaf")
    assert not any(str(SUBJECT) in row[0] for row in stored)


async def test_a_list_view_keeps_its_members_beside_and_a_document_its_text(log):
    """One leaf for a page of people, with their pseudonyms beside it in order; a document's text likewise."""
    people = tuple(UUID(int=n) for n in range(1, 4))
    async with log.running():
        await log.record(view(kind="passengers:list:viewed", subject=None, members=people))
        await log.record(view(document={"rows": "3"}))
        await log.settled()
        rows = await log.pool.fetch("select index, position, sub from ledger_member order by position")
        assert [tuple(row) for row in rows] == [
            (1, nth, subject_pseudonym(LINK_KEY, person)) for nth, person in enumerate(people)
        ]
        assert await log.pool.fetchval("select document from ledger_fact where index = 2") == '{"rows":"3"}'
    assert await log.verified() == {}


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


PENDING = (
    "insert into ledger_pending (id, at, origin, kind, decision, who, role, request, reference, document)"
    " values (nextval('ledger_pending_id'), '{at}', '{origin}', '{kind}', 'allow', '{who}', 'operations',"
    " gen_random_uuid(), {reference}, {document})"
)


@pytest.mark.parametrize(
    ("claim", "res"),
    [
        ({"kind": "passengers:passport:revealed"}, "passengers:passport:revealed"),
        ({"kind": "passengers:soul:sold"}, None),
        ({"origin": "some body"}, "passengers:profile:viewed"),
        ({"who": "Ana María"}, "passengers:profile:viewed"),
        ({"reference": "repeat('x', 70000)"}, "passengers:profile:viewed"),
        ({"document": '\'{"b": "1"}\''}, "passengers:profile:viewed"),
        ({"document": "'[1]'"}, "passengers:profile:viewed"),
    ],
)
async def test_a_false_claim_becomes_a_refusal_and_holds_nothing_up(log, claim, res):
    """A row slipped past the trigger is judged again: a refusal stands in its place, nothing is held up."""
    stated = {
        "at": "2026-05-04 11:00Z",
        "origin": "wx_web",
        "kind": "passengers:profile:viewed",
        "who": "op_1",
    }
    row = {**stated, "reference": "null", "document": "null", **claim}
    await log.tampered(PENDING.format(**row))
    await log.record(view())
    async with log.running():
        await log.settled()
    _, refusal, following = await log.leaves()
    assert (refusal["act"], refusal["dec"], refusal.get("res")) == (ORIGIN_REFUSED, "deny", res)
    assert refusal["who"] == ("unknown" if "origin" in claim else "wx_web")
    assert refusal["at"] == "2026-05-04T11:00:00.000000Z"
    assert following["act"] == "passengers:profile:viewed"
    assert await log.verified() == {}


async def test_time_never_goes_backwards(log):
    """With the clock set back, entries keep the last time; with the clock ahead, they follow it."""
    async with log.running() as made:
        log.clock[0] = NOON - timedelta(hours=1)
        await made.append(reveal())
    log.clock[0] = NOON - timedelta(hours=2)
    async with log.running() as made:
        await made.append(reveal())
        log.clock[0] = NOON + timedelta(seconds=1)
        await made.append(reveal())
    said = [leaf["ts"] for leaf in await log.leaves()]
    assert said == ["2026-05-04T12:00:00.000000Z"] * 3 + ["2026-05-04T12:00:01.000000Z"]


async def test_many_at_once_are_each_covered_in_order(log):
    """Entries appended together follow one another, and each has its own proof."""
    async with log.running() as made:
        many = await made.append_many([reveal() for _ in range(1500)])
        keys = [parse_vkey(made.vkey)]
        assert [covered.index for covered in many] == list(range(1, 1501))
        for covered in many[::100]:
            verify_proof(parse_proof(covered.proof_text()), keys)
    assert await log.verified() == {}
    partial = {str(path.relative_to(log.folder)) for path in log.folder.rglob("*.p/*")}
    assert partial == {"tile/0/005.p/221", "tile/entries/005.p/221", "tile/1/000.p/5"}


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


async def test_nothing_is_covered_before_it_leads(log):
    """A sequencer that was not started covers nothing, and says so at once."""
    with pytest.raises(NotCovered) as refused:
        await log.sequencer().append(reveal())
    assert refused.value.code == "audit:not_covered"


@pytest.mark.parametrize("facts", [view(), reveal(who="Ana María"), reveal(reference="a\0b")])
async def test_an_entry_that_may_not_be_is_not_covered(log, facts):
    """A kind that is not the keeper's, or facts that are no leaf, fail alone: others are covered."""
    async with log.running() as made:
        results = await asyncio.gather(made.append(facts), made.append(reveal()), return_exceptions=True)
    assert isinstance(results[0], NotCovered)
    assert results[1].index == 1
    assert len(await log.leaves()) == 2


async def test_only_one_process_sequences(log, monkeypatch):
    """While one leads, another is refused; when the one is gone, the other may."""
    monkeypatch.setattr(sequencer, "LOCK_SECONDS", 0.1)
    async with log.running():
        with pytest.raises(NotLeading):
            await log.sequencer().start()
    async with log.running() as made:
        assert made.leading


async def kill_backends(log):
    """End every connection of the keeper, as a restart of the database does."""
    async with log.connected("wx_admin") as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename = 'wx_keeper' and datname = current_database()"
        )


async def leading(made):
    """Wait until the sequencer leads again."""
    async with asyncio.timeout(10):
        while not made.leading:  # noqa: ASYNC110 - no event is offered, only the state
            await asyncio.sleep(0.01)


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
    assert len(before) == 8


async def refusal_of_start(log):
    """Return why the log must not go on."""
    with pytest.raises(LogDiverged) as refused:
        await log.sequencer().start()
    return refused.value.fields["reason"]


async def test_a_database_set_back_is_noticed(log):
    """If the blobs show more than the database holds, nothing is signed."""
    async with log.running() as made:
        await made.append_many([reveal() for _ in range(20)])
        kept = await log.pool.fetchrow("select size, root, note from ledger_head")
        tile = await log.pool.fetchval("select data from ledger_tile")
        await made.append(reveal())
    async with log.connected("wx_admin") as admin, admin.transaction():
        for table in ("leaf", "tile", "head"):
            await admin.execute(f"alter table ledger_{table} disable trigger user")
        await admin.execute("delete from ledger_leaf where index >= $1", kept["size"])
        await admin.execute("update ledger_tile set data = $1", tile)
        await admin.execute("update ledger_head set size = $1, root = $2, note = $3", *kept)
    assert await refusal_of_start(log) == "behind"


async def test_an_emptied_database_is_noticed(log):
    """If the blobs show a log and the database none, no new log is opened over it."""
    async with log.running():
        pass
    await log.tampered("truncate ledger_leaf, ledger_member, ledger_fact, ledger_tile, ledger_head")
    assert await refusal_of_start(log) == "behind"
    assert await log.leaves() == []


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


async def test_a_changed_leaf_is_found_by_an_export(log):
    """A superuser's edit of a stored leaf is named by the verifier."""
    async with log.running() as made:
        await made.append_many([reveal() for _ in range(5)])
    await log.tampered("update ledger_leaf set leaf = replace(leaf, 'op_1', 'op_9') where index = 3")
    assert {code: dict(one.fields) for code, one in (await log.verified()).items()} == {
        "audit:leaf_edited": {"leaf": 3}
    }


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


async def test_what_waits_is_counted(log):
    """The figures for readiness and metrics say how much waits, in the database and in memory."""
    made = log.sequencer()
    await log.record(view(), view())
    assert await made.pending_count() == 2
    assert made.waiting_count == 0
