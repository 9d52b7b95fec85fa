"""What `run` shows on the terminal: what runs where, how to sign in, where things lie."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from infra.front import FRONT
from infra.options import Options
from infra.quarters import Quarters, is_root
from infra.supervisor import State

Account = Mapping[str, str | None]


def show_ready(options: Options, states: Iterable[State], seconds: float) -> Iterator[str]:
    """Yield the lines for a house that serves: addresses, what runs."""
    yield f"\nWaxwing is ready after {seconds:.1f} s.\n"
    yield f"  {'front door':<12}{options.front}"
    for region, url in options.cells.items():
        yield f"  {region:<12}{url}"
    if options.demo:
        yield f"  {'caught mail':<12}{options.mail}"
    yield from show_states(options, states)


def show_ways_in(options: Options) -> Iterator[str]:
    """Yield the lines that come last: one demo sign-in per region and role, where things lie, how to stop."""
    yield from _sign_ins(options.data / "demo.json")
    yield f"\n  data {options.data}, logs {options.data}/<cell>/log"
    yield "  Ctrl-C stops everything.\n"


def show_states(options: Options, states: Iterable[State]) -> Iterator[str]:
    """Yield the table of what runs: cell, process, state, since when, at which address."""
    places = {f"{FRONT}/web": options.front} | {f"{r}/web": url for r, url in options.cells.items()}
    places[f"{FRONT}/mail"] = options.mail
    yield f"\n  {'cell':<8}{'process':<12}{'state':<12}{'since':<12}address"
    order = {cell: place for place, cell in enumerate((FRONT, *options.regions))}
    for state in sorted(states, key=lambda one: order.get(one.name.partition("/")[0], len(order))):
        cell, _, process = state.name.rpartition("/")
        how = "running" if state.runs else "waiting"
        line = f"  {cell:<8}{process:<12}{how:<12}{state.since:%H:%M:%S}    {places.get(state.name, '')}"
        yield line.rstrip()


def show_root(quarters: Quarters) -> Iterator[str]:
    """Yield the line that only root needs to read."""
    if is_root():
        folder = quarters.postgres_home.parent
        yield f"PostgreSQL will not run as root: it runs as the system user waxwing in {folder}."


def _sign_ins(path: Path) -> Iterator[str]:
    accounts = _accounts(path)
    if not accounts:
        return
    yield f"\n  {'region':<8}{'role':<16}{'language':<10}{'e-mail':<44}password"
    shown: set[tuple[str, str]] = set()
    for account in accounts:
        region, role = str(account.get("region")), str(account.get("role"))
        if (region, role) not in shown:
            shown.add((region, role))
            language, email = str(account.get("locale")), str(account.get("email"))
            yield f"  {region:<8}{role:<16}{language:<10}{email:<44}{account.get('password')}"
    if len(accounts) > len(shown):
        yield f"  and {len(accounts) - len(shown)} more in {path}"


def _accounts(path: Path) -> list[Account]:
    try:
        read = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return []
    accounts = read.get("accounts", []) if isinstance(read, dict) else []
    return [account for account in accounts if isinstance(account, dict)]
