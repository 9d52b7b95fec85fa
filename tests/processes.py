"""Other processes, as a test sees them."""

import os
import time
from pathlib import Path


def ends(pid: int, seconds: float = 5.0) -> bool:
    """Wait until a process that need not be our child is gone, or a zombie that nobody collects."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _lives(pid):
            return True
        time.sleep(0.01)
    return False


def _lives(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    try:
        return state.read_text("utf-8").rpartition(")")[2].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
    except ProcessLookupError:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
