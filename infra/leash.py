"""A child that dies with its parent, even when the parent is killed and can say nothing any more."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator

PR_SET_PDEATHSIG = 1  # linux/prctl.h
HELD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back requests to stop until a child that is being started is also known.

    Such a request is an exception: between the fork and the assignment it would leave a child behind that
    nobody stops. The child lets requests through again, by `leash` or `let_through` as its `preexec_fn`.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def let_through() -> None:
    """Undo in a child what its parent held back."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD)


def leash(on_death: signal.Signals) -> Callable[[], None]:
    """Return a function for `preexec_fn`: Linux sends `on_death` to the child when its parent is gone.

    Elsewhere it only lets requests through; the next start then finds and stops what was left.
    """
    if not sys.platform.startswith("linux"):
        return let_through
    prctl = ctypes.CDLL(None, use_errno=True).prctl  # loaded before the fork: after it only async-safe work
    parent = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(on_death), 0, 0, 0)
        if os.getppid() != parent:  # the parent died between fork and prctl
            os._exit(1)
        let_through()

    return tie
