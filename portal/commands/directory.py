"""`python -m portal directory`: tell the front door which client's domain signs in where."""

import asyncio
import os

import click

from portal.web.settings import KNOWN_REGIONS

NEEDED = ("WX_DATABASE_URL", "WX_DIRECTORY_KEY")


@click.group()
def directory() -> None:
    """Keep the front door's directory (as the owner of its database)."""


@directory.command()
@click.option(
    "--region", type=click.Choice(KNOWN_REGIONS), required=True, help="Where the client is at home."
)
@click.argument("domains", nargs=-1, required=True)
def place(region: str, domains: tuple[str, ...]) -> None:
    """Have DOMAINS lead to a region; a domain that is known already moves there."""
    from portal.directory.register import NoDomain  # noqa: PLC0415 -- the command list must load quickly

    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        raise click.ClickException(f"Not configured: {', '.join(missing)}")
    try:
        asyncio.run(_place(dict.fromkeys(domains, region)))
    except NoDomain as refused:
        raise click.ClickException(
            f"{refused.code}: one of these is no domain; nothing was changed."
        ) from None
    click.echo(f"{len(domains)} placed in {region}.")


async def _place(domains: dict[str, str]) -> None:
    import asyncpg  # noqa: PLC0415 -- as above

    from portal.directory.register import place_domains  # noqa: PLC0415

    connection = await asyncpg.connect(os.environ["WX_DATABASE_URL"])
    try:
        await place_domains(connection, os.environ["WX_DIRECTORY_KEY"], domains)
    finally:
        await connection.close()
