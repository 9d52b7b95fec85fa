"""What each process is told, and nothing more: no process sees the credentials of another."""

import os
import sys
from collections.abc import Mapping

from infra.cell import Cell
from infra.front import Front
from infra.options import Options

# Of the caller's environment only what a program needs to run, and settings that are no credentials.
PLAIN = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "COLUMNS", "PYTHONPYCACHEPREFIX")
CREDENTIALS = (
    "WX_DATABASE_URL",
    "WX_KEYSTORE_URL",
    "WX_CUSTODIAN",
    "WX_DIRECTORY_KEY",
    "WX_FRONT_TOKEN",
    "WX_SMTP_URL",
)
OF_SERVICE = "AWS_"  # credentials of a key service: the keeper's alone


def base(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what every process gets: limits (`WX_…`) pass through, addresses and credentials do not."""
    passed = {key: environ[key] for key in PLAIN if key in environ}
    limits = {
        key: text
        for key, text in environ.items()
        if key.startswith("WX_") and not key.startswith(CREDENTIALS)
    }
    ours = {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": environ.get("PYTHONDONTWRITEBYTECODE", "")}
    return {**passed, **limits, **ours, "WX_LOG": "json"}


def _places(cell: Cell, options: Options) -> dict[str, str]:
    return {
        "WX_REGION": cell.region,
        "WX_KEEPER_URL": f"unix:{cell.run / 'keeper.sock'}",
        "WX_BLOB_URL": f"file:{cell.blobs}",
        "WX_PUBLIC_URL": options.cells[cell.region],
        "WX_FRONT_URL": options.front,
    }


def web(cell: Cell, options: Options) -> dict[str, str]:
    """Return web's: the main database as `wx_web`, and the token at the front door; no key.

    In the demo nobody waits a minute for a notice.
    """
    window = {"WX_NOTICE_WINDOW_SECONDS": "1"} if options.demo else {}
    own = {"WX_DATABASE_URL": cell.dsn("wx_web"), "WX_FRONT_TOKEN": cell.front_token}
    return {**window, **base(), **_places(cell, options), **own}


def worker(cell: Cell, options: Options) -> dict[str, str]:
    """Return worker's: the main database as `wx_worker`, and the token at the front door; no key.

    The demo's mail never leaves this machine.
    """
    smtp = options.smtp if options.demo else os.environ.get("WX_SMTP_URL", "")
    own = {
        "WX_DATABASE_URL": cell.dsn("wx_worker"),
        "WX_FRONT_TOKEN": cell.front_token,
        "WX_SMTP_URL": smtp,
    }
    return {**base(), **_places(cell, options), **own}


def keeper(cell: Cell, options: Options) -> dict[str, str]:
    """Return the keeper's: both databases as `wx_keeper`, and the custodian."""
    own = {
        "WX_DATABASE_URL": cell.dsn("wx_keeper"),
        "WX_KEYSTORE_URL": cell.keys_dsn("wx_keeper"),
        "WX_CUSTODIAN": custodian(cell),
        "WX_WITNESS": f"file:{cell.witness}",
        "WX_ERASURES": f"file:{cell.erasures}",
    }
    service = {key: text for key, text in os.environ.items() if key.startswith(OF_SERVICE)}
    return {**base(), **service, **_places(cell, options), **own}


def custodian(cell: Cell, environ: Mapping[str, str] = os.environ) -> str:
    """Return the address of a cell's custodian: `WX_CUSTODIAN_EU` for the region `eu`, else files of the cell."""
    return environ.get(f"WX_CUSTODIAN_{cell.region.upper()}") or f"file:{cell.custody}"


def demo(cell: Cell, options: Options) -> dict[str, str]:
    """Return the demo's: both databases as `wx_admin` and the custodian; it writes history, then ends."""
    own = {
        "WX_DATABASE_URL": cell.dsn("wx_admin"),
        "WX_KEYSTORE_URL": cell.keys_dsn("wx_admin"),
        "WX_CUSTODIAN": custodian(cell),
    }
    service = {key: text for key, text in os.environ.items() if key.startswith(OF_SERVICE)}
    return {**base(), **service, **_places(cell, options), **own}


def front(place: Front, options: Options) -> dict[str, str]:
    """Return the front door's: its own database, the key of its hashes, the cells as `<region>=<url>`."""
    own = {"WX_DATABASE_URL": place.dsn("wx_front"), "WX_DIRECTORY_KEY": place.directory_key}
    cells = ",".join(f"{region}={url}" for region, url in options.cells.items())
    return {**base(), **own, "WX_FRONT_URL": options.front, "WX_CELLS": cells}


def mail() -> dict[str, str]:
    """Return the catcher's of the demo's mail: nothing of ours."""
    return base()


def fetching() -> dict[str, str]:
    """Return what a package client needs: the caller's own settings for it, none of ours."""
    return {key: text for key, text in os.environ.items() if not key.startswith("WX_")}


def python(*arguments: str) -> list[str]:
    """Return the command line of one of our own modules."""
    return [sys.executable, "-m", *arguments]
