"""What may be asked about extracts and schedules: one's own, nobody else's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.web.refusals import Refusal
from portal.web.unit import Unit


class ExtractNotFound(Refusal):
    """No such extract of this person."""

    code = "extracts:not_found"
    status = 404


class ScheduleNotFound(Refusal):
    """No such schedule of this person."""

    code = "extracts:schedule_not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class Extract:
    """An extract; `done` of `total` entries while it is being made."""

    id: UUID
    layout: str
    filter: str
    state: str
    done: int
    total: int | None
    size: int | None
    seconds: int | None
    requested_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    failure: str | None
    schedule: UUID | None

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        if self.state == "ready":
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """A report on a rhythm, with its last extract's state."""

    id: UUID
    title: str
    layout: str
    filter: str
    rhythm: str
    day: int
    hour: int
    time_zone: str
    next_at: datetime
    last_at: datetime | None
    paused_at: datetime | None
    last_extract: UUID | None
    last_state: str | None


_EXTRACT = (
    "select id, layout, filter, state, done, total, size, seconds, requested_at, ready_at, expires_at, failure,"
    " schedule_id from ledger_extract"
)
_SCHEDULE = (
    "select s.id, s.title, s.layout, s.filter, s.rhythm, s.day, s.hour, s.time_zone, s.next_at, s.last_at, s.paused_at,"
    " s.last_extract, e.state from report_schedule s left join ledger_extract e on e.id = s.last_extract"
)


async def extracts(unit: Unit, *, limit: int = 50) -> list[Extract]:
    """List the caller's extracts, newest first."""
    rows = await unit.connection.fetch(f"{_EXTRACT} order by requested_at desc, id desc limit {limit}")
    return [Extract(*row.values()) for row in rows]


async def extract(connection: Any, wanted: UUID) -> Extract:
    """Give one of the caller's extracts. Raises ExtractNotFound."""
    row = await connection.fetchrow(f"{_EXTRACT} where id = $1", wanted)
    if row is None:
        raise ExtractNotFound
    return Extract(*row.values())


async def log_vkey(unit: Unit) -> str:
    """Give the log's verifier key; "" before the log was opened."""
    key: str = await unit.connection.fetchval("select ledger_vkey()")
    return key


async def schedules(unit: Unit) -> list[Schedule]:
    """List the caller's schedules, the next to run first."""
    rows = await unit.connection.fetch(f"{_SCHEDULE} order by s.paused_at is not null, s.next_at")
    return [Schedule(*row.values()) for row in rows]


async def schedule(unit: Unit, wanted: UUID) -> Schedule:
    """Give one of the caller's schedules. Raises ScheduleNotFound."""
    row = await unit.connection.fetchrow(f"{_SCHEDULE} where s.id = $1", wanted)
    if row is None:
        raise ScheduleNotFound
    return Schedule(*row.values())
