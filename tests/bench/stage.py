"""What is measured: a cell with its demo on a PostgreSQL server of its own, and both peers on the same server."""

import asyncio
import contextlib
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from infra import environment
from infra.cell import Cell, is_root
from infra.migrate import migrate
from infra.options import Options
from infra.postgres import Server
from infra.process import Process
from infra.readiness import missing_at
from infra.roles import prepare_roles
from tests.bench import rivals
from tests.ports import free_ports

REGION = "eu"
WEB_PROCESSES = "2"
READY_SECONDS = 60.0
PORTS = range(18_000, 28_000)
DEMO_SECONDS = 180.0
# One entry for every view, and reveals without end: what holds a person back is not what is measured.
EACH_VIEW = {"WX_VIEW_REPEAT_SECONDS": "0"}
LIMITS = {
    "WX_STEP_UP_USES": "100000000",
    "WX_STEP_UP_SECONDS": "7200",
    "WX_REVEALS_PER_MINUTE": "100000000",
}


class StageRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """Something that is to be measured did not start; the arguments say what, and its last words."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything under load: addresses by name (waxwing, django, limit), the cell, and a folder to write in."""

    cell: Cell
    folder: Path
    addresses: Mapping[str, str]


@contextlib.contextmanager
def staged(folder: Path, *, peers: bool = True) -> Iterator[Stage]:
    """Start PostgreSQL, the cell and, if asked for, the peers; afterwards stop all and remove their data."""
    options = Options(free_ports(2), (REGION,), fresh=False, demo=True, data=folder / "cell")
    cell = Cell(options.data, REGION)
    server, started = Server(cell), list[Process]()
    try:
        server.start()
        asyncio.run(_shape(cell))
        waxwing = _start_cell(cell, options, started)
        others = _start_peers(cell, folder, started) if peers else {}
        yield Stage(cell, folder, {"waxwing": waxwing} | others)
    finally:
        for process in reversed(started):
            process.ask_to_stop()
            await_that(lambda one=process: one.ended() is not None, 5.0)  # type: ignore[misc]
            process.kill()
        server.stop()
        forget(cell)


async def _shape(cell: Cell) -> None:
    await prepare_roles(cell)
    await migrate(cell.dsn("wx_admin"), cell.keys_dsn("wx_admin"), REGION)
    connection = await asyncpg.connect(cell.dsn("wx_admin", "postgres"))
    try:
        await rivals.prepare(connection)
    finally:
        await connection.close()


def _start_cell(cell: Cell, options: Options, started: list[Process]) -> str:
    os.environ.update(LIMITS)  # `infra.environment` hands limits on
    python = environment.python
    fill = python("portal", "demo", "--data", str(options.data))
    _finish(Process("demo", fill, environment.demo(cell, options), cell.logs / "demo.log"))
    for name, arguments, told in (
        ("keeper", ("keeper",), environment.keeper(cell, options)),
        ("web", ("serve", "--workers", WEB_PROCESSES), environment.web(cell, options) | EACH_VIEW),
        ("worker", ("worker",), environment.worker(cell, options)),
    ):
        started.append(Process(name, python("portal", *arguments), told, cell.logs / f"{name}.log"))
        started[-1].launch()
    address = f"http://127.0.0.1:{options.port + 1}"
    await_that(lambda: any(one.ended() for one in started) or not missing_at(address), READY_SECONDS)
    if missing_at(address):
        raise StageRefused("waxwing", missing_at(address), *(_tail(one.log_file) for one in started))
    return address


def _start_peers(cell: Cell, folder: Path, started: list[Process]) -> dict[str, str]:
    tools, told = rivals.install(), rivals.told(cell.socket)
    addresses = {}
    for name, peer in rivals.PEERS.items():
        log, port = folder / f"{name}.log", free_ports(1)
        _finish(Process(name, [str(tools / "python"), peer.app, "seed"], told, log))
        started.append(Process(name, peer.command(tools, port), told, log))
        started[-1].launch()
        if not await_that(lambda at=port: not _is_free(at), READY_SECONDS):  # type: ignore[misc]
            raise StageRefused(name, _tail(log))
        addresses[name] = f"http://127.0.0.1:{port}"
    return addresses


def _finish(process: Process) -> None:
    """Run a process to its end. Raises `StageRefused` when it fails or takes too long."""
    process.launch()
    await_that(lambda: process.ended() is not None, DEMO_SECONDS)
    if process.ended() != 0:
        process.kill()
        raise StageRefused(process.name, _tail(process.log_file))


def await_that(is_so: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so; False when it is not in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def forget(cell: Cell) -> None:
    """Remove a cell's data, also where PostgreSQL's lie elsewhere because it does not run as root."""
    if is_root():
        shutil.rmtree(cell.postgres_home.parent, ignore_errors=True)
    shutil.rmtree(cell.data, ignore_errors=True)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-8:])
