"""One load of the demo, shared by the tests that look at what it left."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest_asyncio

from infra.cell import Cell
from portal.demo.load import Loaded, load
from portal.demo.settings import DemoSettings, read_demo_settings
from security.keeper.client import KeeperClient
from security.settings import Cost
from tests import database
from tests.database import CellDb
from tests.security.keeper.stage import Clock, keeper, ready, settings_for, short_folder

AT = datetime(2026, 3, 28, 15, 0, tzinfo=UTC)


def environment_of(db: CellDb, folder: Path) -> dict[str, str]:
    """Return what `infra` tells the demo about this cell."""
    return {
        "WX_REGION": db.region,
        "WX_DATABASE_URL": db.dsn("wx_admin"),
        "WX_KEYSTORE_URL": db.keys_dsn("wx_admin"),
        "WX_CUSTODIAN": f"file:{folder / 'custody'}",
        "WX_BLOB_URL": f"file:{folder / 'blobs'}",
        "WX_KEEPER_URL": f"unix:{folder / 'run' / 'k.sock'}",
        "WX_PUBLIC_URL": "http://localhost:8081",
        "WX_FRONT_URL": "http://localhost:8080",
    }


@dataclass
class Demo:
    """A loaded cell: its databases, files, and what the load said of itself."""

    db: CellDb
    folder: Path
    settings: DemoSettings
    loaded: Loaded
    admin: "asyncpg.Connection[asyncpg.Record]"

    @property
    def sheet(self) -> dict[str, Any]:
        """What demo.json says now."""
        read: dict[str, Any] = json.loads((self.folder / "demo.json").read_text("utf-8"))
        return read

    def account(self, role: str) -> dict[str, Any]:
        """Return the sheet's first account of a role."""
        found: dict[str, Any] = next(a for a in self.sheet["accounts"] if a["role"] == role)
        return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo(shared_cell: Cell, admin: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[Demo]:
    """Load the demo once."""
    async with database.copied(shared_cell, admin) as db, short_folder() as folder:
        settings = read_demo_settings(environment_of(db, folder))
        began = time.monotonic()
        loaded = await load(settings, folder, AT, lambda _done, _all: None)
        print(f"demo loaded in {time.monotonic() - began:.1f} s")  # noqa: T201 - told, not promised: others use the machine
        connection = await asyncpg.connect(db.dsn("wx_admin"))
        yield Demo(db, folder, settings, loaded, connection)
        await connection.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def served(demo: Demo) -> AsyncIterator[KeeperClient]:
    """Run a keeper on the loaded cell."""
    settings = settings_for(demo.db, demo.folder, password_cost=Cost())
    async with keeper(settings, Clock(AT)) as (client, _):
        await ready(client)
        yield client
