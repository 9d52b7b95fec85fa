"""What is done to the directory, by whoever runs the house: the front door itself only reads."""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.directory.rules import domain_digest, domain_of


class NoDomain(Exception):  # noqa: N818 -- named for what was refused
    """This is no domain that anybody could sign in with."""

    code = "directory:no_domain"


async def list_cells(connection: Any, cells: Mapping[str, str]) -> None:
    """Write which cells there are, and where; those that are gone are forgotten."""
    async with connection.transaction():
        await connection.execute("delete from cell where region <> all ($1)", list(cells))
        await connection.executemany(
            "insert into cell (region, url) values ($1, $2) on conflict (region) do update set url = excluded.url",
            list(cells.items()),
        )


async def freeze_placement(connection: Any, regions: Sequence[str]) -> None:
    """Write the regions among which unknown domains are placed, once and for ever."""
    async with connection.transaction():
        if not await connection.fetchval("select exists (select from placement)"):
            rows = list(enumerate(regions))
            await connection.executemany("insert into placement (position, region) values ($1, $2)", rows)


async def place_domains(connection: Any, key: str, domains: Mapping[str, str]) -> None:
    """Have the directory know domains, each with its region. Raises NoDomain."""
    rows = [(_digest(key, domain), region) for domain, region in domains.items()]
    await connection.executemany(
        "insert into sign_in_domain (digest, region) values ($1, $2)"
        " on conflict (digest) do update set region = excluded.region",
        rows,
    )


def _digest(key: str, domain: str) -> bytes:
    plain = domain_of(f"anybody@{domain}")
    if plain is None:
        raise NoDomain
    return domain_digest(key, plain)
