"""Pages of compliance: alarms as cases with clocks, each with why it fired, its steps, and what closes it."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.alarms.forms import MAX_FINDING, read_closing, read_note
from portal.alarms.telling import because
from portal.alarms.words import KINDS, MEANINGS, MUTE_DAYS, SEVERITIES, STEPS, VERDICTS
from portal.desk.rules import how_urgent
from portal.desk.words import URGENCIES
from portal.desk.work import WARN
from portal.oversight.words import KIND_NAMES
from portal.passengers.queries import names_of
from portal.passengers.words import FIELD_NAMES, PURPOSE_NAMES, ROLE_NAMES
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner
from portal.web.refusals import FormRefused
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import unit_of
from security.keeper.client import AlarmSeen, KeeperRefused

Page = Response[Any]
KEEPS = frozenset({"compliance"})
MISSING = 404


def urgency(alarm: AlarmSeen, at: Any) -> str:
    """Say how urgent an open alarm is: first to be taken, then to be closed."""
    due = None if alarm.closed_at else (alarm.solve_by if alarm.taken_at else alarm.respond_by)
    return how_urgent(due, at, WARN)


@get("/alarms", opt=allow(KEEPS), name="alarms", include_in_schema=False)
async def alarms_page(request: Request[Any, Any, Any]) -> Page:
    """List alarms, the open ones first."""
    unit = unit_of(request)
    seen = await unit.keeper.alarms(unit.credential, unit.request)
    return page(
        request,
        "alarms/alarms.html",
        open_alarms=[alarm for alarm in seen if alarm.closed_at is None],
        closed_alarms=[alarm for alarm in seen if alarm.closed_at is not None],
        names=await names_of([alarm.subject for alarm in seen if alarm.subject]),
        urgency=lambda alarm: urgency(alarm, unit.at),
        **_words(request),
    )


def _words(request: Any) -> dict[str, Any]:
    return {
        "kinds": KINDS,
        "role_names": ROLE_NAMES,
        "severities": SEVERITIES,
        "verdicts": VERDICTS,
        "urgencies": URGENCIES,
        "now": unit_of(request).at,
    }


@get("/alarms/{wanted:str}", opt=allow(KEEPS), include_in_schema=False)
async def alarm_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show one alarm: why it fired, with which entries, what was done about it."""
    return await _alarm(request, wanted)


async def _alarm(
    request: Any,
    wanted: str,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
    problem: str = "",
) -> Page:
    unit = unit_of(request)
    alarm = await unit.keeper.alarm(unit.credential, unit.request, inner(unit.settings.region, wanted))
    tag = language_of(request)
    return page(
        request,
        "alarms/alarm.html",
        status=status,
        alarm=alarm,
        meaning=MEANINGS[alarm.kind],
        reasons=because(alarm, tag),
        names=await names_of([alarm.subject] if alarm.subject else []),
        how=urgency(alarm, unit.at),
        mine=alarm.who == unit.who.code,
        steps=STEPS,
        mute_days=MUTE_DAYS,
        kind_names=KIND_NAMES,
        field_names=FIELD_NAMES,
        purpose_names=PURPOSE_NAMES,
        errors={name: sentence(tag, code) for name, code in (errors or {}).items()},
        values=values or {},
        problem=problem,
        longest=MAX_FINDING,
        **_words(request),
    )


async def _done(request: Any, wanted: str, deed: Any, fields: dict[str, str]) -> Page:
    """Do something with an alarm and show it again; what is refused is said on its page."""
    try:
        await deed
    except KeeperRefused as refused:
        if refused.status == MISSING:
            raise
        said = sentence(language_of(request), refused.code)
        return await _alarm(request, wanted, status=refused.status, problem=said, values=fields)
    return Redirect(address(request, f"/alarms/{wanted}"), status_code=303)


@post("/alarms/{wanted:str}/steps", opt=allow(KEEPS), include_in_schema=False)
async def alarm_step(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Take an alarm, or write a note beside it."""
    unit = unit_of(request)
    fields = await submitted(request, longest=MAX_FINDING + 1)
    known = inner(unit.settings.region, wanted)
    try:
        step, words = read_note(fields)
    except FormRefused as refused:
        return await _alarm(request, wanted, status=422, errors=refused.errors, values=fields)
    deed = unit.keeper.step_alarm(unit.credential, unit.request, known, step, words)
    return await _done(request, wanted, deed, fields)


@post("/alarms/{wanted:str}/closing", opt=allow(KEEPS), include_in_schema=False)
async def close_alarm(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Close an alarm: whether it was one, and what was found."""
    unit = unit_of(request)
    fields = await submitted(request, longest=MAX_FINDING + 1)
    known = inner(unit.settings.region, wanted)
    try:
        given = read_closing(fields)
    except FormRefused as refused:
        return await _alarm(request, wanted, status=422, errors=refused.errors, values=fields)
    deed = unit.keeper.close_alarm(
        unit.credential, unit.request, known, given.finding, given.verdict, given.mute_days
    )
    return await _done(request, wanted, deed, fields)


@post("/alarms/{wanted:str}/unmuting", opt=allow(KEEPS), include_in_schema=False)
async def unmute(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """End the silence about a person before its time."""
    unit = unit_of(request)
    fields = await submitted(request)
    known = inner(unit.settings.region, wanted)
    return await _done(request, wanted, unit.keeper.unmute(unit.credential, unit.request, known), fields)


PAGES = [alarms_page, alarm_page, alarm_step, close_alarm, unmute]
