"""The keeper's memory reaches no disk and no other process; its log is codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def run(code: str) -> "subprocess.CompletedProcess[str]":
    """Run a piece of Python in a process of its own."""
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_the_memory_is_closed() -> None:
    """After closing, the kernel says that the process is not dumpable and may leave no core."""
    said = run(
        "import ctypes, resource; from security.keeper.process import close_memory; close_memory();"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))"
    )
    assert said.stdout == "0 0 0\n"


def test_a_log_line_is_json_without_traceback() -> None:
    """A line is one JSON object on standard error, also while an exception is handled."""
    said = run(
        "import structlog; from security.keeper.process import configure_log; configure_log('json')\n"
        "try: 1 / 0\n"
        "except ZeroDivisionError: structlog.get_logger(process='keeper').warning('keeper_waits', cause='x')"
    )
    line = json.loads(said.stderr)
    assert {name: line[name] for name in line if name != "timestamp"} == {
        "process": "keeper",
        "event": "keeper_waits",
        "cause": "x",
        "level": "warning",
    }
