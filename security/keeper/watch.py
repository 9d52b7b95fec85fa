"""Watching the ledger: refusals that repeat, rates that are reached, decoys that somebody touched.

Every access is an entry, so whoever watches the ledger misses none, and the way of a reveal is not made longer.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog

from audit.covered import NotCovered
from audit.entry import subject_pseudonym
from security.keeper.alarms import (
    DECOY_LOOKED_AT,
    DECOY_OPENED,
    DECOY_SEARCHED,
    RATE_REACHED,
    REFUSED_AGAIN,
    Alarm,
    raise_alarm,
)
from security.keeper.decoys import subjects
from security.keeper.held import Held
from security.keeper.proposing import expire_proposals
from security.policy.rates import ALARMS, AlarmRules

SECONDS: Final = 1.0
SPAN: Final = 20_000  # entries of one look
_PASSING: Final = (
    OSError,
    TimeoutError,
    NotCovered,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection cut amid an answer
)
_PROCESSES: Final = frozenset({"process", "system"})
_COUNTED: Final = ("security:access:refused", "security:matrix:refused", "security:step-up:refused")
_SIZE: Final = "select size from ledger_head"
_NEXT: Final = "select next from gate.watch"
_SET: Final = """
insert into gate.watch (next) values ($1) on conflict (singleton) do update set next = excluded.next
"""
_LOOK: Final = """
select l.index, l.act, l.dec, l.who, l.role, l.sub, l.ts, case when l.dec = 'deny' then f.document end as document
from ledger_leaf l left join ledger_fact f on f.index = l.index and l.dec = 'deny'
where l.index >= $1 and l.index < $2 and (l.dec = 'deny' or l.sub = any ($3::text[])) order by l.index
"""
_LISTS: Final = """
select m.index, m.sub, l.who, l.role from ledger_member m join ledger_leaf l using (index)
where m.sub = any ($3::text[]) and m.index >= $1 and m.index < $2
  and (select count(*) from ledger_member n where n.index = m.index) <= $4 order by m.index
"""

_log = structlog.get_logger(process="keeper")


class Watch:
    """Looks at what the ledger has gained, once a second; what it has looked at is kept, so no entry is skipped."""

    def __init__(self, held: Held, now: Callable[[], datetime], rules: AlarmRules = ALARMS) -> None:
        self._held = held
        self._now = now
        self._rules = rules
        self._refused: dict[str, deque[datetime]] = {}
        self._said: dict[tuple[str, str, str], datetime] = {}

    async def run(self) -> None:
        """Look until cancelled; a database that is away is waited for."""
        while True:
            try:
                while await self.look():
                    pass
            except _PASSING as error:
                _log.warning("watch_waits", cause=type(error).__name__)
            await asyncio.sleep(SECONDS)

    async def look(self) -> bool:
        """Look at the next entries and raise what they call for; True if there may be more."""
        pool, at = self._held.gate.pool, self._now()
        await expire_proposals(self._held, at)
        size = await pool.fetchval(_SIZE) or 0
        start = await pool.fetchval(_NEXT)
        if start is None:
            await pool.execute(_SET, size)  # what was before the first keeper that watches is history
            return False
        end = min(size, start + SPAN)
        if start >= end:
            return False
        decoys = await self._decoys()
        rows = await pool.fetch(_LOOK, start, end, list(decoys))
        lists = await pool.fetch(_LISTS, start, end, list(decoys), self._rules.narrow_list) if decoys else []
        for alarm in [*self._alarms(rows, decoys), *self._searches(lists, decoys)]:
            await raise_alarm(self._held, alarm, at)
        await pool.execute(_SET, end)
        return bool(end < size)

    async def _decoys(self) -> Mapping[str, UUID]:
        link = self._held.custody.link_key
        return {
            subject_pseudonym(link, one): one for one in await subjects(self._held.gate.pool, self._held.box)
        }

    def _alarms(self, rows: Sequence[Any], decoys: Mapping[str, UUID]) -> list[Alarm]:
        found: list[Alarm | None] = []
        for row in rows:
            if row["role"] in _PROCESSES:
                continue
            if row["dec"] == "deny":
                found += self._refusal(row)
            if row["sub"] in decoys:
                found.append(self._touched(row, str(decoys[row["sub"]])))
        return [alarm for alarm in found if alarm is not None]

    def _refusal(self, row: Any) -> list[Alarm | None]:
        code = json.loads(row["document"] or "{}").get("refusal", "")
        who, role, at = row["who"], row["role"], row["ts"]
        if code.startswith("security:too_many"):
            return [self._once(Alarm(RATE_REACHED, who, role, row["index"]), at)]
        if not (row["act"].endswith(":revealed") or row["act"] in _COUNTED) or role == "unknown":
            return []
        times = self._refused.setdefault(who, deque())
        times.append(at)
        while times and times[0] <= at - timedelta(minutes=self._rules.refusal_minutes):
            times.popleft()
        if len(times) < self._rules.refusals:
            return []
        return [self._once(Alarm(REFUSED_AGAIN, who, role, row["index"], len(times)), at)]

    def _touched(self, row: Any, subject: str) -> Alarm | None:
        opened = row["act"].endswith((":revealed", ":copied"))
        kind = DECOY_OPENED if opened else DECOY_LOOKED_AT
        return self._once(Alarm(kind, row["who"], row["role"], row["index"], 1, subject), row["ts"])

    def _searches(self, rows: Sequence[Any], decoys: Mapping[str, UUID]) -> list[Alarm]:
        return [
            Alarm(DECOY_SEARCHED, row["who"], row["role"], row["index"], 1, str(decoys[row["sub"]]))
            for row in rows
            if row["role"] not in _PROCESSES
        ]

    def _once(self, alarm: Alarm, at: datetime) -> Alarm | None:
        """Say the same of the same person once in a while only; opening a decoy is said every time."""
        key = (alarm.kind, alarm.who, alarm.subject)
        said = self._said.get(key)
        silent = timedelta(minutes=self._rules.silent_minutes)
        if alarm.kind != DECOY_OPENED and said is not None and at < said + silent:
            return None
        self._said[key] = at
        return alarm
