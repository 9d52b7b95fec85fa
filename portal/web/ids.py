"""Ids at the edge: `<region>_<uuid>` outside, bare UUIDv7 inside (architecture.md, Database roles)."""

from uuid import UUID

import uuid_utils

from portal.web.refusals import NotFound, OtherRegion
from portal.web.settings import KNOWN_REGIONS


def new_id() -> UUID:
    """Make a UUIDv7: rows made together lie together."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def outer(region: str, inner: UUID) -> str:
    """Write an id for people and programs."""
    return f"{region}_{inner}"


def inner(region: str, text: str) -> UUID:
    """Read an id. Raises OtherRegion for another known region's, NotFound for anything else."""
    prefix, _, rest = text.partition("_")
    try:
        parsed = UUID(rest)
    except ValueError:
        raise NotFound from None
    if str(parsed) != rest:
        raise NotFound
    if prefix == region:
        return parsed
    if prefix in KNOWN_REGIONS:
        raise OtherRegion(region=prefix)
    raise NotFound
