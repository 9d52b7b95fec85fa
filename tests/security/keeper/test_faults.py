"""Things that go wrong: whatever fails, no value comes out, and afterwards it works again."""

import asyncio
import errno
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from audit.blobs import FileBlobs
from security.keeper.client import KeeperClient, KeeperRefused, KeeperUnavailable
from security.vault.door import DOOR
from tests.database import CellDb
from tests.security.keeper.stage import PASSPORT, PASSWORD, Stage, ready, request, staged

ROOT = Path(__file__).parents[3]


class FullDisk(FileBlobs):
    """A folder on a disk that can be full; a put can also be held up."""

    full = False

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.way = asyncio.Event()
        self.way.set()

    async def put(self, blobs: dict[str, bytes]) -> None:
        await self.way.wait()
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        await super().put(blobs)


@asynccontextmanager
async def on_disk(db: CellDb, folder: Path) -> AsyncIterator[tuple[Stage, FullDisk]]:
    """Set a stage whose ledger lies on that disk."""
    disk = FullDisk(folder / "blobs")
    async with staged(db, disk) as stage:
        yield stage, disk


async def test_a_full_disk_opens_nothing(cell_db: CellDb, tmp_path: Path) -> None:
    """While the ledger cannot be published a reveal is unavailable; with room again it opens."""
    async with on_disk(cell_db, tmp_path) as (stage, disk):
        await stage.on_file("passport.number", PASSPORT)
        token = await stage.stepped_up("operations")
        disk.full = True
        for _ in range(2):
            with pytest.raises(KeeperUnavailable):
                await stage.reveal(token)
        disk.full = False
        await stage.restarted()
        assert (await stage.reveal(token)).value.reveal_to(DOOR) == PASSPORT


async def test_a_slow_disk_opens_nothing_in_time(cell_db: CellDb, tmp_path: Path) -> None:
    """Without a checkpoint within the deadline there is no value, though the entry comes later."""
    async with on_disk(cell_db, tmp_path) as (stage, disk):
        await stage.on_file("passport.number", PASSPORT)
        token = await stage.stepped_up("operations")
        hasty = KeeperClient(f"unix:{stage.settings.socket}", deadline=0.3)
        stage.client, patient = hasty, stage.client
        disk.way.clear()
        with pytest.raises(KeeperUnavailable):
            await stage.reveal(token)
        disk.way.set()
        stage.client = patient
        await hasty.close()
        assert (await stage.reveal(token)).value.reveal_to(DOOR) == PASSPORT


async def test_lost_database_connections_open_nothing_and_come_back(stage: Stage) -> None:
    """When all of the keeper's connections are cut, reveals fail closed for a moment and then work."""
    await stage.on_file("passport.number", PASSPORT)
    token = await stage.stepped_up("operations")
    await stage.owner.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where usename = 'wx_keeper' and datname in ($1, $2)",
        stage.db.main,
        stage.db.keys,
    )
    for _ in range(3):
        try:
            assert (await stage.reveal(token)).value.reveal_to(DOOR) == PASSPORT
        except KeeperUnavailable:
            continue
    await stage.restarted()
    assert (await stage.reveal(token)).value.reveal_to(DOOR) == PASSPORT


async def test_without_a_ledger_database_nobody_is_let_in(stage: Stage) -> None:
    """A keeper that may not write leaves answers unavailable, and says in its status what is missing."""
    token = await stage.sign_in("operations")
    await stage.owner.execute("revoke insert on ledger_leaf from wx_keeper")
    with pytest.raises(KeeperUnavailable):
        await stage.reveal(token)
    with pytest.raises(KeeperUnavailable):
        await stage.sign_in("sales")
    assert (await stage.client.status()).missing == ["sequencer"]
    await stage.owner.execute("grant insert on ledger_leaf to wx_keeper")
    await stage.restarted()
    await stage.sign_in("sales")


