"""`demo.json`: how to sign in everywhere, put together from what each cell's demo says of itself."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.options import Options
from infra.quarters import write_private

SHEET = "demo.json"


def join_sheets(options: Options) -> None:
    """Write the sheet of the whole house from those of its cells, whole or not at all, for its owner only."""
    sheets = [_read(options.data / region / SHEET) for region in options.regions]
    joined = {
        "front": options.front,
        "regions": dict(options.cells),
        "mail": next((sheet["mail"] for sheet in sheets if sheet.get("mail")), None),
        "accounts": [account for sheet in sheets for account in sheet.get("accounts", [])],
    }
    write_private(options.data / SHEET, json.dumps(joined, ensure_ascii=False, indent=2) + "\n")


def client_domains(options: Options) -> Mapping[str, str]:
    """Return the region of each sign-in domain of a client, as the sheet of the whole house names them."""
    accounts = _read(options.data / SHEET).get("accounts", [])
    return {one["email"].rpartition("@")[2]: one["region"] for one in accounts if one["org"]}


def remove_sheets(options: Options) -> None:
    """Remove the sheets: the tokens of this run are forgotten."""
    for folder in (options.data, *(options.data / region for region in options.regions)):
        with contextlib.suppress(OSError):  # what was refused before it was made, or is gone, holds no token
            (folder / SHEET).unlink()


def _read(path: Path) -> dict[str, Any]:
    try:
        read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:  # nobody's demo is loaded there
        return {}
    return read
