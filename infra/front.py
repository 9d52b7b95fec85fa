"""The quarters of the front door: one small database without anything personal, and the key of its hashes."""

from dataclasses import dataclass
from pathlib import Path

from infra.quarters import Quarters

FRONT = "front"
FRONT_LOGINS = ("wx_admin", "wx_front")
DATABASE = "wx_front"
KEY = "directory"  # of the secret that keys the hashes of sign-in domains


@dataclass(frozen=True)
class Front(Quarters):
    """The places and addresses of the front door under one data folder."""

    data: Path
    home: Path | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return FRONT

    @property
    def database(self) -> str:
        """Its only database."""
        return DATABASE

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The login roles, and the key of the hashes."""
        return (*FRONT_LOGINS, KEY)

    @property
    def directory_key(self) -> str:
        """The key with which sign-in domains are hashed; a new one would forget every domain."""
        return self.secrets[KEY]
