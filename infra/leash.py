"""A child that dies with its parent, even when the parent is killed and can say nothing any more."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def leash(on_death: signal.Signals) -> Callable[[], None]:
    """Return a function for `preexec_fn`: Linux sends `on_death` to the child when its parent is gone.

    Elsewhere it does nothing; the next start then finds and stops what was left.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl  # loaded before the fork: after it only async-safe work
    parent = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(on_death), 0, 0, 0)
        if os.getppid() != parent:  # the parent died between fork and prctl
            os._exit(1)

    return tie
