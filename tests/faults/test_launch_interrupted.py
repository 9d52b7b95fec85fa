"""Ctrl-C at the very moment a process is started: it is started and known."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.options import ROOT
from infra.process import Process

# A supervisor (one thread, as `infra.run`) whose child presses Ctrl-C at it before it becomes another program.
INTERRUPTED = """
import os, sys
from pathlib import Path
from signal import SIGINT
from infra import process
from infra.leash import leash

def interrupting(on_death):
    tie, parent = leash(on_death), os.getpid()
    return lambda: (os.kill(parent, SIGINT), tie())

process.leash = interrupting
child = process.Process("sleep", ["sleep", "60"], dict(os.environ), Path(sys.argv[1]))
try:
    child.launch()
except KeyboardInterrupt:
    print("interrupted, and knows", child.pid)
child.kill()
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """Give a process that is ended afterwards."""
    made = Process("sleep", ["sleep", "60"], dict(os.environ), tmp_path / "sleep.log")
    yield made
    made.kill()


def test_no_child_is_forgotten(tmp_path: Path) -> None:
    """Interrupted between fork and exec, the supervisor still knows the child, and so can stop it."""
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "sleep.log")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    said, _, pid = done.stdout.strip().rpartition(" ")
    assert said == "interrupted, and knows"
    assert pid.isdigit()


def test_a_child_hears_ctrl_c_itself(process: Process) -> None:
    """What the parent holds back while it starts a child is not held back from the child."""
    process.launch()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGINT)
    assert process._child is not None
    assert process._child.wait(5) == -signal.SIGINT
