"""Two keepers that witness each other: cosigned checkpoints, forks, changed keys, lost memories, restores."""

import asyncio
import contextlib
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from audit import ledger
from audit.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from audit.note import Signer, parse_note, parse_vkey, verified_by
from audit.verify import Trust, verify_bundle
from audit.witness import format_submission
from infra.generation import close_log, read_last
from security.keeper.client import KeeperClient, KeeperUnavailable, WitnessSeen
from security.vault.custody import Custody
from security.vault.private_files import write_private
from tests.database import CellDb, copied
from tests.security.keeper.stage import Clock, Stage, keeper, ready, settings_for, short_folder, until

TABLES = ("leaf", "member", "fact", "tile", "head")


@dataclass
class Cell:
    """One cell's keeper, its folder, and a way to its main database."""

    region: str
    settings: Any
    client: KeeperClient
    stop: Any
    clock: Clock
    owner: Any
    admin: str

    @property
    def witness(self) -> Path:
        """Its witness's folder."""
        return self.settings.witness

    def public(self, role: str) -> str:
        """Its public key as a log, or as a witness."""
        lines = (self.witness / "public").read_text().splitlines()
        return next(line.removeprefix(f"{role} ") for line in lines if line.startswith(role))

    def pin(self, other: "Cell", more: str = "") -> None:
        """Pin the keys of another cell."""
        lines = f"log {other.public('log')}{more}\nwitness {other.region} {other.public('witness')}\n"
        write_private(self.witness / "pins", lines.encode())

    async def checkpoint(self) -> str:
        """Its checkpoint as it is published."""
        return await ledger.checkpoint(self.owner)

    async def entries(self, kind: str) -> int:
        """How many entries of a kind stand in its ledger."""
        return await self.owner.fetchval("select count(*) from ledger_leaf where act = $1", kind)

    async def standing(self, role: str) -> WitnessSeen:
        """How the other stands, as a witness or as a log."""
        (one,) = [seen for seen in (await self.client.witnesses()).items if seen.role == role]
        return one


async def carry(here: Cell, there: Cell) -> list[int]:
    """Do what worker and front door do: carry what is due there, and the answers back."""
    statuses = []
    for ask in await here.client.witness_asks():
        assert ask.region == there.region
        answer = await there.client.add_checkpoint(ask.body)
        known = await there.client.cosigned(ask.origin) if answer.status == 409 else ""
        await here.client.witness_answered(ask.witness, answer.status, answer.body, known)
        statuses.append(answer.status)
    return statuses


@contextlib.asynccontextmanager
async def cell(db: CellDb, region: str, clock: Clock):
    """Run a keeper of a region."""
    async with short_folder() as folder:
        settings = replace(settings_for(db, folder), region=region, witness=folder / "witness")
        owner = await asyncpg.connect(db.dsn("wx_admin"))
        await ledger.sync_kinds(owner)
        try:
            async with keeper(settings, clock) as (client, stop):
                await ready(client)
                yield Cell(region, settings, client, stop, clock, owner, db.dsn("wx_admin"))
        finally:
            await owner.close()


@pytest_asyncio.fixture(loop_scope="session")
async def pair(shared_cell, admin):
    """Give two cells that have pinned each other."""
    clock = Clock()
    async with (
        copied(shared_cell, admin) as one,
        copied(shared_cell, admin) as two,
        cell(one, "eu", clock) as eu,
        cell(two, "cn", clock) as cn,
    ):
        for here, there in ((eu, cn), (cn, eu)):
            here.pin(there)
            await here.client.witness_asks()  # which reads the pins, and each is an entry
            await _until_entry(here, "audit:witness:pinned", 2)
        yield eu, cn


async def settle(here: Cell, there: Cell) -> None:
    """Carry until nothing is due; pins are entries, so the first rounds make new checkpoints."""
    for _ in range(50):
        here.clock.pass_by(seconds=6)
        if not await carry(here, there):
            standing = await here.standing("witness")
            if standing.size == (await here.client.witnesses()).size:
                return
    raise AssertionError(await here.client.witnesses())


