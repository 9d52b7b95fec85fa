"""Restores of a ledger whose checkpoints another cell has cosigned: replayed, noticed, or begun anew."""

import asyncio
import contextlib
import json
import shutil
from dataclasses import replace
from typing import Any
from uuid import uuid4

from audit import ledger
from audit.note import parse_vkey
from audit.verify import Trust, verify_bundle
from infra.generation import close_log, read_last
from security.keeper.client import KeeperUnavailable
from tests.security.keeper.pair import Cell, carry, grow, settle
from tests.security.keeper.stage import keeper, ready, until

TABLES = ("leaf", "member", "fact", "tile", "head")


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
        await grow(now)
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
        await grow(now)
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
        await grow(eu)
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
