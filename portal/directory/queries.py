"""What the front door may ask its database."""

from typing import Any

from portal.directory.rules import placed_region

# One statement for everybody: what is known and what would be drawn are both fetched, whichever is used.
_PLACE = (
    "select (select region from sign_in_domain where digest = $1) as known,"
    " (select array_agg(region order by position) from placement) as placement"
)


async def region_of(connection: Any, digest: bytes) -> str:
    """Give the region a domain's hash belongs to; known and unknown ones take the same way."""
    row = await connection.fetchrow(_PLACE, digest)
    drawn = placed_region(digest, row["placement"])
    return str(row["known"] or drawn)


async def is_placement_known(connection: Any) -> bool:
    """Whether the list is there among which unknown domains are placed."""
    return bool(await connection.fetchval("select exists (select from placement)"))
