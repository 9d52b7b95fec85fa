"""What may be asked about files: the own ones, for compliance all; and what of a trip's people is on file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.exports.rules import how_it_stands
from portal.web.refusals import Refusal
from portal.web.unit import Unit


class FileNotFound(Refusal):
    """No such file, or none that this actor may see."""

    code = "exports:not_found"
    status = 404


@dataclass(slots=True)
class FileView:
    """A file: its request until it is begun, then itself."""

    id: UUID
    account: UUID
    requester: str
    org: UUID
    trip_id: UUID
    trip: str
    purpose: str
    layout: str
    items: int
    request: str
    asked_at: datetime
    usable_until: datetime | None
    file: str | None
    size: int | None
    records: int | None
    downloads: int | None
    built_at: datetime | None
    ends_at: datetime | None
    failure: str | None
    state: str = ""
    mine: bool = False


_SELECT = (
    "select r.id, r.account_id, r.requester, r.org_id, r.reference_id, coalesce(t.reference, ''), r.purpose, r.layout,"
    " r.items, r.state, r.asked_at, r.usable_until, b.state, b.size, b.records, b.downloads, b.built_at, b.expires_at,"
    " b.failure from gate.approval_list r left join bulk_export b on b.id = r.id"
    " left join trip t on t.id = r.reference_id where r.kind = 'export'"
    " and (r.account_id = $1 or current_user::text = 'wx_as_compliance')"
)


async def find_files(unit: Unit, *, limit: int = 100) -> list[FileView]:
    """List files, the newest first."""
    rows = await unit.connection.fetch(f"{_SELECT} order by r.asked_at desc limit {limit}", unit.who.account)
    return [_view(unit, row) for row in rows]


async def read_file(unit: Unit, connection: Any, wanted: UUID) -> FileView:
    """Give one file. Raises FileNotFound."""
    row = await connection.fetchrow(f"{_SELECT} and r.id = $2", unit.who.account, wanted)
    if row is None:
        raise FileNotFound
    return _view(unit, row)


def _view(unit: Unit, row: Any) -> FileView:
    view = FileView(*row.values())
    view.state = how_it_stands(
        view.request, view.file, ends_at=view.ends_at, usable_until=view.usable_until, at=unit.at
    )
    view.mine = view.account == unit.who.account
    return view


async def subjects_of(unit: Unit, request: UUID) -> list[UUID]:
    """Give those whom a request is about."""
    rows = await unit.connection.fetch(
        "select distinct subject_id from gate.approval_item_list where request_id = $1 order by 1", request
    )
    return [row["subject_id"] for row in rows]


_STORED = (
    "select lp.passenger_id, d.kind || '.number' as field from leg_passenger lp"
    " join travel_document d on d.passenger_id = lp.passenger_id and d.number_stored where lp.trip_id = $1"
    " union select p.id, 'birth_date' from leg_passenger lp join passenger p on p.id = lp.passenger_id"
    " where lp.trip_id = $1 and p.birth_date_stored order by 1, 2"
)


async def on_file(unit: Unit, trip: UUID, fields: Sequence[str] | None = None) -> list[tuple[UUID, str]]:
    """List what is on file of those aboard a trip, by passenger and field: one value each, the one a reveal chooses."""
    rows = await unit.connection.fetch(_STORED, trip)
    found = [(row["passenger_id"], row["field"]) for row in rows]
    return found if fields is None else [one for one in found if one[1] in fields]
