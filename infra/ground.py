"""Is the ground free? Ports, the data folder and its lock, looked at before anything is started."""

import errno
import fcntl
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from infra.refusal import Refused

LOCK = "waxwing.lock"


def check_ports(ports: Iterable[int]) -> None:
    """Raise `infra:port_taken` or `infra:port_refused` for the first port that cannot be listened on."""
    for port in ports:
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            _check_port(family, host, port)


def _check_port(family: socket.AddressFamily, host: str, port: int) -> None:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refused("infra:port_taken", port=str(port)) from None
        if error.errno == errno.EACCES:
            raise Refused("infra:port_refused", port=str(port)) from None
        # Anything else is a machine without this family: then nobody is listening there either.


def take(data: Path) -> IO[str]:
    """Take the data folder for this process and return its lock: it is held while the file is open.

    The lock file also marks the folder as ours, so that `--fresh` never empties another's. Raises
    `infra:unwritable`, `infra:not_our_folder`, `infra:already_running`.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        path = data / LOCK
        if not path.exists() and any(data.iterdir()):
            raise Refused("infra:not_our_folder", path=str(data))
        lock = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise Refused("infra:unwritable", path=str(data), said=(error.strerror or "").lower()) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        pid = lock.read().strip() or "unknown"
        lock.close()
        raise Refused("infra:already_running", path=str(data), pid=pid) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
