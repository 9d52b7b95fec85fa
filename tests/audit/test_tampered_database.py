"""A database superuser who switches the triggers off and changes the ledger: what an export of it then says."""

import asyncpg
import pytest

from audit import ledger
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.ledger import NoSuchLeaf
from audit.note import Signer, parse_vkey
from audit.tiles import TileRefused
from audit.verify import Trust, verify_bundle
from tests.audit.running_log import UUID, reveal, view

ORIGIN = "waxwing.example/audit/eu"
SIZE = 304
OTHERS = (UUID(int=78), UUID(int=79), UUID(int=80))
SECOND_TILE = "index = 1 and level = 0"


async def grown(log):
    """Let the log grow: its opening, 300 reveals, a list, a document, a last reveal."""
    async with log.running() as made:
        await made.append_many([reveal() for _ in range(300)])
        await log.record(view(kind="passengers:list:viewed", subject=None, members=OTHERS))
        await log.record(view(document={"rows": "3"}))
        await log.settled()
        await made.append(reveal())


def hashed(leaf):
    """Write the hash of a leaf as SQL."""
    return f"sha256('\\x00'::bytea || convert_to({leaf}, 'UTF8'))"


DENIED = 'replace(leaf, \'"dec":"allow"\', \'"dec":"deny"\')'
WITH_HASH = (
    f"update ledger_leaf set leaf = {DENIED}, hash = {hashed(DENIED)} where index = 300;"
    " update ledger_tile set data = overlay(data placing (select hash from ledger_leaf where index = 300)"
    f" from 44 * 32 + 1) where {SECOND_TILE}"
)
EXCHANGED = (
    "update ledger_leaf a set leaf = b.leaf from ledger_leaf b"
    " where (a.index, b.index) in ((10, 20), (20, 10))"
)
BACK = 'update ledger_leaf set leaf = regexp_replace(leaf, \'"ts":"....\', \'"ts":"1999\') where index = 9'


CASES = [
    (f"update ledger_leaf set leaf = {DENIED} where index = 300", {"audit:leaf_edited": {"leaf": 300}}),
    (BACK, {"audit:leaf_edited": {"leaf": 9}}),
    (EXCHANGED, {"audit:leaf_reordered": {"leaf": 10}}),
    (WITH_HASH, {"audit:root_mismatch": {"size": SIZE, "since": 0}, "audit:fork": None}),
    (
        f"update ledger_tile set data = overlay(data placing '\\x0000' from 1) where {SECOND_TILE}",
        {"audit:leaf_edited": {"leaf": 256}},
    ),
    (
        "update ledger_member set sub = repeat('A', 43) where index = 301 and position = 1",
        {"audit:set_mismatch": {"leaf": 301}},
    ),
    (
        "delete from ledger_member where index = 301 and position = 2",
        {"audit:set_mismatch": {"leaf": 301}},
    ),
    ("update ledger_fact set document = '{}' where index = 302", {"audit:facts_mismatch": {"leaf": 302}}),
    (
        "delete from ledger_fact where index not in (0, 1)",
        {"audit:facts_mismatch": {"leaf": 302}},
    ),
]


async def test_a_changed_row_is_found_and_named(log, tmp_path):
    """Whatever row is changed with the triggers off, the export names it, with key and published checkpoint alone."""
    await grown(log)
    assert await log.verified() == {}
    for number, (statement, found) in enumerate(CASES):
        said = await judged(log, statement, tmp_path / f"{number}.zip")
        for code, fields in found.items():
            assert code in said, statement
            assert fields is None or said[code] == fields, statement


async def judged(log, statement, target):
    """Change the database, export it, take the change back; give what the verifier finds in the export."""
    async with log.connected("wx_admin") as admin:
        attempt = admin.transaction()
        await attempt.start()
        for table in ("leaf", "member", "fact", "tile", "head"):
            await admin.execute(f"alter table ledger_{table} disable trigger user")
        await admin.execute(statement)
        await ledger.export(admin, target)
        await attempt.rollback()
    trust = Trust((parse_vkey(log.sequencer().vkey),), (), (log.folder / "checkpoint").read_bytes())
    findings = verify_bundle(target, trust).findings
    return {code: dict(one.fields) for code, one in findings.first.items()}


