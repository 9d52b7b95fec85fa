"""Two keepers that have pinned each other, and what carries checkpoints between them."""

import asyncio
import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest_asyncio

from audit import ledger
from security.keeper.client import KeeperClient, WitnessSeen
from security.vault.private_files import write_private
from tests.database import CellDb, copied
from tests.security.keeper.stage import Clock, keeper, ready, settings_for, short_folder, until


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
        published = (other.witness / "public").read_text().splitlines()
        witnesses = [line.removeprefix("witness ") for line in published if line.startswith("witness ")]
        lines = [f"log {other.public('log')}{more}", *(f"witness {other.region} {key}" for key in witnesses)]
        write_private(self.witness / "pins", "".join(f"{line}\n" for line in lines).encode())

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
            await until_entry(here, "audit:witness:pinned", 3)
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


async def grow(here: Cell) -> None:
    """Make an entry: a wrong password is one."""
    before = (await here.client.witnesses()).size
    with contextlib.suppress(Exception):
        await here.client.sign_in("nobody@example.test", "wrong", "device", "192.0.2.1")
    assert (await here.client.witnesses()).size > before


async def until_entry(here: Cell, kind: str, count: int = 1) -> None:
    for _ in range(200):
        if await here.entries(kind) >= count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(kind)


@contextlib.asynccontextmanager
async def again(here: Cell):
    """End a keeper and start it anew."""
    here.stop.set()
    await until(lambda: not here.settings.socket.exists())
    async with keeper(here.settings, here.clock) as (client, stop):
        await ready(client)
        yield replace(here, client=client, stop=stop)
