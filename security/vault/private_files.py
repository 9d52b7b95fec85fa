"""Files that only their owner may read: checked before each read, written whole or not at all."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600


class NotPrivate(Exception):  # noqa: N818 - errors are named for what was refused
    """A folder or file is open to others, owned by another, or of another sort; `name` is its last part."""

    code = "security:custody_permissions"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def private_folder(folder: Path) -> None:
    """Make the folder with mode 0700 if it is not there; raise `NotPrivate` if it is there with another."""
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True)
    except FileExistsError:
        pass
    else:
        folder.chmod(FOLDER_MODE)
        flush_folder(folder.parent)
    found = folder.lstat()
    _demand(folder, found, is_kind=stat.S_ISDIR(found.st_mode), mode=FOLDER_MODE)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder against other processes of the same owner for as long as the block runs."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def read_private(path: Path) -> bytes | None:
    """Return the file's bytes, None if there is none; raise `NotPrivate` for a link or a mode not 0600."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError:
        raise NotPrivate(path.name) from None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        _demand(path, found, is_kind=stat.S_ISREG(found.st_mode), mode=FILE_MODE)
        return file.read()


def write_private(path: Path, data: bytes) -> None:
    """Write the file whole: under a draft name, flushed, renamed over the old, then the folder flushed."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, FILE_MODE)
        file.write(data)
        file.flush()
        os.fsync(handle)
    rename_private(draft, path)


def rename_private(old: Path, new: Path) -> None:
    """Rename within one folder and flush the folder, so that the new name survives a power cut."""
    old.replace(new)
    flush_folder(new.parent)


def flush_folder(folder: Path) -> None:
    """Flush a folder's names to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _demand(path: Path, found: os.stat_result, *, is_kind: bool, mode: int) -> None:
    if not is_kind or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) != mode:
        raise NotPrivate(path.name)
