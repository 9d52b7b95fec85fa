"""What is measured: a cell with its demo on a PostgreSQL server of its own, and both peers on the same server."""

import asyncio
import contextlib
import os
import secrets
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
from tests.bench import peers

REGION = "eu"
WEB_PROCESSES = "2"
READY_SECONDS = 60.0
DEMO_SECONDS = 180.0
# The promise is one entry a view and a reveal a caller may repeat: what holds people back is set out of the way.
LIMITS = {
    "WX_VIEW_REPEAT_SECONDS": "0",
    "WX_STEP_UP_USES": "100000000",
    "WX_STEP_UP_SECONDS": "7200",
    "WX_REVEALS_PER_MINUTE": "100000000",
}


class StageRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """Something that is to be measured did not start; the arguments say what, and where its log is."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything under load: addresses by name (waxwing, django, limit), the cell, and a folder to write in."""

    cell: Cell
    data: Path
    folder: Path
    addresses: Mapping[str, str]


def free_port(count: int = 1) -> int:
    """Find a port that is free, with `count` - 1 free ones after it."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first: int = probe.getsockname()[1]
        if all(_is_free(port) for port in range(first, first + count)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def forget(cell: Cell) -> None:
    """Remove a cell's data, also what lies elsewhere because PostgreSQL does not run as root."""
    if is_root():
        shutil.rmtree(cell.postgres_home.parent, ignore_errors=True)
    shutil.rmtree(cell.data, ignore_errors=True)


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """Start PostgreSQL, the cell and the peers; stop all of them, and remove the data, afterwards."""
    data = folder / "cell"
    options = Options(free_port(2), (REGION,), fresh=False, demo=True, data=data)
    cell = Cell(data, REGION)
    started: list[Process] = []
    server = Server(cell)
    try:
        server.start()
        asyncio.run(_shape(cell))
        addresses = _start_cell(cell, options, started) | _start_peers(cell, folder, started)
        yield Stage(cell, data, folder, addresses)
    finally:
        for process in reversed(started):
            process.ask_to_stop()
        for process in reversed(started):
            await_that(lambda process=process: process.ended() is not None, 5.0)
            process.kill()
        server.stop()
        forget(cell)


async def _shape(cell: Cell) -> None:
    await prepare_roles(cell)
    await migrate(cell.dsn("wx_admin"), cell.keys_dsn("wx_admin"), REGION)
    connection = await asyncpg.connect(cell.dsn("wx_admin", "postgres"))
    try:
        await peers.prepare(connection)
    finally:
        await connection.close()


def _start_cell(cell: Cell, options: Options, started: list[Process]) -> dict[str, str]:
    os.environ.update(LIMITS)  # `infra.environment` hands limits on
    python = environment.python
    demo = Process(
        "demo",
        python("portal", "demo", "--data", str(options.data)),
        environment.demo(cell, options),
        cell.logs / "demo.log",
    )
    finish(demo, DEMO_SECONDS)
    for name, arguments, told in (
        ("keeper", ("keeper",), environment.keeper(cell, options)),
        ("web", ("serve", "--workers", WEB_PROCESSES), environment.web(cell, options)),
        ("worker", ("worker",), environment.worker(cell, options)),
    ):
        started.append(Process(name, python("portal", *arguments), told, cell.logs / f"{name}.log"))
        started[-1].launch()
    address = options.cells[REGION]
    if not await_that(lambda: not missing_at(address), READY_SECONDS):
        raise StageRefused(missing_at(address), str(cell.logs))
    return {"waxwing": f"http://127.0.0.1:{options.port + 1}"}


def _start_peers(cell: Cell, folder: Path, started: list[Process]) -> dict[str, str]:
    tools = peers.install()
    told = peers.told(cell.socket)
    addresses = {}
    for peer in peers.PEERS:
        log = folder / f"{peer.name}.log"
        finish(Process(peer.name, [str(tools / "python"), *peer.seed], told, log), DEMO_SECONDS)
        port = free_port()
        command = [str(tools / peer.server), *peer.options(port)]
        started.append(Process(peer.name, command, told, log))
        started[-1].launch()
        if not await_that(lambda port=port: not _is_free(port), READY_SECONDS):
            raise StageRefused(peer.name, str(log))
        addresses[peer.name] = f"http://127.0.0.1:{port}"
    return addresses


def finish(process: Process, seconds: float) -> None:
    """Run a process to its end. Raises `StageRefused` when it fails or takes too long."""
    process.launch()
    ended = await_that(lambda: process.ended() is not None, seconds)
    if not ended or process.ended() != 0:
        process.kill()
        raise StageRefused(process.name, _tail(process.log_file))


def await_that(is_so: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so; False when it is not in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-8:]) if log.exists() else str(log)
