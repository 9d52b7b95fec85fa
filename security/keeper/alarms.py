"""Alarms: raised by the keeper, read by compliance, sealed for everybody else."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import asyncpg
import msgspec
import structlog
import uuid_utils.compat as uuids

from audit.entry import Facts
from security.keeper.alarm_messages import (
    AlarmEntry,
    AlarmSeen,
    AlarmsSeen,
    AlarmStep,
    ReadAlarm,
    ReadAlarms,
)
from security.keeper.decoys import note_view, warden
from security.keeper.held import Held
from security.policy.alarm_rules import AlarmRules
from security.policy.signals import Firing
from security.sign_in.refusal import Refusal
from security.vault.envelope import EnvelopeRefused

TABLE: Final = "alarm"
STEP: Final = "alarm_step"
MUTE: Final = "alarm_mute"
MOST: Final = 100
NO_SUCH: Final = "alarms:no_such_alarm"
_SPACE: Final = UUID("0192f5b0-5f1c-7c44-9c39-4d2a8e5d7a10")
_INSERT: Final = """
insert into gate.alarm (id, raised_at, details, tag, fact_at, respond_by, solve_by)
values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing
"""
_KNOWN: Final = "select exists (select 1 from gate.alarm where id = $1)"
_SAID: Final = "select exists (select 1 from gate.alarm where tag = $1 and fact_at > $2 and fact_at <= $3)"
_HELD_BACK: Final = """
update gate.alarm_mute set held_back = held_back + 1 where tag = $1 and since <= $2 and until > $2 returning tag
"""
_COLUMNS: Final = """
select a.id, a.raised_at, a.details, a.closed_at, a.closing, a.fact_at, a.respond_by, a.solve_by, a.taken_at,
  h.code as holder, m.until as muted_until, m.held_back
