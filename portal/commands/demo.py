"""`python -m portal demo`: fill an empty cell, or sign everybody in again."""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click


@click.command()
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var"),
    show_default=True,
    help="Folder in which demo.json is written.",
)
def demo(data: Path) -> None:
    """Load the demo into an empty cell; in any other, sign its people in anew. Writes demo.json."""
    from portal.web.settings import HalfConfigured  # noqa: PLC0415 -- the command list must load quickly

    try:
        click.echo(asyncio.run(_demo(data)))
    except HalfConfigured as missing:
        raise click.ClickException(f"Not configured: {', '.join(missing.names)}") from None


async def _demo(data: Path) -> str:
    from portal.demo.renew import KeeperSilent, is_empty, renew  # noqa: PLC0415 -- as above
    from portal.demo.settings import read_demo_settings  # noqa: PLC0415

    began = time.monotonic()
    settings = read_demo_settings(os.environ)
    if await is_empty(settings):
        from portal.demo.load import load  # noqa: PLC0415 -- a later start need not invent anybody

        made = await load(settings, data, datetime.now(UTC), _Bar())
        return (
            f"Demo loaded: {made.organisations} organisations, {made.accounts} accounts, {made.passengers} passengers,"
            f" {made.trips} trips, {made.entries:,} ledger entries in {time.monotonic() - began:.1f} s."
        )
    try:
        count = await renew(settings, data)
    except KeeperSilent:
        raise click.ClickException("The keeper does not answer; see its log.") from None
    return f"Demo: {count} accounts signed in anew in {time.monotonic() - began:.1f} s."


class _Bar:
    """Shows on a terminal how far the ledger is."""

    def __init__(self) -> None:
        self._percent = -1

    def __call__(self, done: int, total: int) -> None:
        """Draw the bar anew at each percent."""
        percent = 100 * done // total
        if percent == self._percent or not sys.stderr.isatty():
            return
        self._percent = percent
        filled = "█" * (percent // 4)
        click.echo(f"\r  ledger {filled:<25} {percent:3d} %", nl=percent == 100, err=True)  # noqa: PLR2004 -- the end