def as_process(stage: Stage, socket: Path) -> "subprocess.Popen[bytes]":
    """Start a keeper of its own process on the stage's databases, keys and blobs."""
    settings = stage.settings
    environment = {
        "PATH": os.environ["PATH"],
        "WX_REGION": settings.region,
        "WX_DATABASE_URL": settings.database_url,
        "WX_KEYSTORE_URL": settings.keystore_url,
        "WX_KEEPER_URL": f"unix:{socket}",
        "WX_CUSTODIAN": settings.custodian,
        "WX_BLOB_URL": f"file:{settings.blobs}",
        "WX_REVEALS_PER_MINUTE": "100000",
        "WX_STEP_UP_USES": "100000",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "security.keeper"],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )


@pytest.fixture
def killed() -> "list[subprocess.Popen[bytes]]":
    """Give a list of processes that are killed at the end."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


async def test_a_keeper_killed_under_reveals_opens_nothing_more(
    cell_db: CellDb, killed: "list[subprocess.Popen[bytes]]"
) -> None:
    """SIGKILL amid reveals: each value given has its entry, the rest is unavailable; a new keeper goes on."""
    async with staged(cell_db) as stage:
        await stage.on_file("passport.number", PASSPORT)
        socket = stage.settings.socket.with_name("p.sock")
        await stage.ended()
        await stage.client.close()
        killed.append(as_process(stage, socket))
        stage.client = KeeperClient(f"unix:{socket}")
        await ready(stage.client)
        await stage.owner.execute("update leg set departs_at = now(), arrives_at = now() + interval '1 hour'")
        token = await stage.stepped_up("operations")
        asking = [asyncio.create_task(stage.reveal(token)) for _ in range(64)]
        await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        killed[0].send_signal(signal.SIGKILL)
        answers = await asyncio.gather(*asking, return_exceptions=True)
        opened = [answer for answer in answers if not isinstance(answer, BaseException)]
        assert all(isinstance(answer, KeeperUnavailable) for answer in answers if answer not in opened)
        for answer in opened:
            leaf = await stage.owner.fetchval("select leaf from ledger_leaf where index = $1", answer.index)
            assert leaf == answer.leaf
        with pytest.raises(KeeperUnavailable):
            await stage.reveal(token)
        killed.append(as_process(stage, socket))
        await ready(stage.client)
        assert (await stage.reveal(token)).value.reveal_to(DOOR) == PASSPORT
        await stage.client.close()
        killed[1].terminate()
        _, said = await asyncio.to_thread(killed[1].communicate)
        assert killed[1].returncode == 0
        assert not socket.exists()
        assert not any(secret.encode() in said for secret in (PASSPORT, PASSWORD, token))


async def test_a_half_configured_keeper_names_what_is_missing() -> None:
    """Without its variables the process ends at once and names each of them."""
    answer = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "security.keeper"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "WX_REGION": "eu"},
        capture_output=True,
        check=False,
    )
    assert answer.returncode == 1
    assert b"WX_DATABASE_URL WX_KEYSTORE_URL WX_KEEPER_URL WX_CUSTODIAN WX_BLOB_URL" in answer.stderr


async def test_what_is_said_of_a_defect_holds_no_value(stage: Stage) -> None:
    """A schema that is not the expected one is a failure by name, not a text from the database."""
    await stage.owner.execute("alter table gate.session rename column device to apparatus")
    with pytest.raises(KeeperRefused) as refused:
        await stage.sign_in("sales")
    assert (refused.value.code, refused.value.status, refused.value.fields) == (
        "security:keeper_failed",
        500,
        {},
    )


async def test_nobody_but_the_keepers_login_writes_sessions(stage: Stage) -> None:
    """Connected as web, a session cannot be written."""
    web = await asyncpg.connect(stage.db.dsn("wx_web"))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await web.execute(
                "insert into gate.session select $1, $2, id, '', now(), now(), now() from gate.account",
                request(),
                b"0" * 32,
            )
    finally:
        await web.close()