from gate.alarm a left join gate.account h on h.id = a.holder_id left join gate.alarm_mute m on m.alarm_id = a.id
"""
_READ: Final = f"{_COLUMNS} order by a.closed_at is not null, a.raised_at desc limit $1"
_ONE: Final = f"{_COLUMNS} where a.id = $1"
_STEPS: Final = "select id, at, sealed from gate.alarm_step where alarm_id = $1 order by at, id"
_LINES: Final = """
select index, ts, act, dec = 'allow', coalesce(res, ''), coalesce(why, ''), coalesce(reference, '')
from ledger_leaf where index = any ($1::bigint[]) order by index
"""
_EMAILS: Final = "select code, email from gate.account where code = any ($1)"

_log = structlog.get_logger(process="keeper")


def alarm_id(one: Firing) -> UUID:
    """Name an alarm: the same for the same entry and rule, so that looking twice raises it once."""
    return uuid5(_SPACE, f"{one.rule}/{one.entry}/{one.who}/{one.subject}")


def alarm_tag(link_key: bytes, rule: str, who: str, subject: str = "") -> bytes:
    """Stand for a rule and a person without telling which: what is kept silent goes by it."""
    key = hmac.digest(link_key, b"wx/alarm/v1", hashlib.sha256)
    return hmac.digest(key, f"{rule}\0{who}\0{subject}".encode(), hashlib.sha256)


def alarm_details(one: Firing, rules: AlarmRules) -> dict[str, Any]:
    """Write down what an alarm says, with the numbers of its rule as they are now."""
    rule = rules.rules[one.rule]
    return {
        "kind": one.rule,
        "who": one.who,
        "role": one.role,
        "entry": one.entry,
        "entries": list(one.entries),
        "count": one.count,
        "subject": one.subject,
        "threshold": rule.threshold,
        "window_minutes": rule.window_minutes,
        "severity": rule.severity,
        "told": dict(one.told),
    }


async def raise_alarm(held: Held, one: Firing, rules: AlarmRules, at: datetime) -> bool:
    """Keep an alarm, and state that one was raised: neither entry nor log says of what or about whom.

    Not raised, and False: what was raised before, what was said a while ago, what compliance has muted.
    """
    pool, rule, made = held.gate.pool, rules.rules[one.rule], alarm_id(one)
    tag = alarm_tag(held.custody.link_key, one.rule, one.who, one.subject)
    if await pool.fetchval(_KNOWN, made):
        return False
    if rule.silent and await pool.fetchval(_SAID, tag, one.at - rule.silent, one.at):
        return False
    muted = alarm_tag(held.custody.link_key, one.rule, one.who)
    if await pool.fetchval(_HELD_BACK, muted, at):
        return False
    kind = "security:alarm:raised"
    facts = Facts(kind=kind, who="keeper", role="process", request=uuids.uuid7(), reference=str(made))
    await held.gate.append(facts)
    clocks = rules.severity[rule.severity]
    sealed = held.box.close(TABLE, made, alarm_details(one, rules))
    respond, solve = (timedelta(minutes=m) for m in (clocks.respond_minutes, clocks.solve_minutes))
    await pool.execute(_INSERT, made, at, sealed, tag, one.at, at + respond, at + solve)
    _log.warning("alarm_raised", alarm=str(made))
    return True


async def read_alarms(held: Held, ask: ReadAlarms, at: datetime) -> AlarmsSeen:
    """Give compliance the alarms, the open ones first."""
    caller = await warden(held, ask.token, at)
    await note_view(held, caller, ask.request, at, of="alarms")
    return AlarmsSeen(await _all_seen(held, await held.gate.pool.fetch(_READ, MOST)))


async def read_alarm(held: Held, ask: ReadAlarm, at: datetime) -> AlarmsSeen:
    """Give compliance one alarm with its steps and the entries that were counted. Refusal: `alarms:no_such_alarm`."""
    caller = await warden(held, ask.token, at)
    await note_view(held, caller, ask.request, at, of="alarms")
    found = await _all_seen(held, await held.gate.pool.fetch(_ONE, ask.alarm), steps=True)
    if not found:
        raise Refusal(NO_SUCH, 404)
    rows = await held.gate.pool.fetch(_LINES, found[0].entries)
    return AlarmsSeen([msgspec.structs.replace(found[0], lines=[AlarmEntry(*row.values()) for row in rows])])


async def _all_seen(held: Held, rows: Sequence[Any], *, steps: bool = False) -> list[AlarmSeen]:
    opened = [(row, one) for row in rows if (one := opened_alarm(held, row)) is not None]
    named = await held.gate.pool.fetch(_EMAILS, [one["who"] for _, one in opened])
    emails = {row["code"]: row["email"] for row in named}
    return [
        _seen(held, row, one, emails.get(one["who"], ""), await _steps(held, row["id"]) if steps else [])
        for row, one in opened
    ]


def opened_alarm(held: Held, row: asyncpg.Record) -> dict[str, Any] | None:
    """Open what an alarm says; None, and a line in the log, for a row that another hand wrote or moved."""
    try:
        return held.box.open(TABLE, row["id"], row["details"])
    except EnvelopeRefused:
        _log.warning("alarm_unreadable", alarm=str(row["id"]))
        return None


async def _steps(held: Held, alarm: UUID) -> list[AlarmStep]:
    steps = []
    for row in await held.gate.pool.fetch(_STEPS, alarm):
        try:
            one = held.box.open(STEP, row["id"], row["sealed"])
        except EnvelopeRefused:
            _log.warning("alarm_unreadable", alarm=str(alarm))
            continue
        if one["alarm"] == str(alarm):
            steps.append(AlarmStep(one["step"], one["by"], one["words"], row["at"]))
    return steps


def _seen(
    held: Held, row: asyncpg.Record, one: Mapping[str, Any], email: str, steps: list[AlarmStep]
) -> AlarmSeen:
    closing = held.box.open(TABLE, row["id"], row["closing"]) if row["closing"] else {}
    return AlarmSeen(
        id=row["id"],
        kind=one["kind"],
        raised_at=row["raised_at"],
        who=one["who"],
        role=one["role"],
        email=email,
        entry=one["entry"],
        count=one["count"],
        subject=UUID(one["subject"]) if one["subject"] else None,
        closed_at=row["closed_at"],
        closer=closing.get("closer", ""),
        finding=closing.get("finding", ""),
        verdict=closing.get("verdict", ""),
        severity=one.get("severity", "medium"),
        threshold=one.get("threshold", 1),
        window_minutes=one.get("window_minutes", 1),
        fact_at=row["fact_at"],
        entries=one.get("entries") or [one["entry"]],
        told=one.get("told", {}),
        respond_by=row["respond_by"],
        solve_by=row["solve_by"],
        taken_at=row["taken_at"],
        holder=row["holder"] or "",
        muted_until=row["muted_until"],
        held_back=row["held_back"] or 0,
        steps=steps,
    )
