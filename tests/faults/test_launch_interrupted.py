"""Ctrl-C at the very moment a process is started: it is started and known."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra import process as processes
from infra.leash import leash
from infra.process import Process

CHILD = ["sleep", "60"]


def _interrupting(on_death: signal.Signals) -> Callable[[], None]:
    """Make what the child does before it becomes another program: press Ctrl-C at its parent, who waits for it."""
    parent, tie = os.getpid(), leash(on_death)

    def tie_and_interrupt() -> None:
        os.kill(parent, signal.SIGINT)
        tie()

    return tie_and_interrupt


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """Give a process that is ended afterwards."""
    made = Process("sleep", CHILD, dict(os.environ), tmp_path / "sleep.log")
    yield made
    made.kill()


def test_no_child_is_forgotten(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted between fork and exec, the supervisor still knows the child, and so can stop it."""
    monkeypatch.setattr(processes, "leash", _interrupting)
    with pytest.raises(KeyboardInterrupt):
        process.launch()
    assert process.pid is not None


def test_a_child_hears_ctrl_c_itself(process: Process) -> None:
    """What the parent holds back while it starts a child is not held back from the child."""
    process.launch()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGINT)
    assert process._child is not None
    assert process._child.wait(5) == -signal.SIGINT
