"""The running house of the journeys: `python -m infra.run` with its demo, once for all workers of a session.

Whoever needs it first starts it and, when his own tests are over, waits until nobody is inside any more.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.cell import SYSTEM_HOME, Cell, is_root
from infra.leash import leash
from infra.options import ROOT
from tests.database import FOLDER
from tests.ports import free_ports

PATIENCE = 180.0  # seconds: the demo is loaded beside other tests
MARK = "journeys"  # in PostgreSQL's place for root: whose it is
REGION = "eu"
REGIONS = (REGION, "cn")
LIMITS = {"WX_REVEALS_PER_MINUTE": "1000", "WX_SIGN_IN_FAILURES": "50"}


@dataclass(frozen=True, slots=True)
class Site:
    """Where the house is: addresses of the front door and of its cells by region."""

    front: str
    cells: dict[str, str]
    data: str

    @property
    def cell(self) -> str:
        """The cell that most journeys are lived in."""
        return self.cells[REGION]


@contextlib.contextmanager
def lived_in() -> Iterator[Site]:
    """Enter this session's house, starting it if it does not stand yet."""
    folder = Path(os.environ[FOLDER]) / "journeys"
    folder.mkdir(exist_ok=True)
    with (folder / "inside").open("a") as inside:
        with _alone(folder):
            fcntl.flock(inside, fcntl.LOCK_SH)
            site, process = _found(folder) or _begun(folder)
        try:
            yield site
        finally:
            fcntl.flock(inside, fcntl.LOCK_UN)
            if process is not None:
                _leave_last(folder, process)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "gate").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def _found(folder: Path) -> tuple[Site, None] | None:
    site = folder / "site.json"
    return (Site(**json.loads(site.read_text("utf-8"))), None) if site.exists() else None


def _begun(folder: Path) -> tuple[Site, "subprocess.Popen[bytes]"]:
    _clear_leftovers()
    port, data, said = free_ports(), folder / "data", folder / "said.txt"
    shutil.rmtree(data, ignore_errors=True)
    cells = {region: f"http://localhost:{port + place}" for place, region in enumerate(REGIONS, 1)}
    site = Site(f"http://localhost:{port}", cells, str(data))
    command = [sys.executable, "-m", "infra.run", "--data", str(data), "--port", str(port)]
    command += ["--regions", ",".join(REGIONS)]
    with said.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | LIMITS,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=leash(signal.SIGTERM),  # noqa: PLW1509 - one system call
        )
    try:
        _await(site, process, said)
    except BaseException:
        _end(process, data)
        raise
    if is_root():
        (_home(data) / MARK).write_text(str(folder), "utf-8")
    (folder / "site.json").write_text(json.dumps(asdict(site)), "utf-8")
    return site, process


def _await(site: Site, process: "subprocess.Popen[bytes]", said: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    said_ready = "Ctrl-C stops everything"
    while said_ready not in said.read_text("utf-8"):
        assert process.poll() is None, f"the house did not start: {said.read_text('utf-8')[-2000:]}"
        assert time.monotonic() < deadline, f"the house is not ready: {said.read_text('utf-8')[-2000:]}"
        time.sleep(0.1)


def _leave_last(folder: Path, process: "subprocess.Popen[bytes]") -> None:
    """Wait until everybody else has left, then stop the house."""
    while True:
        with _alone(folder), (folder / "inside").open("a") as inside:
            try:
                fcntl.flock(inside, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                (folder / "site.json").unlink()
                _end(process, folder / "data")
                return
        time.sleep(0.2)


def _end(process: "subprocess.Popen[bytes]", data: Path) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    if is_root():
        shutil.rmtree(_home(data), ignore_errors=True)


def _home(data: Path) -> Path:
    return Cell(data, REGION).postgres_home.parent


def _clear_leftovers() -> None:
    """Remove what killed sessions left outside their folder."""
    for mark in SYSTEM_HOME.glob(f"*/{MARK}") if is_root() else ():
        if not Path(mark.read_text("utf-8")).exists():
            shutil.rmtree(mark.parent, ignore_errors=True)
