"""The rules as they are in force in this region, what became of their alarms, and their numbers set otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from security.keeper.alarm_messages import AlarmRulesSeen, ReadAlarmRules, RuleSeen, SetAlarmRule
from security.keeper.alarms import MUTE, TABLE, opened_alarm
from security.keeper.decoys import note_view, warden
from security.keeper.held import Held
from security.keeper.messages import Done
from security.policy.alarm_rules import ALARM_RULES, AlarmRules, Setting
from security.policy.decide import STEP_UP_REQUIRED
from security.sign_in.refusal import Refusal
from security.sign_in.step_up import use_live_step_up
from security.vault.envelope import EnvelopeRefused

UNKNOWN: Final = "alarms:unknown_rule"
HALF: Final = "alarms:both_numbers"
REACH: Final = timedelta(days=90)
MOST: Final = 5_000
_SETTINGS: Final = "select rule, threshold, window_minutes, changed_by, changed_at from gate.alarm_setting"
_SET: Final = """
insert into gate.alarm_setting (rule, threshold, window_minutes, changed_by, changed_at) values ($1, $2, $3, $4, $5)
on conflict (rule) do update set threshold = excluded.threshold, window_minutes = excluded.window_minutes,
  changed_by = excluded.changed_by, changed_at = excluded.changed_at
"""
_UNSET: Final = "delete from gate.alarm_setting where rule = $1"
_ALARMS: Final = """
select id, raised_at, details, closed_at, closing from gate.alarm where raised_at > $1 order by raised_at desc limit $2
"""
_MUTES: Final = "select alarm_id, sealed, held_back from gate.alarm_mute where until > $1"


@dataclass(slots=True)
class _Became:
    raised: int = 0
    open: int = 0
    confirmed: int = 0
    false_positive: int = 0
    muted: int = 0
    held_back: int = 0
    last_at: datetime | None = None


async def rules_in_force(pool: asyncpg.Pool) -> AlarmRules:
    """Give the rules of the file with this region's settings."""
    rows = await pool.fetch(_SETTINGS)
    settings = {row["rule"]: Setting(row["threshold"], row["window_minutes"]) for row in rows}
    return ALARM_RULES.with_settings(settings) if settings else ALARM_RULES


async def read_alarm_rules(held: Held, ask: ReadAlarmRules, at: datetime) -> AlarmRulesSeen:
    """Give compliance the rules, and how often each was right."""
    caller = await warden(held, ask.token, at)
    await note_view(held, caller, ask.request, at, of="alarm rules")
    rules = await rules_in_force(held.gate.pool)
    settings = {row["rule"]: row for row in await held.gate.pool.fetch(_SETTINGS)}
    became = _became(held, await held.gate.pool.fetch(_ALARMS, at - REACH, MOST))
    _add_mutes(held, became, await held.gate.pool.fetch(_MUTES, at))
    return AlarmRulesSeen(
        [_seen(code, rules, settings.get(code), became.get(code, _Became())) for code in rules.rules]
    )


def _became(held: Held, rows: Iterable[Any]) -> dict[str, _Became]:
    """Count by rule; rows come newest first."""
    counted: dict[str, _Became] = {}
    for row in rows:
        one = opened_alarm(held, row)
        if one is None:
            continue
        became = counted.setdefault(one["kind"], _Became())
        became.raised += 1
        became.last_at = became.last_at or row["raised_at"]
        closing = held.box.open(TABLE, row["id"], row["closing"]) if row["closing"] else {}
        became.open += row["closed_at"] is None
        became.confirmed += closing.get("verdict") == "confirmed"
        became.false_positive += closing.get("verdict") == "false_positive"
    return counted


def _add_mutes(held: Held, became: dict[str, _Became], rows: Iterable[Any]) -> None:
    for row in rows:
        try:
            one = held.box.open(MUTE, row["alarm_id"], row["sealed"])
        except EnvelopeRefused:
            continue
        of = became.setdefault(one["kind"], _Became())
        of.muted += 1
        of.held_back += row["held_back"]


def _seen(code: str, rules: AlarmRules, setting: Any, became: _Became) -> RuleSeen:
    rule, file = rules.rules[code], ALARM_RULES.rules[code]
    return RuleSeen(
        code=code,
        explanation=rule.explanation,
        threshold=rule.threshold,
        window_minutes=rule.window_minutes,
        silent_minutes=rule.silent_minutes,
        severity=rule.severity,
        different=rule.different,
        file_threshold=file.threshold,
        file_window_minutes=file.window_minutes,
        changed_by=setting["changed_by"] if setting else "",
        changed_at=setting["changed_at"] if setting else None,
        raised=became.raised,
        open=became.open,
        confirmed=became.confirmed,
        false_positive=became.false_positive,
        last_at=became.last_at,
        muted=became.muted,
        held_back=became.held_back,
    )


async def set_alarm_rule(held: Held, ask: SetAlarmRule, at: datetime) -> Done:
    """Set a rule's numbers for this region, or go back to the file's; needs a step-up. The entry says from and to."""
    caller = await warden(held, ask.token, at)
    if ask.rule not in ALARM_RULES.rules:
        raise Refusal(UNKNOWN, 404)
    if (ask.threshold is None) != (ask.window_minutes is None):
        raise Refusal(HALF, 422)
    if not await use_live_step_up(held.quick, caller.session, at):
        raise Refusal(STEP_UP_REQUIRED, 403)
    was, file = (await rules_in_force(held.gate.pool)).rules[ask.rule], ALARM_RULES.rules[ask.rule]
    document = {
        "rule": ask.rule,
        "threshold_from": str(was.threshold),
        "window_minutes_from": str(was.window_minutes),
        "threshold": str(ask.threshold or file.threshold),
        "window_minutes": str(ask.window_minutes or file.window_minutes),
    }
    await held.gate.append(caller.facts("security:alarm-rule:changed", ask.request, document=document))
    if ask.threshold is None:
        await held.gate.pool.execute(_UNSET, ask.rule)
    else:
        values = (ask.rule, ask.threshold, ask.window_minutes, caller.code, at)
        await held.gate.pool.execute(_SET, *values)
    return Done()
