"""The quarters of one region's cell: two databases, custody, blobs, and the keeper's socket."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from infra.quarters import SYSTEM_HOME, Quarters, is_root, private_folder, short_folder, write_private

__all__ = ["SYSTEM_HOME", "Cell", "is_root", "private_folder", "short_folder", "write_private"]
LOGIN_ROLES = ("wx_admin", "wx_web", "wx_worker", "wx_keeper", "wx_backup")
MAIN = "wx"
KEYS = "wx_keys"


@dataclass(frozen=True)
class Cell(Quarters):
    """The places and addresses of one region's cell under one data folder."""

    data: Path
    region: str
    main: str = field(default=MAIN)
    keys: str = field(default=KEYS)
    home: Path | None = None

    @property
    def name(self) -> str:
        """The region."""
        return self.region

    @property
    def database(self) -> str:
        """The main database."""
        return self.main

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The login roles."""
        return LOGIN_ROLES

    @cached_property
    def run(self) -> Path:
        """The folder of the keeper's socket, 0700."""
        return short_folder(self.folder / "run")

    @property
    def custody(self) -> Path:
        """The file custodian's folder."""
        return self.folder / "custody"

    @property
    def blobs(self) -> Path:
        """The blob store's folder."""
        return self.folder / "blobs"

    @property
    def witness(self) -> Path:
        """The folder of what the keeper cosigns: in no backup of the databases."""
        return self.folder / "witness"

    def keys_dsn(self, role: str) -> str:
        """Return the address of the key store for a login role."""
        return self.dsn(role, self.keys)

    def own_folders(self) -> Iterable[Path]:
        """Yield the folders that must be there before anything starts."""
        yield from (*super().own_folders(), self.custody, self.blobs)

    def socket_folders(self) -> Iterable[Path]:
        """Yield the folders that may lie outside of `folder`."""
        yield from (self.run, self.socket)
