"""A child process of the supervisor: started in a group of its own, on a leash, its output in a file."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from infra.leash import leash, undisturbed
from infra.options import ROOT

BIGGEST_LOG = 16 << 20


class Tended(Protocol):
    """What the supervisor can watch: our own processes and PostgreSQL."""

    @property
    def name(self) -> str:
        """What it is called on the terminal."""
        ...

    @property
    def log_file(self) -> Path:
        """Where it writes."""
        ...

    def launch(self) -> None:
        """Start it (again) without waiting for it."""
        ...

    def ended(self) -> int | None:
        """Exit status if it has ended, None while it runs."""
        ...

    def ask_to_stop(self) -> None:
        """Ask it to finish."""
        ...

    def kill(self) -> None:
        """End it and its children at once."""
        ...


class Process:
    """One of our own programs, e.g. `python -m portal serve`."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log_file: Path
    ) -> None:
        self._name = name
        self._command = list(command)
        self._environment = dict(environment)
        self._log_file = log_file
        self._child: subprocess.Popen[bytes] | None = None
        self._swept = False

    @property
    def name(self) -> str:
        """What it is called on the terminal."""
        return self._name

    @property
    def log_file(self) -> Path:
        """Where its output goes, JSON lines from our own processes."""
        return self._log_file

    @property
    def pid(self) -> int | None:
        """Its number while it runs."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def launch(self) -> None:
        """Start it without waiting."""
        self._log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _turn_over(self._log_file)
        self._swept = False
        with self._log_file.open("ab") as log, undisturbed():
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=self._environment,
                start_new_session=True,
                preexec_fn=leash(signal.SIGTERM),  # noqa: PLW1509 - few system calls, and no thread runs here
            )

    def ended(self) -> int | None:
        """Exit status if it has ended; what is left of its group ends with it."""
        if self._child is None:
            return None
        status = self._child.poll()
        if status is not None and not self._swept:
            self._swept = True
            self._signal_group(signal.SIGKILL)
        return status

    def ask_to_stop(self) -> None:
        """Ask it to finish."""
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()

    def kill(self) -> None:
        """End it and its children at once."""
        if self._child is not None and self.ended() is None:
            self._signal_group(signal.SIGKILL)
            self._child.wait()

    def _signal_group(self, sign: signal.Signals) -> None:
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, sign)


def _turn_over(log: Path) -> None:
    """Keep one older log: what a restart adds must not grow for ever."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > BIGGEST_LOG:
            log.replace(log.with_suffix(".old.log"))