async def test_two_keepers_cosign_each_other(pair) -> None:
    """Each cell's checkpoint carries the other's line; the two stand still when nothing else happens."""
    eu, cn = pair
    for here, there in ((eu, cn), (cn, eu), (eu, cn)):
        await settle(here, there)
        note = parse_note((await here.checkpoint()).encode())
        keys = [parse_vkey(here.public("log")), parse_vkey(there.public("witness"))]
        assert len(verified_by(note, keys)) == 2
        assert (await here.standing("witness")).state == "cosigned"
        assert (await there.standing("log")).size == parse_checkpoint(note.text).size
    sizes = [(await one.client.witnesses()).size for one in pair]
    for here, there in ((eu, cn), (cn, eu)) * 3:
        await settle(here, there)
    assert sizes == [(await one.client.witnesses()).size for one in pair]
    assert (await eu.client.status()).figures["witnesses_behind"] == 0
    assert await eu.entries("audit:witness:pinned") == 2
    assert await eu.entries("audit:witness:made") == 1


async def test_a_false_answer_is_no_cosignature(pair) -> None:
    """A line that is not the witness's is refused and alarmed; an answer to nothing is dropped."""
    eu, cn = pair
    await settle(eu, cn)
    await eu.client.witness_answered(eu.public("witness"), 200, "— x AAAA\n")
    cn_key = parse_vkey(cn.public("witness"))
    await _grow(eu)
    eu.clock.pass_by(seconds=6)
    (ask,) = await eu.client.witness_asks()
    forged = Signer.from_seed(cn_key.name, bytes(32)).cosign(
        parse_note(ask.body.partition(b"\n\n")[2]).text, 1
    )
    await eu.client.witness_answered(ask.witness, 200, forged.line())
    standing = await eu.standing("witness")
    assert (standing.state, standing.reason) == ("refused", "signature")
    await _until_entry(eu, "audit:cosignature:refused")
    assert (await eu.client.status()).figures["witness_alarms"] == 1


async def _grow(here: Cell) -> None:
    """Make an entry: a wrong password is one."""
    before = (await here.client.witnesses()).size
    with contextlib.suppress(Exception):
        await here.client.sign_in("nobody@example.test", "wrong", "device", "192.0.2.1")
    assert (await here.client.witnesses()).size > before


async def _until_entry(here: Cell, kind: str, count: int = 1) -> None:
    for _ in range(200):
        if await here.entries(kind) >= count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(kind)


async def test_a_forked_log_is_refused_and_alarmed(pair) -> None:
    """A tree of the same size and another root, signed by the true key, is 409 and alarms; a flood is one entry."""
    eu, cn = pair
    await settle(eu, cn)
    seed = await _seed_of(eu)
    size = (await cn.standing("log")).size
    for nth in range(3):
        tree = Checkpoint(parse_vkey(eu.public("log")).name, size, bytes([nth]) * 32)
        note = sign_checkpoint(tree, Signer.from_seed(tree.origin, seed))
        answer = await cn.client.add_checkpoint(format_submission(size, [], str(note)))
        assert (answer.status, answer.body) == (409, f"{size}\n")
    await _until_entry(cn, "audit:witness:refused")
    assert await cn.entries("audit:witness:refused") == 1
    standing = await cn.standing("log")
    assert (standing.state, standing.reason, standing.size) == ("refused", "fork", size)
    assert (await cn.client.status()).figures["witness_alarms"] == 3


async def _seed_of(here: Cell) -> bytes:
    return Custody.open(here.settings.custodian, here.region).log_signing_seed


