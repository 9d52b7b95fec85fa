"""Where one PostgreSQL server and what belongs to it live on this machine, and the passwords of its roles.

PostgreSQL refuses to run as root, so for root its files lie under `/var/lib/waxwing/<hash of the data path>/`.
"""

import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from infra.refusal import Refused

SYSTEM_HOME = Path("/var/lib/waxwing")
# sun_path is 104 bytes on macOS and 108 on Linux; the longest name we add is "/.s.PGSQL.5432.lock".
LONGEST_FOLDER = 80


def is_root() -> bool:
    """Whether PostgreSQL needs another user than ours."""
    return os.geteuid() == 0


def private_folder(path: Path) -> Path:
    """Make a folder only its owner may enter, and return it."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 so that it is there whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def short_folder(wanted: Path) -> Path:
    """Return a folder for sockets: `wanted`, or a short one where a socket's path would be too long."""
    if len(os.fsencode(wanted)) <= LONGEST_FOLDER:
        return private_folder(wanted)
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"wx-{os.geteuid()}-{digest}"
    if len(os.fsencode(folder)) > LONGEST_FOLDER:
        folder = Path("/tmp") / folder.name  # noqa: S108 - checked below to be ours and closed to others
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.geteuid():
        raise Refused("infra:folder_not_ours", path=str(folder))
    folder.chmod(0o700)
    return folder


class Quarters:
    """`<data>/<name>/` of a cell or of the front door: PostgreSQL, logs, and `secrets.json` (0600)."""

    data: Path
    home: Path | None  # where PostgreSQL's files lie, when neither of the usual places will do

    @property
    def name(self) -> str:
        """What it is called on the terminal and in the data folder."""
        raise NotImplementedError

    @property
    def database(self) -> str:
        """The name of the database that `dsn` means when none is named."""
        raise NotImplementedError

    @property
    def secret_names(self) -> tuple[str, ...]:
        """Everything that has a secret here, the superuser's role first."""
        raise NotImplementedError

    @property
    def folder(self) -> Path:
        """`<data>/<name>`."""
        return self.data / self.name

    @property
    def postgres_home(self) -> Path:
        """The folder that holds PostgreSQL's files and, for root, its socket."""
        if self.home is not None:
            return self.home
        if not is_root():
            return self.folder
        digest = hashlib.sha256(os.fsencode(self.data.resolve())).hexdigest()[:16]
        return SYSTEM_HOME / digest / self.name

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data directory."""
        return self.postgres_home / "postgres"

    @cached_property
    def socket(self) -> Path:
        """The folder of PostgreSQL's socket, 0700."""
        if is_root():
            return self.postgres_home / "socket"  # short, and PostgreSQL's user can reach it
        return short_folder(self.postgres_home / "socket")

    @property
    def logs(self) -> Path:
        """Where each process writes its own log."""
        return self.folder / "log"

    @property
    def secrets_file(self) -> Path:
        """Passwords of the login roles."""
        return self.folder / "secrets.json"

    @cached_property
    def secrets(self) -> dict[str, str]:
        """Secret by name; what is missing is made at first use, 0600, never printed."""
        known: dict[str, str] = {}
        if self.secrets_file.exists():
            known = json.loads(self.secrets_file.read_text("utf-8"))
            if set(self.secret_names) <= set(known):
                return known
        made = {name: known.get(name) or secrets.token_urlsafe(24) for name in self.secret_names}
        write_private(self.secrets_file, json.dumps(made, indent=2) + "\n")
        return made

    def dsn(self, role: str, database: str | None = None) -> str:
        """Return the address of the database (or the named one) for a login role."""
        password = quote(self.secrets[role], safe="")
        host = quote(str(self.socket), safe="/")
        return f"postgresql://{role}:{password}@/{database or self.database}?host={host}"

    def own_folders(self) -> Iterable[Path]:
        """Yield the folders that must be there before anything starts."""
        yield from (self.folder, self.logs)

    def socket_folders(self) -> Iterable[Path]:
        """Yield the folders that may lie outside of `folder`."""
        yield self.socket

    def prepare(self) -> None:
        """Make the own folders, closed to others."""
        for folder in self.own_folders():
            private_folder(folder)

    def forget_made(self) -> None:
        """After everything was removed: secrets and folders are made anew, and not only remembered."""
        for made in ("secrets", "run", "socket"):
            vars(self).pop(made, None)
