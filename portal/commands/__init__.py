"""The command line."""

import asyncio
import json
import runpy
import sys
from typing import Any
from urllib.parse import urlsplit

import click

from portal.commands.demo import demo
from portal.commands.directory import directory
from portal.commands.keys import keys
from portal.web.settings import HalfConfigured, read_settings

KILL_SECONDS = 5  # for what is under way when a server is told to stop


class HalfConfiguredExit(click.ClickException):
    """Says what the environment lacks and exits 2."""

    exit_code = 2


def _settings() -> Any:
    try:
        return read_settings()
    except HalfConfigured as missing:
        raise HalfConfiguredExit(f"Not configured: {', '.join(missing.names)}") from None


@click.group()
def main() -> None:
    """Waxwing: the sealed charter-client portal."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=0, help="Port; by default the one of WX_PUBLIC_URL.")
@click.option("--workers", default=1, show_default=True, help="Web processes.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve a cell's pages and API."""
    settings = _settings()
    _granian("portal.asgi:cell", host, port or _port_of(settings.public_url), workers)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=0, help="Port; by default the one of WX_FRONT_URL.")
def front(host: str, port: int) -> None:
    """Serve the front door."""
    from portal.front.settings import read_front_settings  # noqa: PLC0415 -- only this command needs it

    try:
        settings = read_front_settings()
    except HalfConfigured as missing:
        raise HalfConfiguredExit(f"Not configured: {', '.join(missing.names)}") from None
    _granian("portal.asgi:front", host, port or _port_of(settings.own_url), 1)


def _port_of(url: str) -> int:
    return urlsplit(url).port or 8080


def _granian(target: str, host: str, port: int, workers: int) -> None:
    from granian import Granian  # noqa: PLC0415 -- only the two servers need it
    from granian.constants import Interfaces, Loops  # noqa: PLC0415

    Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=workers,
        factory=True,
        log_access=False,
        log_enabled=False,
        backpressure=256,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,  # a child told to stop while it was being forked did not hear it
    ).serve()


@main.command()
def worker() -> None:
    """Do what is done after the answer: exports, statements, forgetting."""
    from portal.web.logs import configure_logs  # noqa: PLC0415
    from portal.worker import Worker  # noqa: PLC0415

    settings = _settings()
    configure_logs(settings.log_format, process="worker", region=settings.region)
    asyncio.run(Worker(settings).run())


@main.command()
def keeper() -> None:
    """Keep keys, sessions and the ledger."""
    runpy.run_module("security.keeper", run_name="__main__")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def i18n(arguments: tuple[str, ...]) -> None:
    """Work on catalogs: extract, update, compile, check."""
    from i18n.__main__ import main as catalogs  # noqa: PLC0415

    sys.exit(catalogs(list(arguments)))


@main.group()
def ledger() -> None:
    """Ask the ledger."""


@ledger.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:  # noqa: FBT001 -- click passes flags so
    """Say what the keeper says of the ledger; exit 1 when it cannot serve."""
    from security.keeper.client import KeeperClient, KeeperUnavailable  # noqa: PLC0415

    async def ask() -> dict[str, Any]:
        client = KeeperClient(_settings().keeper_url)
        try:
            found = await client.status()
            seen = (await client.witnesses()).items if found.ready else []
        except KeeperUnavailable:
            return {"ready": False, "missing": ["keeper"], "figures": {}, "waiting": []}
        finally:
            await client.close()
        waiting = [
            {"witness": one.name, "state": one.state, "since": one.since.isoformat()}
            for one in seen
            if one.since
        ]
        figures = found.figures
        return {"ready": found.ready, "missing": found.missing, "figures": figures, "waiting": waiting}

    told = asyncio.run(ask())
    if as_json:
        click.echo(json.dumps(told))
    else:
        click.echo("ready" if told["ready"] else f"waiting for {', '.join(told['missing'])}")
        for name, value in told["figures"].items():
            click.echo(f"  {name:<24}{value:g}")
        for one in told["waiting"]:  # which nothing waits for
            click.echo(f"  {one['witness']} {one['state']} since {one['since']}")
    sys.exit(0 if told["ready"] else 1)


@ledger.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def witness(as_json: bool) -> None:  # noqa: FBT001 -- click passes flags so
    """Say how this ledger's witnesses stand, and the ledgers that are cosigned here; exit 1 if one is behind."""
    from security.keeper.client import KeeperClient, KeeperUnavailable  # noqa: PLC0415

    async def ask() -> Any:
        client = KeeperClient(_settings().keeper_url)
        try:
            return await client.witnesses()
        except KeeperUnavailable:
            return None
        finally:
            await client.close()

    told = asyncio.run(ask())
    if told is None:
        raise click.ClickException("The keeper does not answer.")
    rows = [{name: getattr(one, name) for name in one.__struct_fields__} for one in told.items]
    if as_json:
        click.echo(json.dumps({"size": told.size, "missing": told.missing, "items": rows}, default=str))
    else:
        click.echo(
            f"{told.size} entries" + ("; the memory of what was cosigned is lost" if told.missing else "")
        )
        for row in rows:
            click.echo(
                f"  {row['role']:<8}{row['name']:<36}{row['size']:>10}  {row['state']} {row['reason']}".rstrip()
            )
    behind = any(row["role"] == "witness" and row["size"] != told.size for row in rows)
    sys.exit(1 if told.missing or behind else 0)


@main.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def backup(arguments: tuple[str, ...]) -> None:
    """Write both databases of a cell into files."""
    _infra("backup", arguments)


@main.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def restore(arguments: tuple[str, ...]) -> None:
    """Bring a backup back; with --drill prove that it could be, and that nobody shredded comes back."""
    _infra("restore", arguments)


def _infra(module: str, arguments: tuple[str, ...]) -> None:
    sys.argv = [f"python -m portal {module}", *arguments]
    runpy.run_module(f"infra.{module}", run_name="__main__")


main.add_command(demo)
main.add_command(directory)
main.add_command(keys)
