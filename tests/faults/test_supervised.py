"""The whole house under its supervisor: what ends is started again, what must end leaves nothing behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra import environment
from infra.options import ROOT
from infra.readiness import missing_at
from infra.wholeness import forget_all
from tests.faults.site import children_of, family_of, short_folder
from tests.ports import free_ports
from tests.processes import ends

READY = "Ctrl-C stops everything"
AGAIN = 15.0  # seconds until the house is ready again by itself, unless the machine is too busy to start one
ALL_GONE = 10.0


class Run:
    """`python -m infra.run --no-demo` on a folder; `text` is what it printed so far."""

    def __init__(self, folder: Path, port: int, regions: str = "eu") -> None:
        self.port = port
        self.regions = regions.split(",")
        self.screen = folder / f"screen-{time.monotonic_ns()}.txt"
        data = ("--data", str(folder / "data"))
        with self.screen.open("w") as screen:
            self.process = subprocess.Popen(
                environment.python(
                    "infra.run", "--no-demo", "--port", str(port), "--regions", regions, *data
                ),
                stdout=screen,
                stderr=screen,
                cwd=ROOT,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        """What stands on the terminal."""
        return self.screen.read_text("utf-8")

    def until(self, happened: Callable[[], object], seconds: float = 120) -> None:
        """Wait until something is so, while it runs."""
        deadline = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < deadline, self.text
            assert self.process.poll() is None, self.text
            time.sleep(0.02)

    def until_ready(self) -> None:
        """Wait until it says that it is ready."""
        self.until(lambda: READY in self.text)

    def is_ready(self) -> bool:
        """Whether the cells and the front door say that they can serve."""
        return not any(missing_at(f"http://localhost:{self.port + n}") for n in range(len(self.regions) + 1))

    def pids(self, sign: str) -> list[int]:
        """Return the numbers of its processes whose command line holds a text, parents first."""
        return [pid for pid, command in family_of(self.process.pid) if sign in command]

    def pids_of(self, cell: str) -> dict[int, str]:
        """Return the processes of one cell, or of the front door: PostgreSQL's and our own, by their environment."""
        found = {}
        for pid, command in family_of(self.process.pid):
            told = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            own = f"WX_REGION={cell}".encode() in told or f"/{cell}/postgres" in command
            if own or (cell == "front" and "portal front" in command):
                found[pid] = command
        return found

    def ctrl_c(self) -> int:
        """Press Ctrl-C and return the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(20)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder for the data of one house, and remove everything afterwards."""
    with short_folder() as made:
        yield made
        forget_all(made / "data")


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    """Give a list of runs that are ended afterwards, whatever the test found."""
    made: list[Run] = []
    yield made
    for run in made:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(20)


SIGNS = {
    "web": ("portal serve", 0),
    "the web server's own child": ("portal serve", 1),
    "keeper": ("portal keeper", 0),
    "worker": ("portal worker", 0),
    "postgres": ("/eu/postgres", 0),
}


def _killed(run: Run, what: str, patience: float) -> None:
    """Kill one process; the house must be ready again by itself, with another in its place."""
    sign, place = SIGNS[what]
    victim = run.pids(sign)[place]
    os.kill(victim, signal.SIGKILL)
    assert ends(victim)
    run.until(lambda: len(run.pids(sign)) > place and run.is_ready(), patience)
    assert victim not in run.pids(sign)


def test_a_house_that_is_hurt_stands_up_again(folder: Path, runs: list[Run]) -> None:
    """What is broken off or killed, supervisor included, is ready again within 15 s or leaves nothing in the way."""
    port = free_ports()
    broken_off = Run(folder, port)
    runs.append(broken_off)
    broken_off.until(lambda: broken_off.pids("portal keeper"))
    assert broken_off.ctrl_c() == 130
    assert broken_off.text.rstrip().endswith("Stopped.")

    began = time.monotonic()
    run = Run(folder, port)
    runs.append(run)
    run.until_ready()
    patience = max(AGAIN, 2 * (time.monotonic() - began))
    for what in SIGNS:
        _killed(run, what, patience)
    _is_refused(folder, run)

    family = children_of(run.process.pid)
    run.process.kill()
    run.process.wait()
    assert [pid for pid in family if not ends(pid, ALL_GONE)] == []
    after = Run(folder, port)
    runs.append(after)
    after.until_ready()
    assert after.ctrl_c() == 0


def _is_refused(folder: Path, run: Run) -> None:
    command = [sys.executable, "-m", "infra.run", "--no-demo", "--port", str(free_ports()), "--regions", "eu"]
    command += ["--data", str(folder / "data")]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"already runs on {folder / 'data'} (process {run.process.pid})" in second.stderr
    assert run.is_ready()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux tells whose a process is")
def test_a_crash_of_one_cell_does_not_touch_the_other(folder: Path, runs: list[Run]) -> None:
    """Everything of one cell is killed at once: it stands up again, and nothing else ended or stopped serving."""
    port = free_ports()
    began = time.monotonic()
    run = Run(folder, port, "eu,cn")
    runs.append(run)
    run.until_ready()
    patience = max(AGAIN, 2 * (time.monotonic() - began))
    others = {cell: set(run.pids_of(cell)) for cell in ("eu", "front")}
    victims = run.pids_of("cn")
    assert len([command for command in victims.values() if "portal" in command]) >= 3
    before = run.text.count("process     state")
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def is_up_again() -> bool:
        assert not missing_at(f"http://localhost:{port + 1}"), "eu stopped serving"
        assert not missing_at(f"http://localhost:{port}"), "the front door stopped serving"
        return run.is_ready() and not set(run.pids_of("cn")) & set(victims)

    run.until(is_up_again, patience)
    for cell, pids in others.items():
        lasting = {
            pid for pid in pids if "postgres:" not in _command(pid)
        }  # PostgreSQL's helpers come and go
        assert {pid for pid in pids if pid in lasting} <= set(run.pids_of(cell)), cell
    assert "eu/" not in "".join(line for line in run.text.splitlines() if "ended" in line)
    assert run.text.count("process     state") > before
    assert run.ctrl_c() == 0

    alone = Run(folder, port, "cn")  # other regions on the same data: the one left out is as it was left
    runs.append(alone)
    alone.until_ready()
    assert (folder / "data" / "eu" / "secrets.json").exists()
    assert not alone.pids_of("eu")
    assert alone.ctrl_c() == 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").replace("\0", " ")
    except OSError:
        return "postgres: gone"
