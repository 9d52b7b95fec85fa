"""The sheet that says how to sign in: `demo.json`, for people and for programs that try the house."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from portal.demo.opened import Opened
from portal.demo.settings import DemoSettings
from portal.web.ids import outer

FILE = "demo.json"


def write_sheet(data: Path, settings: DemoSettings, signed_in: Iterable[tuple[Opened, str]]) -> Path:
    """Write accounts with passwords and bearer tokens: whole or not at all, for its owner only."""
    sheet = {
        "front": settings.front_url,
        "regions": {settings.region: settings.public_url},
        "mail": None,
        "accounts": [_account(settings.region, one, token) for one, token in signed_in],
    }
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = data / f".{FILE}.{os.getpid()}"
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(sheet, file, ensure_ascii=False, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(handle)
    return draft.replace(data / FILE)


def _account(region: str, one: Opened, token: str) -> dict[str, str | None]:
    demo = one.demo
    return {
        "email": demo.email,
        "password": demo.password,
        "token": token,
        "role": demo.role,
        "region": region,
        "org": outer(region, one.org) if one.org else None,
        "locale": demo.locale,
        "name": demo.name,
    }
