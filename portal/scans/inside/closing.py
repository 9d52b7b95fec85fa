"""Closing oneself off before a foreign byte is read: no file, no network, no other process, bounded memory and time.

What every Unix gives: limits. What Linux gives without root besides: Landlock, namespaces of one's own, no new
privileges. Each is taken where it can be had; the limits always.
"""

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import Final

MEMORY: Final = 1 << 30
CPU_SECONDS: Final = 15
NOBODY: Final = 65_534
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_CAPBSET_DROP: Final = 24
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE: Final = 0x02000000 | 0x08000000 | 0x10000000 | 0x40000000  # cgroup, ipc, user, network
_CREATE_RULESET: Final = 444  # one number on all architectures
_RESTRICT_SELF: Final = 446
_ASK_VERSION: Final = 1
_LAST_CAPABILITY: Final = 63


def close_off() -> list[str]:
    """Close everything that can be closed, for good; say what was, besides the limits."""
    closed = []
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        closed = [name for name, close in _MEANS if close(libc)]
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    _limit()
    return closed


def _limit() -> None:
    """Bound what the process may use. Without a free descriptor nothing can be opened, connected or listened to."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 3),  # 0, 1 and 2 are taken
    ):
        hard = resource.getrlimit(what)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(what, (bound, bound))
        except (ValueError, OSError):
            if sys.platform == "linux":  # elsewhere a system may not know this limit
                raise


def _become_nobody(_libc: ctypes.CDLL) -> bool:
    """As root, become a user who owns nothing."""
    if os.geteuid() != 0:
        return False
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    return True


def _no_new_privileges(libc: ctypes.CDLL) -> bool:
    return bool(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def _own_namespaces(libc: ctypes.CDLL) -> bool:
    """Leave network and files of the machine behind, and give up what one may do in the new namespace."""
    libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)  # so long, one's own folder below may be entered
    if libc.unshare(_CLONE) != 0:
        return False
    with suppress(OSError):  # a folder that holds no file and no socket, and ends with this process
        os.chroot("/proc/self/fdinfo")
        os.chdir("/")
    for capability in range(_LAST_CAPABILITY + 1):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    libc.capset(header, (ctypes.c_uint32 * 6)())
    return True


def _landlock(libc: ctypes.CDLL) -> bool:
    """Handle every right on files, connections and signals that this kernel knows, and grant none."""
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    if version < 1:
        return False
    files = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}.get(version, 0xFFFF)
    network = 0x3 if version >= 4 else 0  # noqa: PLR2004 -- bind and connect since version 4
    scopes = 0x3 if version >= 6 else 0  # noqa: PLR2004 -- abstract sockets and signals since version 6
    rules = (ctypes.c_uint64 * 3)(files, network, scopes)
    size = 24 if scopes else 16 if network else 8
    ruleset = libc.syscall(_CREATE_RULESET, rules, ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    closed = libc.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0)) == 0
    os.close(ruleset)
    return bool(closed)


_MEANS: Final = (
    ("nobody", _become_nobody),
    ("no_new_privileges", _no_new_privileges),
    ("namespaces", _own_namespaces),
    ("landlock", _landlock),
)
