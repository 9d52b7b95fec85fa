"""What `run` shows on the terminal once the house is ready."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra.cell import Cell, is_root
from infra.options import Options

Account = Mapping[str, str | None]


def show_ready(options: Options, cell: Cell, seconds: float) -> Iterator[str]:
    """Yield the lines: addresses, one demo sign-in per role, where things lie."""
    yield f"\nWaxwing is ready after {seconds:.1f} s.\n"
    yield f"  {'front door':<12}{options.front}"
    for region, url in options.cells.items():
        yield f"  {region:<12}{url}"
    yield from _sign_ins(options.data / "demo.json")
    yield f"\n  data {options.data}, logs {cell.logs}"
    yield "  Ctrl-C stops everything.\n"


def show_root(cell: Cell) -> Iterator[str]:
    """Yield the line that only root needs to read."""
    if is_root():
        yield f"PostgreSQL will not run as root: it runs as the system user waxwing in {cell.postgres_home}."


def _sign_ins(path: Path) -> Iterator[str]:
    accounts = _accounts(path)
    if not accounts:
        return
    yield f"\n  {'role':<16}{'language':<10}{'e-mail':<40}password"
    shown: set[str] = set()
    for account in accounts:
        role = str(account.get("role"))
        if role not in shown:
            shown.add(role)
            language, email = str(account.get("locale")), str(account.get("email"))
            yield f"  {role:<16}{language:<10}{email:<40}{account.get('password')}"
    if len(accounts) > len(shown):
        yield f"  and {len(accounts) - len(shown)} more in {path}"


def _accounts(path: Path) -> list[Account]:
    try:
        read = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return []
    accounts = read.get("accounts", []) if isinstance(read, dict) else []
    return [account for account in accounts if isinstance(account, dict)]
