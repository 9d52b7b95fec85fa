"""A cell of real processes for one test: keeper, web and worker on a PostgreSQL that the test may kill."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from audit.ledger import export
from infra import environment
from infra.cell import Cell, write_private
from infra.options import ROOT, Options
from infra.postgres import Server
from infra.process import Process
from infra.quarters import Quarters
from infra.readiness import missing_at
from infra.roles import close_database
from tests.database import PLANES
from tests.portal.house import _members
from tests.ports import free_ports
from tests.security.keeper.stage import PASSPORT, PASSWORD, Stage, _people

UNAVAILABLE = 503

PATIENCE = 10.0  # seconds within which every request must have its answer
GENEROUS = {"WX_REVEALS_PER_MINUTE": "100000", "WX_STEP_UP_USES": "100000", "WX_STEP_UP_SECONDS": "3000"}
EVERY_VIEW = {"WX_VIEW_REPEAT_SECONDS": "0"}
BASE = "/api/v1/passengers"
DOCUMENT = {"kind": "passport", "issuing_state": "NLD", "expires_on": "2031-01-01", "number": PASSPORT}


@dataclass
class Site:
    """What a test of faults acts on."""

    cell: Cell
    server: Server
    options: Options
    processes: dict[str, Process] = field(default_factory=dict)
    ids: dict[str, UUID] = field(default_factory=dict)
    clients: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    def launch(self, *names: str) -> None:
        """Start processes (again); they are not waited for."""
        for name in names:
            if name not in self.processes:
                self.processes[name] = self._process(name)
            self.processes[name].launch()

    def _process(self, name: str) -> Process:
        command = environment.python("portal", "serve" if name == "web" else name)
        told = {
            "keeper": lambda: environment.keeper(self.cell, self.options) | GENEROUS,
            "web": lambda: environment.web(self.cell, self.options) | EVERY_VIEW,
            "worker": lambda: environment.worker(self.cell, self.options),
        }
        return Process(name, command, told[name](), self.cell.logs / f"{name}.log")

    async def stood_up(self) -> None:
        """Start what has ended, wait until all is ready and nothing of an earlier test waits."""
        if self.server.ended() is not None:
            await self.power_back()
        self.launch(*(name for name in ("keeper", "web") if not self.is_running(name)))
        await self.ready()
        await self.sequenced()

    async def hung_up(self) -> None:
        """Close the clients of one test, and end what only it needed."""
        await self.clients.aclose()
        if "worker" in self.processes:
            self.processes["worker"].kill()

    def is_running(self, name: str) -> bool:
        """Say whether a process was started and has not ended."""
        return name in self.processes and self.processes[name].pid is not None

    def pid(self, name: str) -> int:
        """Return the number of a process that must be running."""
        pid = self.processes[name].pid
        assert pid is not None, f"{name} has ended"
        return pid

    @contextlib.asynccontextmanager
    async def owner(self) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
        """Connect to the main database as superuser."""
        connection = await asyncpg.connect(self.cell.dsn("wx_admin"))
        try:
            yield connection
        finally:
            await connection.close()

    async def client(self, role: str = "") -> httpx.AsyncClient:
        """Give a client of the API that speaks for a role, or for nobody."""
        made = httpx.AsyncClient(base_url=self.options.cells["eu"], timeout=PATIENCE)
        client = await self.clients.enter_async_context(made)
        if role:
            who = {"email": f"{role}@example.test", "password": PASSWORD}
            answer = await client.post("/api/v1/sessions", json=who)
            for _ in range(5):  # a busy machine may need longer for a password than the keeper's deadline
                if answer.status_code != UNAVAILABLE:
                    break
                answer = await client.post("/api/v1/sessions", json=who)
            assert answer.status_code == 201, answer.text
            client.headers["authorization"] = f"Bearer {answer.json()['token']}"
        return client

    async def stepped_up(self, role: str) -> httpx.AsyncClient:
        """Give a client that has stepped up."""
        client = await self.client(role)
        answer = await client.post("/api/v1/me/step-ups", json={"password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return client

    async def with_passport(self) -> None:
        """Have the first passenger's passport typed in."""
        booker = await self.client("booker")
        answer = await booker.patch(f"{BASE}/eu_{self.ids['mei']}", json={"documents": [DOCUMENT]})
        assert answer.status_code == 200, answer.text

    async def reveal(self, client: httpx.AsyncClient) -> httpx.Response:
        """Ask for the first passenger's passport."""
        asked = {"field": "passport.number", "purpose": "border_filing", "reason": "border"}
        where = f"{BASE}/eu_{self.ids['mei']}/reveals"
        return await client.post(where, json=asked | {"reference": f"eu_{self.ids['trip']}"})

    async def ready(self, seconds: float = 20) -> None:
        """Wait until web says that nothing is missing."""
        address = self.options.cells["eu"]

        async def is_ready() -> bool:
            return not await asyncio.to_thread(missing_at, address)

        try:
            await until(is_ready, seconds)
        except AssertionError:
            log = (self.cell.logs / "keeper.log").read_text("utf-8")
            pytest.fail(f"{missing_at(address)}; the keeper said last: {log[-1000:]}")

    async def sequenced(self) -> None:
        """Wait until nothing waits to be sequenced."""
        async with self.owner() as owner:

            async def is_done() -> bool:
                return not await owner.fetchval("select exists (select from ledger_pending)")

            await until(is_done)

    async def leaves(self, act: str = "") -> list[dict[str, Any]]:
        """Read the leaves (of one kind), oldest first."""
        async with self.owner() as owner:
            rows = await owner.fetch("select leaf from ledger_leaf where $1 in ('', act) order by index", act)
        return [json.loads(row["leaf"]) for row in rows]

    async def key(self) -> str:
        """Return the public key of the log, as its first leaf states it."""
        async with self.owner() as owner:
            opened = json.loads(await owner.fetchval("select document from ledger_fact where index = 0"))
        key: str = opened["vkey"]
        return key

    async def is_whole(self) -> None:
        """Export the log and have `python -m audit verify` judge it, by its key and what is published."""
        bundle = self.cell.folder / f"{uuid4().hex}.zip"
        async with self.owner() as owner, owner.transaction(isolation="repeatable_read"):
            done = await export(owner, bundle)
        trust = ("--key", await self.key(), "--checkpoint", str(self.cell.blobs / "checkpoint"))
        report = await asyncio.to_thread(judged, bundle, *trust)
        assert (report["findings"], report["whole"], report["keys_checked"]) == ([], True, True)
        assert report["tree"]["size"] == report["older_size"] == done.size

    def power_cut(self) -> None:
        """Kill PostgreSQL with everything it started, without a word."""
        assert self.server.process is not None
        children = children_of(self.server.process.pid)
        self.server.crash()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    async def power_back(self) -> None:
        """Start PostgreSQL on the same data, again if need be, as the supervisor would."""
        self.server.launch()

        async def is_up() -> bool:
            if self.server.ended() is not None:
                self.server.launch()
            return self.server.is_ready()

        await until(is_up, 30)


