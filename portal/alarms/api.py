"""The API of alarms, for compliance: the alarms with their steps, and the rules with their numbers."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody

from portal.alarms.forms import read_closing, read_note, read_numbers
from portal.alarms.pages import KEEPS
from portal.alarms.rule_pages import false_rate
from portal.alarms.telling import because
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.render import language_of
from portal.web.unit import Unit, unit_of
from security.keeper.alarm_messages import AlarmEntry, AlarmStep, RuleSeen
from security.keeper.client import AlarmSeen

TAGS = ["alarms"]
BASE = "/api/v1/alarms"
RULES = "/api/v1/alarm-rules"


class AlarmOut(msgspec.Struct, frozen=True):
    """An alarm; `reasons` are sentences, `entries` numbers in the ledger. Lists leave `steps` and `lines` empty."""

    id: str
    rule: str
    severity: str
    raised_at: datetime
    fact_at: datetime | None
    who: str
    role: str
    count: int
    threshold: int
    window_minutes: int
    reasons: list[str]
    entries: list[int]
    subject: str | None
    respond_by: datetime | None
    solve_by: datetime | None
    taken_at: datetime | None
    holder: str
    closed_at: datetime | None
    closer: str
    verdict: str
    finding: str
    muted_until: datetime | None
    steps: list[AlarmStep]
    lines: list[AlarmEntry]


class AlarmList(msgspec.Struct, frozen=True):
    """Alarms, open ones first."""

    items: list[AlarmOut]
    next: str | None


class RuleOut(msgspec.Struct, frozen=True):
    """A rule: its numbers, and what became of its alarms; `false_rate` is null while none was judged."""

    rule: RuleSeen
    false_rate: float | None


class RuleList(msgspec.Struct, frozen=True):
    """The rules, in the order of their file."""

    items: list[RuleOut]
    next: str | None


class StepIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step: take, note (words), close (finding, verdict, maybe mute_days) or unmute."""

    step: str = ""
    words: str = ""
    finding: str = ""
    verdict: str = ""
    mute_days: int = 0


class NumbersIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers of a rule; both null: those of the file."""

    threshold: int | None = None
    window_minutes: int | None = None


def _out(unit: Unit, alarm: AlarmSeen, tag: str) -> AlarmOut:
    region = unit.settings.region
    return AlarmOut(
        id=outer(region, alarm.id),
        rule=alarm.kind,
        severity=alarm.severity,
        raised_at=alarm.raised_at,
        fact_at=alarm.fact_at,
        who=alarm.who,
        role=alarm.role,
        count=alarm.count,
        threshold=alarm.threshold,
        window_minutes=alarm.window_minutes,
        reasons=because(alarm, tag),
        entries=alarm.entries,
        subject=outer(region, alarm.subject) if alarm.subject else None,
        respond_by=alarm.respond_by,
        solve_by=alarm.solve_by,
        taken_at=alarm.taken_at,
        holder=alarm.holder,
        closed_at=alarm.closed_at,
        closer=alarm.closer,
        verdict=alarm.verdict,
        finding=alarm.finding,
        muted_until=alarm.muted_until,
        steps=alarm.steps,
        lines=alarm.lines,
    )


@get(BASE, opt=allow(KEEPS), tags=TAGS)
async def list_alarms(request: Request[Any, Any, Any]) -> AlarmList:
    """List the newest alarms, open ones first."""
    unit, tag = unit_of(request), language_of(request)
    seen = await unit.keeper.alarms(unit.credential, unit.request)
    return AlarmList([_out(unit, alarm, tag) for alarm in seen], None)


@get(f"{BASE}/{{wanted:str}}", opt=allow(KEEPS), tags=TAGS)
async def one_alarm(request: Request[Any, Any, Any], wanted: FromPath[str]) -> AlarmOut:
    """Give one alarm with its steps and the entries that were counted."""
    unit = unit_of(request)
    known = inner(unit.settings.region, wanted)
    alarm = await unit.keeper.alarm(unit.credential, unit.request, known)
    return _out(unit, alarm, language_of(request))


@post(f"{BASE}/{{wanted:str}}/steps", opt=allow(KEEPS), tags=TAGS, status_code=201)
async def add_step(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[StepIn]
) -> Response[AlarmOut]:
    """Take an alarm, note beside it, close it with a verdict, or end its silence."""
    unit = unit_of(request)
    known, given = inner(unit.settings.region, wanted), msgspec.to_builtins(data)
    if data.step == "close":
        closing = read_closing(given)
        await unit.keeper.close_alarm(
            unit.credential, unit.request, known, closing.finding, closing.verdict, closing.mute_days
        )
    elif data.step == "unmute":
        await unit.keeper.unmute(unit.credential, unit.request, known)
    else:
        step, words = read_note(given)
        await unit.keeper.step_alarm(unit.credential, unit.request, known, step, words)
    alarm = await unit.keeper.alarm(unit.credential, unit.request, known)
    headers = {"location": f"{BASE}/{wanted}"}
    return Response(_out(unit, alarm, language_of(request)), status_code=201, headers=headers)


async def _rules(unit: Unit) -> RuleList:
    seen = await unit.keeper.alarm_rules(unit.credential, unit.request)
    return RuleList([RuleOut(rule, false_rate(rule)) for rule in seen], None)


@get(RULES, opt=allow(KEEPS), tags=TAGS)
async def list_rules(request: Request[Any, Any, Any]) -> RuleList:
    """List the rules in force, with what became of their alarms in the last 90 days."""
    return await _rules(unit_of(request))


@post(f"{RULES}/{{code:str}}", opt=allow(KEEPS), tags=TAGS, status_code=200)
async def change_rule(
    request: Request[Any, Any, Any], code: FromPath[str], data: JSONBody[NumbersIn]
) -> RuleList:
    """Set a rule's numbers for this region; needs a step-up."""
    unit = unit_of(request)
    numbers = read_numbers(msgspec.to_builtins(data))
    await unit.keeper.set_alarm_rule(
        unit.credential, unit.request, code, numbers.threshold, numbers.window_minutes
    )
    return await _rules(unit)


API = [list_alarms, one_alarm, add_step, list_rules, change_rule]
