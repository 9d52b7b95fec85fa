"""What may be asked about reports: rows by row-level security."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from portal.attestations.rules import month_before
from portal.web.refusals import Refusal
from portal.web.unit import Unit


class ReportNotFound(Refusal):
    """No such report."""

    code = "reports:not_found"
    status = 404


class ReportNotReady(Refusal):
    """It is still being made."""

    code = "reports:not_ready"
    status = 409


class ReportFailed(Refusal):
    """It could not be made."""

    code = "reports:failed"
    status = 410


@dataclass(frozen=True, slots=True)
class Report:
    """A report: of which month, who asked (nobody: it came by itself), and the checkpoint that it names."""

    id: UUID
    month: date
    state: str
    asked_at: datetime
    asked_name: str | None
    made_at: datetime | None
    digest: str | None
    log_size: int | None
    log_root: str | None
    failure: str | None


_SELECT = (
    "select id, month, state, asked_at, asked_name, made_at, digest, log_size, log_root, failure"
    " from security_report"
)


async def find_reports(unit: Unit, *, limit: int = 100) -> list[Report]:
    """List reports, the newest month first."""
    rows = await unit.connection.fetch(f"{_SELECT} order by month desc, asked_at desc limit {limit}")
    return [Report(*row.values()) for row in rows]


async def read_report(connection: Any, wanted: UUID) -> Report:
    """Give one. Raises ReportNotFound."""
    row = await connection.fetchrow(f"{_SELECT} where id = $1", wanted)
    if row is None:
        raise ReportNotFound
    return Report(*row.values())


async def ready_report(connection: Any, wanted: UUID) -> Report:
    """Give one that can be taken. Raises ReportNotFound, ReportFailed, ReportNotReady."""
    found = await read_report(connection, wanted)
    if found.state == "failed":
        raise ReportFailed
    if found.state != "ready":
        raise ReportNotReady
    return found


async def months(unit: Unit, *, most: int = 24) -> list[date]:
    """List the months that are over and of which the ledger knows, the last one first."""
    began: datetime | None = await unit.connection.fetchval("select ledger_began()")
    found: list[date] = []
    month = month_before(unit.at)
    while began is not None and month >= began.date().replace(day=1) and len(found) < most:
        found.append(month)
        month = (month - timedelta(days=1)).replace(day=1)
    return found
