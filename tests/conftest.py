"""Fixtures every floor's tests share, and the marker `needs`."""

import os
import shutil
import signal
from collections.abc import AsyncIterator
from ctypes.util import find_library
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from infra.cell import Cell
from security.memory import settle_memory
from tests import database
from tests.database import CellDb, FrontDb, LoneCell

HERE = Path(__file__).parent
FIRST = ("infra/test_first_start.py", "faults/", "journeys/", "residency/", "portal/demo/")
# What shows that an optional Debian package is there: a program on PATH, or a file.
NOTO = "/usr/share/fonts"
LIBRARIES = {"libpangoft2-1.0-0": "pangoft2-1.0"}
SIGNS = {
    "chromium": "chromium",
    "gettext": "msgfmt",
    "golang-go": "go",
    "golang-golang-x-mod-dev": "/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog/tlog.go",
    "softhsm2": "/usr/lib/softhsm/libsofthsm2.so",
    "fonts-noto-core": f"{NOTO}/truetype/noto/NotoSansArabic-Regular.ttf",
    "fonts-noto-cjk": f"{NOTO}/opentype/noto/NotoSansCJK-Regular.ttc",
}


def is_there(package: str) -> bool:
    """Say whether an optional Debian package is installed: its program, its file, or its library."""
    if package in LIBRARIES:
        return find_library(LIBRARIES[package]) is not None
    return shutil.which(SIGNS[package]) is not None or Path(SIGNS[package]).is_file()


def pytest_configure(config: pytest.Config) -> None:
    """Name the folder of this session's PostgreSQL, once for all workers."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell's background job does not hear Ctrl-C, and neither would anything that tests start and interrupt.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        database.announce()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let go first what takes long, and what shares something costly: xdist begins with them in one worker."""

    def place(item: pytest.Item) -> int:
        where = item.path.relative_to(HERE).as_posix()
        return next((at for at, begin in enumerate(FIRST) if where.startswith(begin)), len(FIRST))

    items.sort(key=place)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Spare the collector what stays: thousands of tests and all that they import."""
    settle_memory()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop this session's PostgreSQL, if any test asked for it."""
    if not hasattr(config, "workerinput"):
        database.conclude()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose optional package is missing; fail it under WX_REQUIRE_ALL=1."""
    for mark in item.iter_markers("needs"):
        for package in mark.args:
            if not is_there(package):
                said = f"the Debian package {package} is missing"
                if os.environ.get("WX_REQUIRE_ALL") == "1":
                    pytest.fail(said, pytrace=False)
                pytest.skip(said)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_cell() -> Cell:
    """Return the cell whose server all tests share; its databases are models: never write to them."""
    return await database.shared_cell()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def admin(shared_cell: Cell) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """Connect as superuser to no database of a cell, for making and dropping copies."""
    connection = await asyncpg.connect(shared_cell.dsn("wx_admin", "postgres"))
    yield connection
    await connection.close()


@pytest_asyncio.fixture(loop_scope="session")
async def cell_db(shared_cell: Cell, admin: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[CellDb]:
    """Give this test a main database and a key store of its own, migrated and empty, region `eu`."""
    async with database.copied(shared_cell, admin) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def front_db(
    shared_cell: Cell,
    admin: "asyncpg.Connection[asyncpg.Record]",
) -> AsyncIterator[FrontDb]:
    """Give this test a database of the front door of its own, migrated and empty."""
    async with database.copied_front(admin) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def lone_cell() -> AsyncIterator[LoneCell]:
    """Give this test a PostgreSQL server of its own that it may crash and start again."""
    async with database.lone_cell() as made:
        yield made
