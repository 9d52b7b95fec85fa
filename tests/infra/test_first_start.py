"""A stranger's first hour: a clean clone, broken off twice, started, stopped, started again."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from infra.options import ROOT
from infra.wholeness import forget_all
from tests.ports import free_ports

LOCK_LINE = "Installing what requirements.lock names"


class Run:
    """`infra/dev.py run` in a terminal of its own; `text` is what it printed so far."""

    started: ClassVar[list["Run"]] = []

    def __init__(self, clone: Path, port: int) -> None:
        self.screen = clone.parent / "screen.txt"
        with self.screen.open("w") as screen:
            command = [
                sys.executable,
                str(clone / "infra" / "dev.py"),
                "run",
                "--no-demo",
                "--port",
                str(port),
            ]
            kept = {
                key: text for key, text in os.environ.items() if not key.startswith(("WX_", "VIRTUAL_ENV"))
            }
            told = kept | {"PYTHONDONTWRITEBYTECODE": "1"}
            self.process = subprocess.Popen(
                command, stdout=screen, stderr=screen, cwd=clone.parent, env=told, start_new_session=True
            )
        self.started.append(self)

    @property
    def text(self) -> str:
        """What stands on the terminal."""
        return self.screen.read_text("utf-8")

    def until(self, happened: Callable[[], object], seconds: float = 120) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < deadline, self.text
            assert self.process.poll() is None, self.text
            time.sleep(0.01)

    def until_ready(self) -> None:
        """Wait until it says that it is ready."""
        self.until(lambda: "Ctrl-C stops everything" in self.text)

    def end(self) -> None:
        """Leave nothing behind, whatever the test found."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def ctrl_c(self) -> int:
        """Press Ctrl-C and return the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(20)


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    """Give a clean copy of the project: what git would hand out, no `.venv`, no data."""
    folder = tmp_path / "clone"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        source = ROOT / name
        if source.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    yield folder
    for run in Run.started:
        run.end()
    forget_all(folder / "var")


def status_of(port: int, path: str) -> int:
    """Ask for a page and return the status."""
    connection = http.client.HTTPConnection("localhost", port, timeout=10)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def those_named(text: str) -> list[str]:
    """Return the command lines of living processes that name `text`."""
    said = subprocess.run(["ps", "-ww", "-eo", "stat=,args="], capture_output=True, text=True, check=True)
    return [line for line in said.stdout.splitlines() if text in line and not line.startswith("Z")]


def test_broken_off_twice_then_started_twice(clone: Path) -> None:
    """Ctrl-C while packages and then databases are made leaves nothing that the next start cannot go on from."""
    port = free_ports()
    installing = Run(clone, port)
    installing.until(lambda: LOCK_LINE in installing.text)
    assert installing.ctrl_c() != 0
    making = Run(clone, port)
    secrets = clone / "var" / "eu" / "secrets.json"
    making.until(secrets.exists)
    assert making.ctrl_c() == 130
    passwords = secrets.read_text("utf-8")

    first = Run(clone, port)
    first.until_ready()
    assert status_of(port, "/readyz") == 200
    assert status_of(port + 1, "/readyz") == status_of(port + 2, "/readyz") == 200
    assert first.ctrl_c() == 0
    assert first.text.rstrip().endswith("Stopped.")
    assert those_named(str(clone)) == []

    second = Run(clone, port)
    second.until_ready()
    assert second.ctrl_c() == 0
    assert LOCK_LINE not in second.text
    assert "Databases made" not in second.text
    assert secrets.read_text("utf-8") == passwords
    beside = [path for path in clone.rglob("__pycache__") if ".venv" not in path.parts]
    assert beside == [], "whoever wants no bytecode beside the sources gets none"
    assert list((clone / ".venv" / "bytecode").rglob("house.*.pyc")), (
        "and yet nothing is compiled at each start"
    )
