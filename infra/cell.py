"""The quarters of one region's cell: two databases, custody, blobs, and the keeper's socket."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from infra.quarters import SYSTEM_HOME, Quarters, is_root, private_folder, short_folder, write_private

__all__ = ["SYSTEM_HOME", "Cell", "is_root", "private_folder", "short_folder", "write_private"]
LOGIN_ROLES = ("wx_admin", "wx_web", "wx_worker", "wx_keeper", "wx_backup")
FRONT_TOKEN = "front_token"  # noqa: S105 - the name of the secret
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
        """The login roles, and the token with which the cell speaks to the front door."""
        return (*LOGIN_ROLES, FRONT_TOKEN)

    @property
    def front_token(self) -> str:
        """The token of this cell at the front door, which keeps its digest only."""
        return self.secrets[FRONT_TOKEN]

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

    @property
    def erasures(self) -> Path:
        """The folder of the list of whom the keeper shredded: in no backup of the databases."""
        return self.folder / "erasures"

    def keys_dsn(self, role: str) -> str:
        """Return the address of the key store for a login role."""
        return self.dsn(role, self.keys)

    def own_folders(self) -> Iterable[Path]:
        """Yield the folders that must be there before anything starts."""
        yield from (*super().own_folders(), self.custody, self.blobs)

    def socket_folders(self) -> Iterable[Path]:
        """Yield the folders that may lie outside of `folder`."""
        yield from (self.run, self.socket)
