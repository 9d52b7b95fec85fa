"""No room for the ledger: nothing is opened, nothing that was answered is lost, and afterwards it goes on."""

import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from infra.binaries import programs
from tests.faults.site import BASE, Site, children_of, until
from tests.security.keeper.stage import PASSPORT

LISTED = "passengers:list:viewed"
SMALL = "1m"


@contextlib.contextmanager
def no_room_for_files(*pids: int) -> Iterator[None]:
    """Let no file of these processes grow, their logs neither, as when their disk is full."""
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        for pid, limit in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


def _must_be_unavailable(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] in {"security:keeper_unavailable", "web:unavailable"}
    assert PASSPORT not in answer.text


async def _kept(site: Site, act: str) -> int:
    """Count the entries of a kind, sequenced or waiting."""
    async with site.owner() as owner:
        count: int = await owner.fetchval(
            "select (select count(*) from ledger_leaf where act = $1)"
            " + (select count(*) from ledger_pending where kind = $1)",
            act,
        )
    return count


async def _goes_on(site: Site, client: httpx.AsyncClient) -> None:
    await site.ready()
    await site.sequenced()
    assert (await site.reveal(client)).json()["value"] == PASSPORT
    await site.is_whole()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux sets limits of a running process (prlimit)")
async def test_no_room_for_blobs_and_logs(site: Site) -> None:
    """While keeper and web can write no file, reveals are 503, lists are shown and their entries kept."""
    await site.with_passport()
    operations = await site.stepped_up("operations")
    before = await _kept(site, LISTED)
    web = site.pid("web")
    with no_room_for_files(site.pid("keeper"), web, *children_of(web)):
        for _ in range(3):
            _must_be_unavailable(await site.reveal(operations))
            assert (await operations.get(BASE)).status_code == 200
        missing = (await operations.get("/readyz")).json()["missing"]
        assert missing == ["keeper:sequencer"]
        assert await _kept(site, LISTED) - before == 3
    await _goes_on(site, operations)
    assert await _kept(site, LISTED) - before == 3


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a disk of one megabyte that PostgreSQL may use."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "none", str(folder)], check=True)
    try:
        tools = programs()
        tools.give(folder)
        folder.chmod(0o700)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@contextlib.contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Take all the room there is."""
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


async def _moved(site: Site, tablespace: str) -> None:
    async with site.owner() as owner:
        for table in ("ledger_leaf", "ledger_pending"):
            await owner.execute(f"alter table {table} set tablespace {tablespace}")


@contextlib.asynccontextmanager
async def ledger_on(site: Site, disk: Path) -> AsyncIterator[None]:
    """Put what waits and what is sequenced on a disk of its own."""
    async with site.owner() as owner:
        await owner.execute(f"create tablespace small location '{disk}'")
    await _moved(site, "small")
    try:
        yield
    finally:
        await _moved(site, "pg_default")
        async with site.owner() as owner:
            await owner.execute("drop tablespace small")


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="only root may mount a small disk")
async def test_no_room_in_the_ledgers_tables(site: Site) -> None:
    """On a full tablespace reveals and lists are refused with 503 or have their entries; with room all goes on."""
    await site.with_passport()
    operations = await site.stepped_up("operations")
    before = await _kept(site, LISTED)
    with small_disk(site.cell.postgres_home / "small") as disk:
        async with ledger_on(site, disk):
            with filled(disk):
                shown = await _until_full(site, operations)
                assert await _kept(site, LISTED) - before == shown
            await _goes_on(site, operations)
            assert await _kept(site, LISTED) - before == shown


async def _until_full(site: Site, client: httpx.AsyncClient) -> int:
    """Reveal and list until both are refused; return how many lists were shown."""
    shown = 0
    full = {"reveal": False, "list": False}

    async def is_full() -> bool:
        nonlocal shown
        listed, revealed = await client.get(BASE), await site.reveal(client)
        for name, answer in (("list", listed), ("reveal", revealed)):
            if answer.status_code == 200:
                shown += name == "list"
            else:
                _must_be_unavailable(answer)
                full[name] = True
        return all(full.values())

    await until(is_full, 30)
    return shown
