"""What the demo is told by its environment: both databases as superuser, and the custodian of an empty cell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.web.settings import HalfConfigured

NEEDED = ("WX_REGION", "WX_DATABASE_URL", "WX_KEYSTORE_URL", "WX_CUSTODIAN", "WX_BLOB_URL", "WX_PUBLIC_URL")


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """Addresses of the cell that is filled; those with credentials do not print."""

    region: str
    database_url: str = field(repr=False)
    keystore_url: str = field(repr=False)
    custodian: str
    blobs: Path
    public_url: str
    front_url: str
    keeper_url: str
    log_name: str
    session_seconds: int
    scans: str = field(default="", repr=False)


def read_demo_settings(environ: Mapping[str, str]) -> DemoSettings:
    """Read the environment. Raises HalfConfigured naming everything missing at once."""
    missing = [name for name in NEEDED if not environ.get(name)]
    if missing:
        raise HalfConfigured(missing)
    return DemoSettings(
        region=environ["WX_REGION"],
        database_url=environ["WX_DATABASE_URL"],
        keystore_url=environ["WX_KEYSTORE_URL"],
        custodian=environ["WX_CUSTODIAN"],
        blobs=Path(environ["WX_BLOB_URL"].removeprefix("file:")),
        public_url=environ["WX_PUBLIC_URL"].rstrip("/"),
        front_url=environ.get("WX_FRONT_URL", "").rstrip("/"),
        keeper_url=environ.get("WX_KEEPER_URL", ""),
        log_name=environ.get("WX_LOG_NAME") or "waxwing.example",
        session_seconds=int(environ.get("WX_SESSION_SECONDS") or "43200"),
        scans=environ.get("WX_SCANS_URL", ""),
    )
