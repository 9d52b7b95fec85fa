"""The PostgreSQL server of a cell or of the front door: made, started, watched, stopped. Passwords, no TCP."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from infra.binaries import Programs, programs
from infra.leash import leash, let_through, undisturbed
from infra.quarters import Quarters, private_folder
from infra.refusal import Refused

HBA = "# Everyone on the socket, with a password; nobody from the network.\nlocal all all scram-sha-256\n"
READY_LINE = 7  # of postmaster.pid, counted from 0 (src/include/utils/pidfile.h)
START_SECONDS = 60.0
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "wal_level": "replica",
    "max_wal_size": "1GB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # No value of a person may reach PostgreSQL's own log: no parameters, no failing rows, no statements.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_min_messages": "log",  # an error's own words may quote a value: its causer is told
    "log_statement": "none",
    "log_min_duration_statement": "-1",
}
SMALL: Mapping[str, str] = {
    "max_connections": "20",
    "shared_buffers": "16MB",
    "work_mem": "1MB",
    "max_wal_size": "128MB",
}  # for the front door
FORGETFUL: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "max_connections": "300",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "dynamic_shared_memory_type": "mmap",
    "scram_iterations": "1",  # tests connect thousands of times
}


class Server:
    """PostgreSQL for one cell, or for the front door.

    `durable=False` is for tests: nothing is synced to disk. `tied` servers stop when the process (strictly:
    the thread) that started them is gone.
    """

    def __init__(
        self,
        quarters: Quarters,
        *,
        durable: bool = True,
        tied: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.quarters = quarters
        self.tied = tied
        self.durable = durable
        self.settings = {**SETTINGS, **({} if durable else FORGETFUL), **(settings or {})}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the data directory if there is none, start the server and wait until it takes connections."""
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        """Start the server without waiting. Raises `infra:postgres_initdb` when no data can be made."""
        tools = programs()
        self._folders(tools)
        if not (self.quarters.postgres / "PG_VERSION").exists():
            if self.process is not None:  # data that vanished under us is not replaced by empty data
                path, database = str(self.quarters.folder), str(self.quarters.postgres)
                raise Refused("infra:data_without_database", path=path, database=database)
            self._initdb(tools)
        end_leftover(self.quarters)
        self._write_hba(tools)
        settings = {**self.settings, "unix_socket_directories": str(self.quarters.socket)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log() as log, undisturbed():
            self.process = subprocess.Popen(
                [tools.folder / "postgres", "-D", str(self.quarters.postgres), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={"LC_ALL": "C", "TZ": "UTC"},
                user=tools.uid,
                group=tools.gid,
                extra_groups=None if tools.uid is None else [],
                umask=0o077,
                start_new_session=True,  # Ctrl-C is for the supervisor, who stops things in order
                preexec_fn=leash(signal.SIGINT) if self.tied else let_through,  # noqa: PLW1509 - few system calls
            )

    def await_ready(self, seconds: float = START_SECONDS) -> None:
        """Wait until the server takes connections. Raises `infra:postgres_not_started`."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            self.refuse_ended(deadline)
            time.sleep(0.01)

    async def ready(self, seconds: float = START_SECONDS) -> None:
        """Wait as `await_ready` does, beside others."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            self.refuse_ended(deadline)
            await asyncio.sleep(0.01)

    def refuse_ended(self, deadline: float) -> None:
        """Raise `infra:postgres_not_started` when the server ended, or it is too late."""
        gone = self.process is not None and self.process.poll() is not None
        if gone or time.monotonic() > deadline:
            raise Refused("infra:postgres_not_started", log=str(self.log_file), said=self._last_words())

    def is_ready(self) -> bool:
        """Whether the server says of itself that it takes connections."""
        lines = _pid_file(self.quarters)
        started = self.process is None or (bool(lines) and lines[0].strip() == str(self.process.pid))
        return started and len(lines) > READY_LINE and lines[READY_LINE].startswith("ready")

    def stop(self) -> None:
        """Stop quickly but in order: transactions under way are broken off, everything committed is kept."""
        self.ask_to_stop()
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
            self.kill()

    def crash(self) -> None:
        """End the server without a word, as a power cut would (for tests of what survives)."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @property
    def name(self) -> str:
        """What the supervisor calls it."""
        return f"{self.quarters.name}/postgres"

    @property
    def log_file(self) -> Path:
        """Where the server writes what it has to say."""
        return self.quarters.logs / "postgres.log"

    def ended(self) -> int | None:
        """Exit status if it has ended, None while it runs."""
        return None if self.process is None else self.process.poll()

    def ask_to_stop(self) -> None:
        """Ask for a fast shutdown."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End it at once: with its own emergency stop, and if that takes too long without."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _log(self) -> IO[bytes]:
        return self.log_file.open("ab")

    def _last_words(self) -> str:
        try:
            lines = self.log_file.read_text("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return next((line for line in reversed(lines) if "FATAL" in line or "PANIC" in line), "")

    def _folders(self, tools: Programs) -> None:
        self.quarters.prepare()
        private_folder(self.quarters.postgres_home)
        private_folder(self.quarters.socket)
        if tools.uid is not None:
            self.quarters.postgres_home.parent.chmod(0o711)
            for folder in (self.quarters.postgres_home, self.quarters.socket):
                tools.give(folder)

    def _initdb(self, tools: Programs) -> None:
        draft = self.quarters.postgres_home / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)  # a first start that was broken off
        options = ["--auth=scram-sha-256", "--username=wx_admin", "--encoding=UTF8", "--locale=C"]
        # Not synced: until the folder has its name nothing depends on it, and the rename waits for a sync.
        quick = ["--no-sync", "--no-instructions"]
        with tempfile.NamedTemporaryFile("w", dir=self.quarters.postgres_home, prefix=".pw-") as password:
            password.write(self.quarters.secrets["wx_admin"])
            password.flush()
            tools.give(Path(password.name))
            command = [
                str(tools.folder / "initdb"),
                "-D",
                str(draft),
                f"--pwfile={password.name}",
                *options,
                *quick,
            ]
            made = subprocess.run(
                command,
                capture_output=True,
                check=False,
                cwd="/",
                env={"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"},
                user=tools.uid,
                group=tools.gid,
                extra_groups=None if tools.uid is None else [],
                umask=0o077,
                start_new_session=True,  # Ctrl-C is not for initdb either: it ends, or dies with us
                preexec_fn=leash(signal.SIGKILL),
            )
        if made.returncode != 0:
            said = made.stderr.decode("utf-8", "replace").strip().splitlines()
            raise Refused("infra:postgres_initdb", said=said[-1] if said else str(made.returncode))
        if self.durable:
            os.sync()
        draft.rename(self.quarters.postgres)

    def _write_hba(self, tools: Programs) -> None:
        path = self.quarters.postgres / "pg_hba.conf"
        path.write_text(HBA, "utf-8")
        path.chmod(0o600)
        tools.give(path)


def _pid_file(quarters: Quarters) -> list[str]:
    try:
        return (quarters.postgres / "postmaster.pid").read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def _command_of(pid: int) -> str:
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").replace("\0", " ")
        except OSError:
            return ""
    said = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, check=False)
    return said.stdout.decode("utf-8", "replace")


def end_leftover(quarters: Quarters, sign: signal.Signals = signal.SIGINT) -> None:
    """Stop a server that an earlier, killed start left on this data, or clear away what names a dead one.

    PostgreSQL itself gives up when the number in `postmaster.pid` belongs to any living process, as after a
    restart of a container it often does.
    """
    lines = _pid_file(quarters)
    if not lines or not lines[0].strip().isdigit():
        return
    pid = int(lines[0])
    deadline = time.monotonic() + 10.0
    while str(quarters.postgres) in _command_of(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign if time.monotonic() < deadline - 5 else signal.SIGQUIT)
        if time.monotonic() > deadline:
            raise Refused("infra:postgres_left_over", pid=str(pid))
        time.sleep(0.05)
    (quarters.postgres / "postmaster.pid").unlink(missing_ok=True)
    for left in quarters.socket.glob(".s.PGSQL.*"):
        left.unlink(missing_ok=True)