def judged(bundle: Path, *trust: str) -> dict[str, Any]:
    """Return what `python -m audit verify --json` says of a bundle."""
    command = [sys.executable, "-m", "audit", "verify", str(bundle), "--json", *trust]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode in {0, 1}, said.stderr
    report: dict[str, Any] = json.loads(said.stdout)
    return report


async def until(is_so: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not await is_so():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        await asyncio.sleep(0.02)


def family_of(pid: int) -> list[tuple[int, str]]:
    """Return number and command line of every descendant of a process, nearest first."""
    said = subprocess.run(
        ["ps", "-ww", "-axo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 2) for line in said.stdout.splitlines()]
    found, near = [], [str(pid)]
    while near:
        below = [row for row in rows if row[1] in near]
        found += [(int(row[0]), row[2] if len(row) > 2 else "") for row in below]
        near = [row[0] for row in below]
    return found


def children_of(pid: int) -> list[int]:
    """Return the numbers of every descendant of a process."""
    return [number for number, _ in family_of(pid)]


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """Give a folder whose name is short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="wxf-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _new_databases(model: Quarters, folder: Path) -> Cell:
    """Copy a server's migrated models for a cell in another folder."""
    mark = uuid4().hex[:12]
    cell = Cell(folder, "eu", main=f"wx_{mark}", keys=f"wx_keys_{mark}", home=model.postgres_home)
    cell.prepare()
    write_private(cell.secrets_file, json.dumps(model.secrets))
    admin = await asyncpg.connect(model.dsn("wx_admin", "postgres"))
    try:
        for name, (origin, logins) in zip((cell.main, cell.keys), PLANES, strict=True):
            await admin.execute(f'create database "{name}" template "{origin}" owner wx_owner')
            await admin.execute(close_database(name, logins))
    finally:
        await admin.close()
    return cell


@contextlib.asynccontextmanager
async def opened(server: Server) -> AsyncIterator[Site]:
    """Build a site on a server: databases and people of its own, keeper and web just started."""
    with short_folder() as folder:
        cell = await _new_databases(server.quarters, folder)
        options = Options(port=free_ports(), regions=("eu",), fresh=False, demo=False, data=folder)
        site = Site(cell, server, options)
        try:
            site.launch("keeper", "web")
            async with site.owner() as owner:
                await _populate(site, owner)
            yield site
        finally:
            for process in site.processes.values():
                process.kill()


async def _populate(site: Site, owner: "asyncpg.Connection[asyncpg.Record]") -> None:
    site.ids = await _people(owner)
    await owner.execute("update leg set departs_at = now(), arrives_at = now() + interval '1 hour'")
    await _members(cast("Stage", SimpleNamespace(owner=owner)))  # all that it needs of a stage
