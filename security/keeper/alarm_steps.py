"""What compliance does with an alarm: takes it, notes, closes it with a finding and a verdict, mutes and unmutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import uuid_utils.compat as uuids

from security.keeper.alarm_messages import CloseAlarm, StepAlarm, Unmute
from security.keeper.alarms import MUTE, NO_SUCH, STEP, TABLE, alarm_tag, opened_alarm
from security.keeper.decoys import warden
from security.keeper.held import Held
from security.keeper.messages import Done
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session

CLOSED: Final = "alarms:closed_already"
TAKEN: Final = "alarms:taken_already"
ABOUT_YOU: Final = "alarms:about_you"
NOT_MUTED: Final = "alarms:not_muted"
MUTE_NEEDS: Final = "alarms:mute_needs_false_positive"
WORDS_REQUIRED: Final = "alarms:words_required"
_ROW: Final = "select id, details, closed_at, holder_id from gate.alarm where id = $1"
_TAKE: Final = """
update gate.alarm set taken_at = $2, holder_id = $3 where id = $1 and closed_at is null and holder_id is null
returning id
"""
_CLOSE: Final = """
update gate.alarm set closed_at = $2, closing = $3 where id = $1 and closed_at is null returning id
"""
_STEP: Final = "insert into gate.alarm_step (id, alarm_id, at, sealed) values ($1, $2, $3, $4)"
_MUTE: Final = """
insert into gate.alarm_mute (tag, alarm_id, sealed, since, until) values ($1, $2, $3, $4, $5)
on conflict (tag) do update set alarm_id = excluded.alarm_id, sealed = excluded.sealed, since = excluded.since,
  until = excluded.until, held_back = 0
"""
_UNMUTE: Final = "update gate.alarm_mute set until = $2 where alarm_id = $1 and until > $2 returning tag"


async def _open_alarm(held: Held, alarm: UUID, caller: Session) -> tuple[Any, dict[str, Any]]:
    """Give an alarm that is open and about somebody else."""
    row = await held.gate.pool.fetchrow(_ROW, alarm)
    one = opened_alarm(held, row) if row is not None else None
    if row is None or one is None:
        raise Refusal(NO_SUCH, 404)
    if one["who"] == caller.code:
        raise Refusal(ABOUT_YOU, 403)
    if row["closed_at"] is not None:
        raise Refusal(CLOSED, 409)
    return row, one


async def step_alarm(held: Held, ask: StepAlarm, at: datetime) -> Done:
    """Take an alarm that nobody has, or write a note beside an open one."""
    caller = await warden(held, ask.token, at)
    row, _ = await _open_alarm(held, ask.alarm, caller)
    if ask.step == "note":
        if not ask.words.strip():
            raise Refusal(WORDS_REQUIRED, 422)
        await held.gate.append(caller.facts("security:alarm:noted", ask.request, reference=str(ask.alarm)))
        await _put_step(held, ask.alarm, caller, "noted", ask.words, at)
        return Done()
    if row["holder_id"] is not None:
        raise Refusal(TAKEN, 409)
    await held.gate.append(caller.facts("security:alarm:taken", ask.request, reference=str(ask.alarm)))
    if await held.gate.pool.fetchval(_TAKE, ask.alarm, at, caller.account) is None:
        raise Refusal(TAKEN, 409)
    await _put_step(held, ask.alarm, caller, "taken", "", at)
    return Done()


async def close_alarm(held: Held, ask: CloseAlarm, at: datetime) -> Done:
    """Close an alarm with finding and verdict; nobody closes one about himself. A false one may be muted."""
    caller = await warden(held, ask.token, at)
    _, one = await _open_alarm(held, ask.alarm, caller)
    if ask.mute_days and ask.verdict != "false_positive":
        raise Refusal(MUTE_NEEDS, 422)
    document = {"verdict": ask.verdict}
    facts = caller.facts("security:alarm:closed", ask.request, reference=str(ask.alarm), document=document)
    await held.gate.append(facts)
    said = {"closer": caller.code, "finding": ask.finding, "verdict": ask.verdict}
    if await held.gate.pool.fetchval(_CLOSE, ask.alarm, at, held.box.close(TABLE, ask.alarm, said)) is None:
        raise Refusal(CLOSED, 409)
    await _put_step(held, ask.alarm, caller, "closed", ask.finding, at)
    if ask.mute_days:
        await _mute(held, ask, caller, one, at)
    return Done()


async def _mute(held: Held, ask: CloseAlarm, caller: Session, one: dict[str, Any], at: datetime) -> None:
    until = at + timedelta(days=ask.mute_days)
    document = {"until": until.isoformat(timespec="seconds")}
    facts = caller.facts("security:alarm:muted", ask.request, reference=str(ask.alarm), document=document)
    await held.gate.append(facts)
    sealed = held.box.close(MUTE, ask.alarm, {"kind": one["kind"], "who": one["who"], "by": caller.code})
    tag = alarm_tag(held.custody.link_key, one["kind"], one["who"])
    await held.gate.pool.execute(_MUTE, tag, ask.alarm, sealed, at, until)


async def unmute(held: Held, ask: Unmute, at: datetime) -> Done:
    """End a silence before its time. Refusals: `alarms:not_muted`, `alarms:about_you`."""
    caller = await warden(held, ask.token, at)
    row = await held.gate.pool.fetchrow(_ROW, ask.alarm)
    one = opened_alarm(held, row) if row is not None else None
    if one is None:
        raise Refusal(NO_SUCH, 404)
    if one["who"] == caller.code:
        raise Refusal(ABOUT_YOU, 403)
    async with held.gate.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(_UNMUTE, ask.alarm, at) is None:
            raise Refusal(NOT_MUTED, 409)
        await held.gate.append(caller.facts("security:alarm:unmuted", ask.request, reference=str(ask.alarm)))
    await _put_step(held, ask.alarm, caller, "unmuted", "", at)
    return Done()


async def _put_step(held: Held, alarm: UUID, caller: Session, step: str, words: str, at: datetime) -> None:
    made = uuids.uuid7()
    record = {"alarm": str(alarm), "step": step, "by": caller.code, "words": words}
    await held.gate.pool.execute(_STEP, made, alarm, at, held.box.close(STEP, made, record))