async def test_rows_cannot_be_changed_while_the_triggers_are_on(log):
    """With the triggers on not even a superuser changes or removes what the ledger holds."""
    await grown(log)
    async with log.connected("wx_admin") as admin:
        for statement in (
            "update ledger_leaf set leaf = '{}' where index = 3",
            "delete from ledger_leaf where index = 303",
            "delete from ledger_fact",
            "truncate ledger_member",
            "update ledger_tile set data = substring(data for 32)",
            "update ledger_head set size = 3",
        ):
            with pytest.raises(asyncpg.PostgresError) as refused:
                await admin.execute(statement)
            assert refused.value.sqlstate == "WX002"


async def test_a_removed_row_leaves_no_export_that_hides_it(log, tmp_path):
    """Where a leaf was taken out there is no bundle: the export names the first that is missing."""
    await grown(log)
    await log.tampered("delete from ledger_leaf where index in (200, 300)")
    async with log.connected("wx_keeper") as connection:
        with pytest.raises(NoSuchLeaf) as refused:
            await ledger.export(connection, tmp_path / "bundle.zip")
        assert refused.value.fields == {"index": 200}


async def test_a_removed_tile_leaves_no_export_that_hides_it(log, tmp_path):
    """Where a tile was taken out there is no bundle either."""
    await grown(log)
    await log.tampered(f"delete from ledger_tile where {SECOND_TILE}")
    async with log.connected("wx_keeper") as connection:
        with pytest.raises(TileRefused):
            await ledger.export(connection, tmp_path / "bundle.zip")


async def test_a_ledger_set_back_is_found_by_what_was_published(log):
    """Rows, tiles and head set back to a true earlier state, its old signature included: cut short."""
    async with log.running() as made:
        await made.append_many([reveal() for _ in range(3)])
    async with log.connected("wx_admin") as admin:
        await admin.execute("create table kept_head as table ledger_head")
        await admin.execute("create table kept_tile as table ledger_tile")
    async with log.running() as made:
        await made.append_many([reveal() for _ in range(3)])
    await log.tampered(
        "delete from ledger_leaf where index > 3; delete from ledger_tile; delete from ledger_head;"
        " insert into ledger_tile select * from kept_tile; insert into ledger_head select * from kept_head"
    )
    said = await log.verified()
    assert dict(said["audit:truncated"].fields) == {"size": 4, "older": 7}


async def test_a_head_signed_by_another_key_is_found(log):
    """A superuser who signs the ledger anew with a key of his own is found by the key."""
    await grown(log)
    signer = Signer.from_seed(ORIGIN, bytes([9]) * 32)
    async with log.connected("wx_keeper") as connection:
        head = await ledger.head(connection)
    note = str(sign_checkpoint(Checkpoint(ORIGIN, head.size, head.root), signer)).replace("'", "''")
    await log.tampered(f"update ledger_head set note = '{note}'")
    said = await log.verified()
    assert dict(said["audit:wrong_signature"].fields) == {"size": SIZE}


async def test_what_waits_can_be_removed_by_a_superuser_and_by_nobody_else(log):
    """The limit that is told: a superuser can make a view vanish while it waits, nobody else can; no reveal waits."""
    async with log.running():
        pass
    await log.record(view(who="op_7"), view(who="op_8"))
    for role in ("wx_web", "wx_worker"):
        async with log.connected(role) as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("delete from ledger_pending where who = 'op_7'")
    await log.tampered("delete from ledger_pending where who = 'op_7'")
    async with log.running() as made:
        await made.append(reveal())
        await log.settled()
        async with log.connected("wx_keeper") as connection:
            assert (
                await connection.fetchval("select count(*) from ledger_leaf where act like '%:revealed'") == 1
            )
    assert [leaf["who"] for leaf in await log.leaves() if leaf["act"].endswith("profile:viewed")] == ["op_8"]
    assert await log.verified() == {}
