"""The keeper's process: a unix socket that only our own user can reach, and an orderly end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from audit.blobs import Blobs
from audit.journaled import JournaledBlobs
from security.keeper.holdings import Holdings
from security.keeper.listener import Listener
from security.keeper.operations import Operations
from security.keeper.process import close_memory, configure_log
from security.memory import settle_memory
from security.settings import KeeperSettings

FAREWELL: Final = 5.0
SWITCH: Final = 0.0005  # seconds until a thread that writes blobs gets its turn beside the loop
BACKLOG: Final = 128
LONGEST_PATH: Final = 100  # sun_path holds 104 bytes on macOS, 108 on Linux

_log = structlog.get_logger(process="keeper")


class SocketRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """The socket cannot be had: `code` says why.

    `security:socket_path_long`, `security:socket_folder_open` (to others), `security:keeper_running` (there).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


async def main(settings: KeeperSettings) -> None:
    """Be the keeper until SIGTERM or SIGINT; raises `SocketRefused`."""
    sys.setswitchinterval(SWITCH)
    close_memory()
    configure_log(settings.log_format)
    settle_memory()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(settings, JournaledBlobs(settings.blobs), utc_now, stop)


async def serve(
    settings: KeeperSettings, blobs: Blobs, now: Callable[[], datetime], stop: asyncio.Event
) -> None:
    """Answer calls until `stop` is set, then finish those under way and let go of everything."""
    holdings = Holdings(settings, blobs, now)
    limits = settings.limits
    operations = Operations(holdings, now, in_flight=limits.in_flight, seconds=limits.operation_seconds)
    connections: set[Listener] = set()
    loop = asyncio.get_running_loop()
    bound = bind(settings.socket)
    server = await loop.create_unix_server(
        lambda: Listener(operations, connections), sock=bound, backlog=BACKLOG
    )
    holding = loop.create_task(holdings.hold())
    _log.info("keeper_listens", region=settings.region)
    try:
        await stop.wait()
    finally:
        server.close()
        await _finish(connections)
        holding.cancel()
        with suppress(asyncio.CancelledError):
            await holding
        await holdings.close()
        settings.socket.unlink(missing_ok=True)
        _log.info("keeper_ended", region=settings.region)


def bind(path: Path) -> socket.socket:
    """Bind the socket (0600) in its folder (0700, made if need be); raises `SocketRefused`.

    What a killed keeper left behind is removed; a living one is not pushed aside.
    """
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise SocketRefused("security:socket_path_long")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = path.parent.stat()
    if folder.st_uid != os.getuid() or stat.S_IMODE(folder.st_mode) & 0o077:
        raise SocketRefused("security:socket_folder_open")
    if _answers(path):
        raise SocketRefused("security:keeper_running")
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bound.bind(str(path))
    path.chmod(0o600)
    return bound


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


async def _finish(connections: set[Listener]) -> None:
    tasks = {task for connection in connections for task in connection.under_way}
    if tasks:
        await asyncio.wait(tasks, timeout=FAREWELL)
    for connection in list(connections):
        connection.close()
    await asyncio.sleep(0)
