"""From `git clone` to a house that serves: the first start with a warm package cache, and the second."""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from infra.cell import Cell
from infra.options import ROOT, USUAL
from infra.readiness import missing_at
from tests.bench.stage import REGION, StageRefused, await_that, forget
from tests.ports import free_ports

PATIENCE = 300.0
PARTING = 20.0
WARM = "import infra.venv; infra.venv.install(infra.venv.RUN)"


@dataclass(frozen=True, slots=True)
class Starts:
    """Seconds until the front door and every cell are ready."""

    first: float
    second: float


def starts(folder: Path) -> Starts:
    """Clone what is committed, fill the package cache, then start twice on the same data."""
    clone, data = folder / "clone", folder / "clone-data"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    python = shutil.which("python3", path="/usr/local/bin:/usr/bin:" + os.environ["PATH"]) or "python3"
    subprocess.run([python, "-c", WARM], cwd=clone, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(clone / ".venv")
    for cached in clone.rglob("__pycache__"):
        shutil.rmtree(cached)
    try:
        return Starts(*(_start(clone, data, python) for _ in range(2)))
    finally:
        forget(Cell(data, REGION))


def _start(clone: Path, data: Path, python: str) -> float:
    number = 1 + len(USUAL.split(","))
    port = free_ports(number)
    command = [python, "infra/dev.py", "run", "--port", str(port), "--data", str(data)]
    log = clone.with_suffix(".log")
    began = time.monotonic()
    with log.open("ab") as out:
        run = subprocess.Popen(command, cwd=clone, stdout=out, stderr=out, start_new_session=True)
    try:
        doors = [f"http://127.0.0.1:{port + place}" for place in range(number)]
        await_that(lambda: run.poll() is not None or not any(map(missing_at, doors)), PATIENCE)
        if run.poll() is not None or any(map(missing_at, doors)):
            raise StageRefused("infra/dev.py run", log.read_text("utf-8", "replace")[-2000:])
        return time.monotonic() - began
    finally:
        run.send_signal(signal.SIGINT)
        try:
            run.wait(PARTING)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