async def test_a_changed_key_needs_two_people(pair) -> None:
    """Another key for a known name is refused and alarmed; with the old key and two people named it is taken."""
    eu, cn = pair
    await settle(eu, cn)
    origin = parse_vkey(cn.public("log")).name
    other = Signer.from_seed(origin, bytes(range(32))).verifier()
    old = parse_vkey(cn.public("log")).key_id.hex()
    for more, taken in (
        ("", False),
        (f" replaces {old}", False),
        (f" replaces {old} by one one", False),
        (" replaces 00000000 by one two", False),
        (f" replaces {old} by one two", True),
    ):
        write_private(eu.witness / "pins", f"log {other}{more}\n".encode())
        await eu.client.witnesses()
        await eu.client.witness_asks()
        assert (str(other) in (eu.witness / "accepted").read_text()) == taken, more
    await _until_entry(eu, "audit:key:refused")
    await _until_entry(eu, "audit:witness:pinned", 3)


async def test_a_witness_that_forgot_cosigns_nothing(pair) -> None:
    """With its state gone it refuses with 503 until a person gives it the latest known checkpoints."""
    eu, cn = pair
    await settle(eu, cn)
    known = (cn.witness / "state").read_text()
    (cn.witness / "state").unlink()
    await _grow(eu)
    eu.clock.pass_by(seconds=6)
    assert await carry(eu, cn) == [503]
    assert (await eu.standing("witness")).state == "unreachable"
    assert (await cn.client.witnesses()).missing
    assert "waxwing.example/audit/eu" in known
    async with _again(cn) as back:
        assert (await back.client.witnesses()).missing
        eu.clock.pass_by(seconds=60)
        assert await carry(eu, back) == [503]
    (cn.witness / "known").mkdir()
    (cn.witness / "known" / "eu").write_text(await eu.checkpoint())
    async with _again(cn) as back:
        assert not (await back.client.witnesses()).missing
        await settle(eu, back)


@contextlib.asynccontextmanager
async def _again(here: Cell):
    """End a keeper and start it anew."""
    here.stop.set()
    await until(lambda: not here.settings.socket.exists())
    async with keeper(here.settings, here.clock) as (client, stop):
        await ready(client)
        yield replace(here, client=client, stop=stop)


async def test_a_log_set_back_with_its_blobs_is_noticed_by_its_witness(pair) -> None:
    """Database, blobs and own memory restored to an older state: what the witness shows stops the signing."""
    eu, cn = pair
    await settle(eu, cn)
    eu.stop.set()
    await until(lambda: not eu.settings.socket.exists())
    await _backed_up(eu)
    shutil.copytree(eu.settings.blobs, eu.settings.blobs.with_name("old"))
    shutil.copy(eu.witness / "own", eu.witness / "old")
    async with keeper(eu.settings, eu.clock) as (client, stop):
        await ready(client)
        now = replace(eu, client=client, stop=stop)
        await _grow(now)
        await settle(now, cn)
        stop.set()
        await until(lambda: not eu.settings.socket.exists())
    await _set_back(eu)
    shutil.rmtree(eu.settings.blobs)
    eu.settings.blobs.with_name("old").rename(eu.settings.blobs)
    own = (eu.witness / "own").read_bytes()
    shutil.copy(eu.witness / "old", eu.witness / "own")
    async with keeper(eu.settings, eu.clock) as (client, stop):
        await ready(client)
        now = replace(eu, client=client, stop=stop)
        await _grow(now)
        now.clock.pass_by(seconds=60)
        for _ in range(4):
            with contextlib.suppress(KeeperUnavailable):
                now.clock.pass_by(seconds=60)
                await carry(now, cn)
        for _ in range(200):
            if "sequencer" in (await client.status()).missing:
                break
            await asyncio.sleep(0.01)
        assert "sequencer" in (await client.status()).missing
    (eu.witness / "own").write_bytes(own)
    async with keeper(eu.settings, eu.clock) as (client, _):
        for _ in range(20):
            assert "sequencer" in (await client.status()).missing


