"""The world queue as the front door knows it: closed codes, times and random ids, and nothing that names anybody.

A cell reports a snapshot; what does not fit these shapes to the letter is refused whole, so that no free text, no
reference and no id of a row can travel in it, whatever a cell sends.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from i18n.locales import LOCALES
from i18n.messages import N_

KIND_NAMES: Final = {
    "question": N_("Question"),
    "change_request": N_("Change request"),
    "document_problem": N_("Problem with a travel document"),
    "complaint": N_("Complaint"),
    "incident": N_("Incident"),
    "quote": N_("Quote awaited"),
    "notice": N_("Notice not acknowledged"),
    "break_glass_review": N_("Review of an emergency"),
}
TEAM_NAMES: Final = {
    "service_agent": N_("Service"),
    "sales": N_("Sales"),
    "operations": N_("Operations"),
    "compliance": N_("Compliance"),
}
MOST_TOLD: Final = 300
RANDOM: Final = 4  # the version of a UUID that is a random number; ids of rows are of another


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One item of open work."""

    id: UUID
    kind: str
    language: str
    team: str
    opened_at: datetime
    due_at: datetime | None
    warn_at: datetime | None


class Snapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All open work of one cell now."""

    items: list[Item]


class SnapshotRefused(Exception):  # noqa: N818 -- named for what was refused
    """Not a snapshot of open work; carries no value, since one may have been sent."""

    code = "directory:bad_snapshot"


def read_snapshot(body: bytes) -> Sequence[Item]:
    """Read a report. Raises SnapshotRefused."""
    try:
        items = msgspec.json.decode(body, type=Snapshot).items
    except (msgspec.MsgspecError, UnicodeError):
        raise SnapshotRefused from None
    if len(items) > MOST_TOLD or len({item.id for item in items}) != len(items) or not all(map(_fits, items)):
        raise SnapshotRefused
    return items


def write_snapshot(items: Sequence[Item]) -> bytes:
    """Write a report."""
    return msgspec.json.encode(Snapshot(list(items)))


def _fits(item: Item) -> bool:
    return (
        item.id.version == RANDOM
        and item.kind in KIND_NAMES
        and item.team in TEAM_NAMES
        and item.language in LOCALES
        and item.opened_at.tzinfo is not None
        and all(at is None or at.tzinfo is not None for at in (item.due_at, item.warn_at))
    )


class Told(msgspec.Struct, frozen=True):
    """An item with its region, as the front door shows it."""

    region: str
    id: UUID
    kind: str
    language: str
    team: str
    opened_at: datetime
    due_at: datetime | None
    warn_at: datetime | None


async def digest_of(connection: Any, region: str) -> bytes | None:
    """Give the digest of a cell's token."""
    found: bytes | None = await connection.fetchval("select digest from cell_token where region = $1", region)
    return found


async def keep_snapshot(connection: Any, region: str, items: Sequence[Item], at: datetime) -> None:
    """Put a region's report in the place of the one before."""
    rows = [(region, *msgspec.structs.astuple(item)) for item in items]
    async with connection.transaction():
        await connection.execute("delete from work_item where region = $1", region)
        await connection.executemany(
            "insert into work_item (region, id, kind, language, team, opened_at, due_at, warn_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8)",
            rows,
        )
        await connection.execute(
            "insert into work_report values ($1, $2) on conflict (region) do update set told_at = excluded.told_at",
            region,
            at,
        )


async def world(connection: Any, *, team: str | None = None, limit: int = 500) -> list[Told]:
    """List open work of all regions, what is due first at the top."""
    rows = await connection.fetch(
        "select region, id, kind, language, team, opened_at, due_at, warn_at from work_item"
        " where $1::text is null or team = $1 order by due_at nulls last, opened_at, id limit $2",
        team,
        limit,
    )
    return [Told(*row.values()) for row in rows]


async def told_at(connection: Any) -> dict[str, datetime]:
    """Say when each region last reported."""
    rows = await connection.fetch("select region, told_at from work_report")
    return {row["region"]: row["told_at"] for row in rows}
