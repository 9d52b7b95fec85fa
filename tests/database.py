"""A cell's databases for a test: one server for all workers, migrated once, copied for each test.

The controlling pytest process names a folder in the environment; whichever worker needs a database first
starts the server there, and the controller stops it at the end.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import asyncpg

from infra.cell import KEYS, MAIN, Cell
from infra.front import Front
from infra.migrate import migrate, migrate_front
from infra.postgres import Server, end_leftover
from infra.quarters import write_private
from infra.roles import KEYS_LOGINS, MAIN_LOGINS, close_database, prepare_front_roles, prepare_roles

REGION = "eu"
FOLDER = "WX_TEST_FOLDER"
PREFIX = "waxwing-tests-"
ROOM = 2 << 30
ALIVE: list[IO[str]] = []
STARTED: list[Server] = []  # kept, or Python would warn of a child that nobody waited for
PLANES = ((MAIN, MAIN_LOGINS), (KEYS, KEYS_LOGINS))


@dataclass(frozen=True, slots=True)
class CellDb:
    """The two databases of one test. `dsn`/`keys_dsn` take wx_web, wx_worker, wx_keeper or wx_admin."""

    cell: Cell
    main: str
    keys: str
    region: str = field(default=REGION)

    def dsn(self, role: str) -> str:
        """Return the address of the main database for a login role."""
        return self.cell.dsn(role, self.main)

    def keys_dsn(self, role: str) -> str:
        """Return the address of the key store for a login role."""
        return self.cell.dsn(role, self.keys)


def announce() -> None:
    """In the controlling process: name this session's folder and clear away what killed sessions left."""
    place = _quick_place()
    for old in place.glob(PREFIX + "*"):
        _clear(old)
    draft = Path(tempfile.mkdtemp(prefix="new-" + PREFIX, dir=place))
    ALIVE.append((draft / "alive").open("w"))
    fcntl.flock(ALIVE[-1], fcntl.LOCK_EX)
    draft.chmod(0o711)  # PostgreSQL's user, if it is another than ours, passes through
    folder = draft.rename(place / draft.name.removeprefix("new-"))  # only now may others look at it
    os.environ[FOLDER] = str(folder)


def conclude() -> None:
    """In the controlling process: stop the server, if anyone started it, and remove everything."""
    ALIVE.pop().close()
    _clear(Path(os.environ.pop(FOLDER)))


def _quick_place() -> Path:
    """Return a folder in memory if there is room: copying a database is making 450 files."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        return memory
    return Path(tempfile.gettempdir())


def _clear(folder: Path) -> None:
    """Remove a session's folder and end its server, unless the session lives: then it holds its lock."""
    try:
        with (folder / "alive").open("r+") as alive:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
            end_leftover(_cell(folder), signal.SIGQUIT)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return


def _cell(folder: Path) -> Cell:
    return Cell(folder, REGION, home=folder / "postgres")


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def shared_cell() -> Cell:
    """Return the session's cell: its server runs and its databases `wx` and `wx_keys` are migrated models."""
    folder = Path(os.environ[FOLDER])
    cell = _cell(folder)
    with _alone(folder):
        if not (folder / "ready").exists():
            server = Server(cell, durable=False, tied=False)
            server.start()
            STARTED.append(server)
            await prepare_roles(cell)
            await migrate(cell.dsn("wx_admin"), cell.keys_dsn("wx_admin"), REGION)
            await _shape_front(shared_front(), cell)
            (folder / "ready").touch()
    return cell


def shared_front() -> Front:
    """Return the front door that stands on the session's server; its database is a migrated model."""
    folder = Path(os.environ[FOLDER])
    return Front(folder, home=folder / "postgres")


async def _shape_front(front: Front, cell: Cell) -> None:
    front.prepare()
    write_private(front.secrets_file, json.dumps({"wx_admin": cell.secrets["wx_admin"]}))
    await prepare_front_roles(front)
    await migrate_front(front.dsn("wx_admin"))


@dataclass(frozen=True, slots=True)
class FrontDb:
    """The front door's database of one test. `dsn` takes wx_front or wx_admin."""

    front: Front
    name: str

    def dsn(self, role: str) -> str:
        """Return the address for a login role."""
        return self.front.dsn(role, self.name)


@contextlib.asynccontextmanager
async def copied_front(admin: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[FrontDb]:
    """Copy the front door's model database for one test and drop the copy afterwards."""
    front, name = shared_front(), f"wx_front_{uuid.uuid4().hex[:12]}"
    await admin.execute(
        f'create database "{name}" template "{front.database}" owner wx_owner strategy file_copy'
    )
    await admin.execute(close_database(name, "wx_front"))
    try:
        yield FrontDb(front, name)
    finally:
        await admin.execute(f'drop database "{name}" with (force)')


@dataclass(frozen=True, slots=True)
class LoneCell:
    """A PostgreSQL server of one test alone, which it may crash; every commit is synced, as in `run`."""

    server: Server
    db: CellDb


@contextlib.asynccontextmanager
async def lone_cell() -> AsyncIterator[LoneCell]:
    """Start, migrate and afterwards remove a server for one test."""
    folder = Path(tempfile.mkdtemp(prefix="lone-", dir=os.environ[FOLDER]))
    cell = _cell(folder)
    server = Server(cell)
    server.start()
    try:
        await prepare_roles(cell)
        await migrate(cell.dsn("wx_admin"), cell.keys_dsn("wx_admin"), REGION)
        yield LoneCell(server, CellDb(cell, MAIN, KEYS))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def copied(cell: Cell, admin: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[CellDb]:
    """Copy the model databases for one test and drop the copies afterwards."""
    mark = uuid.uuid4().hex[:12]
    made = CellDb(cell, f"wx_{mark}", f"wx_keys_{mark}")
    for name, (model, logins) in zip((made.main, made.keys), PLANES, strict=True):
        await admin.execute(f'create database "{name}" template "{model}" owner wx_owner strategy file_copy')
        await admin.execute(close_database(name, logins))
    try:
        yield made
    finally:
        for name in (made.main, made.keys):
            await admin.execute(f'drop database "{name}" with (force)')
