"""What a web process is told by its environment, read once at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

KNOWN_REGIONS = ("eu", "cn", "us", "me")


class HalfConfigured(Exception):  # noqa: N818 -- named for what is wrong, as everywhere in this house
    """The environment lacks something this process needs; `names` says what."""

    code = "web:half_configured"

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings of `web` and `worker`; URLs hold credentials of this region only."""

    region: str
    database_url: str
    keeper_url: str
    public_url: str
    blob_url: str
    front_url: str
    log_format: str
    view_repeat_seconds: int
    trusted_proxies: tuple[str, ...]
    metrics_token: str
    front_token: str = field(default="", repr=False)
    smtp_url: str = ""
    mail_from: str = ""
    notice_window_seconds: int = 60
    lease_seconds: int = 60
    scans_url: str = field(default="", repr=False)

    @property
    def secure(self) -> bool:
        """Whether people reach this cell over https: decides cookie names and HSTS."""
        return self.public_url.startswith("https://")

    @property
    def cookie(self) -> str:
        """Name of the session cookie: cells on one host must not read each other's."""
        return f"__Host-wx_{self.region}" if self.secure else f"wx_{self.region}"

    @property
    def visitor_cookie(self) -> str:
        """Name of the cookie that the page tokens of somebody not signed in are derived from."""
        return f"__Host-wx_visitor_{self.region}" if self.secure else f"wx_visitor_{self.region}"

    @property
    def blob_folder(self) -> Path:
        """Folder of `file:` blobs."""
        return Path(self.blob_url.removeprefix("file:"))

    @property
    def scan_store(self) -> str:
        """The address of the store of scans: `WX_SCANS_URL`, or a folder beside the other blobs."""
        return self.scans_url or f"file:{self.blob_folder / 'scans'}"


def read_settings(environ: Mapping[str, str] = os.environ) -> WebSettings:
    """Read and check the environment. Raises HalfConfigured naming everything missing at once."""
    needed = ("WX_REGION", "WX_DATABASE_URL", "WX_KEEPER_URL", "WX_PUBLIC_URL", "WX_BLOB_URL")
    missing = [name for name in needed if not environ.get(name)]
    if missing:
        raise HalfConfigured(missing)
    if environ["WX_REGION"] not in KNOWN_REGIONS:
        raise HalfConfigured(["WX_REGION"])
    return WebSettings(
        region=environ["WX_REGION"],
        database_url=environ["WX_DATABASE_URL"],
        keeper_url=environ["WX_KEEPER_URL"],
        public_url=environ["WX_PUBLIC_URL"].rstrip("/"),
        blob_url=environ["WX_BLOB_URL"],
        front_url=environ.get("WX_FRONT_URL", "").rstrip("/"),
        log_format=environ.get("WX_LOG", "json"),
        view_repeat_seconds=int(environ.get("WX_VIEW_REPEAT_SECONDS", "60")),
        trusted_proxies=tuple(filter(None, environ.get("WX_TRUSTED_PROXIES", "").split(","))),
        metrics_token=environ.get("WX_METRICS_TOKEN", ""),
        front_token=environ.get("WX_FRONT_TOKEN", ""),
        smtp_url=environ.get("WX_SMTP_URL", ""),
        mail_from=environ.get("WX_MAIL_FROM") or f"notices@{environ['WX_REGION']}.waxwing.example",
        notice_window_seconds=int(environ.get("WX_NOTICE_WINDOW_SECONDS", "60")),
        lease_seconds=int(environ.get("WX_LEASE_SECONDS", "60")),
        scans_url=environ.get("WX_SCANS_URL", ""),
    )
