"""What an auditor may ask: entries by filter, one entry with its proof, one's exports."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from audit import ledger
from portal.oversight.charts import counting, timeline
from portal.web.refusals import Refusal
from portal.web.unit import Unit


class EntryNotFound(Refusal):
    """The ledger has no entry with this number."""

    code = "oversight:entry_not_found"
    status = 404


class ExportNotFound(Refusal):
    """No such export of this auditor."""

    code = "oversight:export_not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as a line of the ledger's page; `parts` are the leaf's, as strings."""

    index: int
    leaf: str
    ts: datetime
    parts: dict[str, str]

    def __getattr__(self, name: str) -> str:
        """Give a part of the leaf by its short name, "" when the leaf has none."""
        return self.parts.get(name, "")


def _line(entry: ledger.Entry) -> Line:
    parts = {name: str(value) for name, value in entry.parts.items()}
    return Line(entry.index, entry.leaf, datetime.fromisoformat(parts["ts"]), parts)


async def lines(
    unit: Unit, only: ledger.Filter, *, before: int | None, limit: int
) -> tuple[list[Line], int | None]:
    """Give entries newest first, and where the older ones begin."""
    found = [_line(e) for e in await counting(unit).page(only, before=before, limit=limit + 1)]
    return found[:limit], found[limit - 1].index if len(found) > limit else None


async def daily(unit: Unit, only: ledger.Filter, *, days: int = 30) -> list[ledger.Day]:
    """Count allowed and denied entries of each UTC day up to `days` back, days without any included."""
    today = unit.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    span = replace(only, since=today - timedelta(days=days - 1), until=today + timedelta(days=1))
    drawn = await timeline(counting(unit), span, "UTC", unit="day")
    return [ledger.Day(bar.begins.date(), bar.count.allowed, bar.count.denied) for bar in drawn.bars]


async def line(unit: Unit, index: int) -> Line:
    """Give one entry. Raises EntryNotFound."""
    try:
        return _line(await ledger.entry(unit.connection, index))
    except ledger.NoSuchLeaf:
        raise EntryNotFound from None


async def proof(unit: Unit, index: int) -> str:
    """Give the proof file of an entry against the newest checkpoint. Raises EntryNotFound."""
    try:
        return await ledger.proof_text(unit.connection, index)
    except ledger.NoSuchLeaf:
        raise EntryNotFound from None


async def side_document(unit: Unit, index: int) -> str | None:
    """Give the document whose hash an entry holds in `facts`, if it has one."""
    found: str | None = await unit.connection.fetchval(
        "select document from ledger_fact where index = $1", index
    )
    return found


async def log_key(unit: Unit) -> str:
    """Give the verifier key of this log, which the first entry's side document states; "" before there is one."""
    stated = await side_document(unit, 0)
    return str(json.loads(stated).get("vkey", "")) if stated else ""


@dataclass(frozen=True, slots=True)
class Export:
    """A bundle asked for: state waiting, building, ready or failed; progress in per cent."""

    id: UUID
    state: str
    progress: int
    size: int | None
    entries: int | None
    requested_at: datetime
    ready_at: datetime | None


_EXPORT = "select id, state, progress, size, entries, requested_at, ready_at from ledger_export"


async def exports(unit: Unit) -> list[Export]:
    """List the auditor's own exports, newest first."""
    rows = await unit.connection.fetch(f"{_EXPORT} order by requested_at desc limit 50")
    return [Export(*row.values()) for row in rows]


async def export(connection: Any, wanted: UUID) -> Export:
    """Give one of the auditor's own exports. Raises ExportNotFound."""
    row = await connection.fetchrow(f"{_EXPORT} where id = $1", wanted)
    if row is None:
        raise ExportNotFound
    return Export(*row.values())