@pytest.mark.parametrize("line", ["log x", "witness eu", "nonsense", "log", "witness"])
async def test_a_line_that_cannot_be_read_pins_nothing(pair, line) -> None:
    """Beside a broken line the others count, and nothing ends."""
    eu, cn = pair
    write_private(eu.witness / "pins", f"{line}\nlog {cn.public('log')}\n# a remark\n".encode())
    items = (await eu.client.witnesses()).items
    await eu.client.witness_asks()
    items = (await eu.client.witnesses()).items
    assert [one.role for one in items] == ["log"]


async def test_a_keeper_without_a_witness_folder_is_none(stage: Stage) -> None:
    """Where no folder is configured nothing is asked or cosigned, and the rest works."""
    assert await stage.client.witness_asks() == []
    assert (await stage.client.witnesses()).items == []
    with pytest.raises(KeeperUnavailable):
        await stage.client.add_checkpoint(b"old 0\n")


async def _set_back(here: Cell) -> None:
    """Restore the ledger's tables to what `_backed_up` kept."""
    for table in TABLES:
        await here.owner.execute(f"alter table ledger_{table} disable trigger user")
        await here.owner.execute(f"truncate ledger_{table}")
        await here.owner.execute(f"insert into ledger_{table} select * from kept_{table}")
    for table in ("leaf", "member", "fact"):
        await here.owner.execute(f"alter table ledger_{table} enable always trigger append_only")


async def _backed_up(here: Cell) -> None:
    for table in TABLES:
        await here.owner.execute(f"create table kept_{table} as table ledger_{table}")


async def _verified(here: Cell, *others: Cell) -> dict[str, Any]:
    """Export the log and check it with its key and those of its witnesses."""
    target = here.settings.blobs.with_name(f"{uuid4()}.zip")
    async with here.owner.transaction(isolation="repeatable_read"):
        await ledger.export(here.owner, target)
    trust = Trust(
        (parse_vkey(here.public("log")),), tuple(parse_vkey(one.public("witness")) for one in others)
    )
    report = await asyncio.to_thread(verify_bundle, target, trust)
    return dict(report.findings.first)


async def test_the_restore_drill(pair) -> None:
    """An older database is replayed from the blobs and cosigned; with the blobs lost too, the next generation opens."""
    eu, cn = pair
    await _backed_up(eu)
    for _ in range(3):
        await _grow(eu)
    await settle(eu, cn)
    size = (await eu.client.witnesses()).size
    eu.stop.set()
    await until(lambda: not eu.settings.socket.exists())

    await _set_back(eu)
    async with keeper(eu.settings, eu.clock) as (client, stop):
        await ready(client)
        now = replace(eu, client=client, stop=stop)
        assert (await client.witnesses()).size == size + 1  # the entry that says it was replayed
        assert await now.entries("audit:log:replayed") == 1
        await settle(now, cn)
        assert await _verified(now, cn) == {}
        last = await now.checkpoint()
        stop.set()
        await until(lambda: not eu.settings.socket.exists())

    await _set_back(eu)
    shutil.rmtree(eu.settings.blobs)
    async with keeper(eu.settings, eu.clock) as (client, stop):
        for _ in range(50):
            assert "sequencer" in (await client.status()).missing
        stop.set()
        await until(lambda: not eu.settings.socket.exists())
    path = eu.witness / "last"
    path.write_text(last)
    assert await close_log(eu.admin, read_last(path, "eu")) == 2
    async with keeper(eu.settings, eu.clock) as (client, stop):
        await ready(client)
        now = replace(eu, client=client, stop=stop)
        assert parse_vkey(now.public("log")).name == "waxwing.example/audit/eu/2"
        cn.pin(now)
        await cn.client.witness_asks()
        await settle(now, cn)
        assert await _verified(now, cn) == {}
        first = await now.owner.fetchval("select document from ledger_fact where index = 0")
        assert json.loads(first)["last"] == last
