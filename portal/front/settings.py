"""What the front door is told by its environment, read once at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.web.settings import HalfConfigured, WebSettings

NEEDED = ("WX_CELLS", "WX_FRONT_URL", "WX_DATABASE_URL", "WX_DIRECTORY_KEY")


@dataclass(frozen=True, slots=True)
class FrontSettings:
    """Settings of the front door; `cells` is the address by region."""

    cells: Mapping[str, str]
    own_url: str
    database_url: str = field(repr=False)
    directory_key: str = field(repr=False)
    log_format: str = "json"

    @property
    def web(self) -> WebSettings:
        """The settings that pages look at; the front door has no region of its own, and no session."""
        return WebSettings(
            region=next(iter(self.cells)),
            database_url="",
            keeper_url="",
            public_url=self.own_url,
            blob_url="",
            front_url="",
            log_format=self.log_format,
            view_repeat_seconds=60,
            trusted_proxies=(),
            metrics_token="",
        )


def read_front_settings(environ: Mapping[str, str] = os.environ) -> FrontSettings:
    """Read and check the environment. Raises HalfConfigured naming everything missing at once."""
    missing = [name for name in NEEDED if not environ.get(name)]
    cells = dict(part.partition("=")[::2] for part in environ.get("WX_CELLS", "").split(",") if "=" in part)
    if missing or not cells:
        raise HalfConfigured(missing or ["WX_CELLS"])
    return FrontSettings(
        cells={region: url.rstrip("/") for region, url in cells.items()},
        own_url=environ["WX_FRONT_URL"].rstrip("/"),
        database_url=environ["WX_DATABASE_URL"],
        directory_key=environ["WX_DIRECTORY_KEY"],
        log_format=environ.get("WX_LOG", "json"),
    )
