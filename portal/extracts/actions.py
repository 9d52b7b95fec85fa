"""What is done about extracts and schedules: asked for, taken, scheduled, paused, deleted. Each is an entry."""

from datetime import datetime
from uuid import UUID

from audit.ledger import record
from portal.auditors.asked import told
from portal.extracts.forms import ExtractInput, ScheduleInput
from portal.extracts.queries import Extract, Schedule, extract
from portal.extracts.rules import MOST_SCHEDULES, OPEN_AT_ONCE, next_run
from portal.web.ids import new_id, outer
from portal.web.refusals import Refusal
from portal.web.unit import Unit


class NotReady(Refusal):
    """The extract is still being made."""

    code = "extracts:not_ready"
    status = 409


class Failed(Refusal):
    """The extract could not be made."""

    code = "extracts:failed"
    status = 410


class Expired(Refusal):
    """The extract was removed after its time."""

    code = "extracts:expired"
    status = 410


class TooManyOpen(Refusal):
    """Too many extracts of this person are being made."""

    code = "extracts:too_many_open"
    status = 409


class TooManySchedules(Refusal):
    """This person has as many schedules as one may have."""

    code = "extracts:too_many_schedules"
    status = 409


_OPEN = "select count(*) from ledger_extract where state in ('waiting', 'building')"
_ASK = (
    "insert into ledger_extract (id, account_id, layout, filter, language, requested_at)"
    " values ($1, $2, $3, $4, $5, $6)"
)
_SCHEDULE = (
    "insert into report_schedule (id, account_id, title, layout, filter, language, rhythm, day, hour, time_zone,"
    " next_at, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
)


def _told(given: ExtractInput) -> dict[str, str]:
    return {"layout": given.layout, "filters": told(given.filters)}


async def ask_extract(unit: Unit, given: ExtractInput) -> UUID:
    """Ask the worker for an extract. Raises TooManyOpen."""
    if await unit.connection.fetchval(_OPEN) >= OPEN_AT_ONCE:
        raise TooManyOpen
    made = new_id()
    await unit.connection.execute(
        _ASK, made, unit.who.account, given.layout, given.stored, unit.locale, unit.at
    )
    await unit.record(
        "extracts:extract:requested",
        field="ledger",
        via=outer(unit.settings.region, made),
        document=_told(given),
    )
    return made


async def take_extract(unit: Unit, wanted: UUID) -> Extract:
    """Record that a ready extract is taken, then let it go. Raises ExtractNotFound, NotReady, Failed, Expired."""
    async with unit.short() as connection:
        found = await extract(connection, wanted)
        if found.state in {"waiting", "building"}:
            raise NotReady
        if found.state == "failed":
            raise Failed
        if found.state == "expired" or found.expires_at is None or found.expires_at <= unit.at:
            raise Expired
        via = outer(unit.settings.region, wanted)
        await record(connection, unit.facts("extracts:extract:downloaded", field="ledger", via=via))
    return found


async def make_schedule(unit: Unit, given: ScheduleInput) -> UUID:
    """Schedule a report. Raises TooManySchedules."""
    if await unit.connection.fetchval("select count(*) from report_schedule") >= MOST_SCHEDULES:
        raise TooManySchedules
    made, asked = new_id(), given.extract
    when = (given.rhythm, given.day, given.hour, given.time_zone)
    await unit.connection.execute(
        _SCHEDULE,
        made,
        unit.who.account,
        given.title,
        asked.layout,
        asked.stored,
        unit.locale,
        *when,
        next_run(*when, unit.at),
        unit.at,
    )
    told = _told(asked) | {"rhythm": given.rhythm, "day": str(given.day), "hour": str(given.hour)}
    await unit.record(
        "extracts:schedule:made", field="ledger", via=outer(unit.settings.region, made), document=told
    )
    return made


async def pause_schedule(unit: Unit, was: Schedule) -> None:
    """Let a report rest."""
    await _set(unit, was, unit.at, was.next_at)
    await unit.record("extracts:schedule:paused", field="ledger", via=outer(unit.settings.region, was.id))


async def resume_schedule(unit: Unit, was: Schedule) -> None:
    """Let a report run again, from its next time on: what was missed is not made up for."""
    await _set(unit, was, None, next_run(was.rhythm, was.day, was.hour, was.time_zone, unit.at))
    await unit.record("extracts:schedule:resumed", field="ledger", via=outer(unit.settings.region, was.id))


async def _set(unit: Unit, was: Schedule, paused_at: datetime | None, next_at: datetime) -> None:
    await unit.connection.execute(
        "update report_schedule set paused_at = $2, next_at = $3 where id = $1", was.id, paused_at, next_at
    )


async def remove_schedule(unit: Unit, was: Schedule) -> None:
    """Delete a report; the extracts that it made stay until they expire."""
    await unit.connection.execute("delete from report_schedule where id = $1", was.id)
    await unit.record("extracts:schedule:removed", field="ledger", via=outer(unit.settings.region, was.id))
