"""Alarms: raised by the keeper, read and closed by compliance, sealed for everybody else."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

import asyncpg
import structlog
import uuid_utils.compat as uuids

from audit.entry import Facts
from security.keeper.alarm_messages import AlarmSeen, AlarmsSeen, CloseAlarm, ReadAlarms
from security.keeper.decoys import note_view, warden
from security.keeper.held import Held
from security.keeper.messages import Done
from security.sign_in.refusal import Refusal
from security.vault.envelope import EnvelopeRefused

RATE_REACHED: Final = "rate_reached"
REFUSED_AGAIN: Final = "refused_again"
DECOY_OPENED: Final = "decoy_opened"
DECOY_LOOKED_AT: Final = "decoy_looked_at"
DECOY_SEARCHED: Final = "decoy_searched"
KINDS: Final = (RATE_REACHED, REFUSED_AGAIN, DECOY_OPENED, DECOY_LOOKED_AT, DECOY_SEARCHED)
TABLE: Final = "alarm"
MOST: Final = 100
_SPACE: Final = UUID("0192f5b0-5f1c-7c44-9c39-4d2a8e5d7a10")
_INSERT: Final = """
insert into gate.alarm (id, raised_at, details) values ($1, $2, $3) on conflict (id) do nothing
"""
_KNOWN: Final = "select exists (select 1 from gate.alarm where id = $1)"
_READ: Final = """
select id, raised_at, details, closed_at, closing from gate.alarm
order by closed_at is not null, raised_at desc limit $1
"""
_ONE: Final = "select id, details, closed_at from gate.alarm where id = $1"
_CLOSE: Final = """
update gate.alarm set closed_at = $2, closing = $3 where id = $1 and closed_at is null returning id
"""
_EMAILS: Final = "select code, email from gate.account where code = any ($1)"

_log = structlog.get_logger(process="keeper")


@dataclass(frozen=True, slots=True)
class Alarm:
    """What was seen in the ledger: of which kind, by whom, at which entry, how often, and about which decoy."""

    kind: str
    who: str
    role: str
    entry: int
    count: int = 1
    subject: str = ""

    @property
    def id(self) -> UUID:
        """The same for the same entry and kind, so that looking twice raises it once."""
        return uuid5(_SPACE, f"{self.kind}/{self.entry}/{self.who}/{self.subject}")


async def raise_alarm(held: Held, alarm: Alarm, at: datetime) -> None:
    """Keep an alarm, and state that one was raised: neither entry nor log says of what or about whom."""
    if await held.gate.pool.fetchval(_KNOWN, alarm.id):
        return
    request = uuids.uuid7()
    kind = "security:alarm:raised"
    facts = Facts(kind=kind, who="keeper", role="process", request=request, reference=str(alarm.id))
    await held.gate.append(facts)
    sealed = held.box.close(TABLE, alarm.id, asdict(alarm))
    await held.gate.pool.execute(_INSERT, alarm.id, at, sealed)
    _log.warning("alarm_raised", alarm=str(alarm.id))


async def read_alarms(held: Held, ask: ReadAlarms, at: datetime) -> AlarmsSeen:
    """Give compliance the alarms, the open ones first."""
    caller = await warden(held, ask.token, at)
    await note_view(held, caller, ask.request, at)
    opened = [one for row in await held.gate.pool.fetch(_READ, MOST) if (one := _opened(held, row))]
    named = await held.gate.pool.fetch(_EMAILS, [one["who"] for _, one in opened])
    emails = {row["code"]: row["email"] for row in named}
    return AlarmsSeen([_seen(held, row, one, emails) for row, one in opened])


def _opened(held: Held, row: asyncpg.Record) -> tuple[asyncpg.Record, dict[str, Any]] | None:
    try:
        return row, held.box.open(TABLE, row["id"], row["details"])
    except EnvelopeRefused:
        _log.warning("alarm_unreadable", alarm=str(row["id"]))
        return None


def _seen(held: Held, row: asyncpg.Record, one: dict[str, Any], emails: dict[str, str]) -> AlarmSeen:
    closing = held.box.open(TABLE, row["id"], row["closing"]) if row["closing"] else {}
    return AlarmSeen(
        id=row["id"],
        kind=one["kind"],
        raised_at=row["raised_at"],
        who=one["who"],
        role=one["role"],
        email=emails.get(one["who"], ""),
        entry=one["entry"],
        count=one["count"],
        subject=UUID(one["subject"]) if one["subject"] else None,
        closed_at=row["closed_at"],
        closer=closing.get("closer", ""),
        finding=closing.get("finding", ""),
    )


async def close_alarm(held: Held, ask: CloseAlarm, at: datetime) -> Done:
    """Close an alarm with a finding; nobody closes one about himself."""
    caller = await warden(held, ask.token, at)
    row = await held.gate.pool.fetchrow(_ONE, ask.alarm)
    if row is None:
        raise Refusal("alarms:no_such_alarm", 404)
    if held.box.open(TABLE, row["id"], row["details"])["who"] == caller.code:
        raise Refusal("alarms:about_you", 403)
    if row["closed_at"] is not None:
        raise Refusal("alarms:closed_already", 409)
    await held.gate.append(caller.facts("security:alarm:closed", ask.request, reference=str(ask.alarm)))
    closing = held.box.close(TABLE, ask.alarm, {"closer": caller.code, "finding": ask.finding})
    if await held.gate.pool.fetchval(_CLOSE, ask.alarm, at, closing) is None:
        raise Refusal("alarms:closed_already", 409)
    return Done()
