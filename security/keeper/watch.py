"""Watching the ledger: each entry that a rule counts is shown to the rules, and what has enough becomes an alarm.

Every access is an entry, so whoever watches the ledger misses none, and the way of a reveal is not made longer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
import structlog
from msgspec.structs import replace

from audit.covered import NotCovered
from security.keeper.alarm_settings import rules_in_force
from security.keeper.alarms import raise_alarm
from security.keeper.held import Held
from security.keeper.proposing import expire_proposals
from security.keeper.surroundings import Surroundings
from security.policy.alarm_rules import AlarmRules
from security.policy.signals import ASKED, LOOKS, USES, Firing, Seen, Tallies, is_opening, without_use

SECONDS: Final = 1.0
SPAN: Final = 2_000  # entries of one look
BREATH: Final = 100  # entries judged before everything else has its turn: the keeper answers while it watches
REMEMBERED: Final = 50_000  # entries that are counted again at a start
_PASSING: Final = (
    OSError,
    TimeoutError,
    NotCovered,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection cut amid an answer
)
_SIZE: Final = "select size from ledger_head"
_NEXT: Final = "select next, of_use from gate.watch"
_SET: Final = """
insert into gate.watch (next, of_use) values ($1, $2)
on conflict (singleton) do update set next = excluded.next, of_use = excluded.of_use
"""
_COUNTS: Final = """(l.dec = 'deny' or l.act = any ($4::text[]) or l.act like 'passengers:%:revealed'
  or l.act like 'passengers:%:copied' or l.sub = any ($3::text[]))"""
_ENTRY: Final = """
select l.index, l.ts, l.act, l.dec, l.who, l.role, l.sub, l.reference, f.document,
  position('"via":' in l.leaf) > 0 as agreed
from ledger_leaf l left join ledger_fact f on f.index = l.index and (l.dec = 'deny' or l.act = 'approvals:request:made')
"""
_LOOK: Final = f"{_ENTRY} where l.index >= $1 and l.index < $2 and {_COUNTS} order by l.index"
_BEFORE: Final = f"""
{_ENTRY} where l.index < $1 and l.ts > $2 and {_COUNTS} order by l.index desc limit {REMEMBERED}
"""
_LISTS: Final = """
select m.index, m.sub, l.ts, l.act, l.who, l.role from ledger_member m join ledger_leaf l using (index)
where m.sub = any ($3::text[]) and m.index >= $1 and m.index < $2
  and (select count(*) from ledger_member n where n.index = m.index) <= $4 order by m.index
"""
_LAST: Final = "select index from ledger_leaf where ts <= $1 order by ts desc, index desc limit 1"
_OPENED: Final = f"""
{_ENTRY} where l.index >= $1 and l.index <= $2 and l.act like 'passengers:%:revealed' and l.dec = 'allow'
order by l.index
"""
_USES: Final = """
select reference, ts from ledger_leaf
where act = any ($1::text[]) and index >= $2 and ts <= $3 and reference = any ($4::text[])
"""
_COUNTED: Final = (*LOOKS, ASKED)

_log = structlog.get_logger(process="keeper")


class Watch:
    """Looks at what the ledger has gained, once a second; what it has looked at is kept, so no entry is skipped."""

    def __init__(self, held: Held, now: Callable[[], datetime]) -> None:
        self._held = held
        self._now = now
        self._around = Surroundings(held)
        self._tallies: Tallies | None = None

    async def run(self) -> None:
        """Look until cancelled; a database that is away is waited for."""
        while True:
            try:
                while await self.look():
                    pass
            except _PASSING as error:
                # Counted anew: what was counted of a look that failed would count twice, what it found is not said yet.
                self._tallies = None
                _log.warning("watch_waits", cause=type(error).__name__)
            await asyncio.sleep(SECONDS)

    async def look(self) -> bool:
        """Look at the next entries and raise what they call for; True if there may be more."""
        pool, at = self._held.gate.pool, self._now()
        await expire_proposals(self._held, at)
        size = await pool.fetchval(_SIZE) or 0
        marks = await pool.fetchrow(_NEXT)
        if marks is None:
            await pool.execute(_SET, size, size)  # what was before the first keeper that watches is history
            return False
        start, end = marks["next"], min(size, marks["next"] + SPAN)
        rules = await rules_in_force(pool)
        tallies = await self._counted_so_far(rules, start)
        of_use = await self._of_use(tallies, marks["of_use"], start, at)
        if start < end:
            await self._around.refresh(at)
            await self._judge(tallies, await self._rows(start, end, rules), at)
            tallies.forget(at)
        if start < end or of_use != marks["of_use"]:
            await pool.execute(_SET, max(start, end), of_use)
        return bool(end < size)

    async def _counted_so_far(self, rules: AlarmRules, start: int) -> Tallies:
        """Give the tallies; what the windows reach is counted again at a start, and when numbers change."""
        if self._tallies is not None and self._tallies.rules == rules:
            return self._tallies
        at, made = self._now(), Tallies(rules)
        await self._around.refresh(at)
        values = (start, at - rules.longest, list(self._around.decoys), list(_COUNTED))
        rows = await self._held.gate.pool.fetch(_BEFORE, *values)
        for seen in await self._around.with_areas([self._around.of(_seen(row)) for row in reversed(rows)]):
            made.remember(seen, await self._around.person(seen, rules))
        self._tallies = made
        return made

    async def _rows(self, start: int, end: int, rules: AlarmRules) -> list[Seen]:
        """Read what is counted of a span, in the order of the ledger."""
        pool, decoys = self._held.gate.pool, list(self._around.decoys)
        rows = await pool.fetch(_LOOK, start, end, decoys, list(_COUNTED))
        seen = await self._around.with_areas([self._around.of(_seen(row)) for row in rows])
        lists = await pool.fetch(_LISTS, start, end, decoys, rules.lists.narrow) if decoys else []
        searched = [replace(self._around.of(_listed(row)), narrow=True) for row in lists]
        return sorted([*seen, *searched], key=lambda one: one.index)

    async def _judge(self, tallies: Tallies, rows: Sequence[Seen], at: datetime) -> None:
        due: list[Firing] = []
        for nth, seen in enumerate(rows):
            if nth % BREATH == 0:
                await asyncio.sleep(0)
            due += tallies.look(seen, await self._around.person(seen, tallies.rules))
        await self._raise(due, tallies.rules, at)

    async def _raise(self, due: Sequence[Firing], rules: AlarmRules, at: datetime) -> None:
        """Raise them together: each waits until its entry is covered."""
        try:
            async with asyncio.TaskGroup() as group:
                for one in due:
                    group.create_task(raise_alarm(self._held, one, rules, at))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _of_use(self, tallies: Tallies, mark: int | None, start: int, at: datetime) -> int:
        """Look at opened values whose time to be of use is over; gives up to which entry that is done now."""
        hours, pool = tallies.rules.use.hours, self._held.gate.pool
        first = start if mark is None else mark
        last = await pool.fetchval(_LAST, at - timedelta(hours=hours))
        if last is None or last < first:
            return first
        last = min(last, first + SPAN)
        rows = [_seen(row) for row in await pool.fetch(_OPENED, first, last)]
        due: list[Firing] = []
        for seen in await self._idle(rows, hours):
            firing = tallies.count("unused", seen, {"hours": str(hours)})
            if firing is not None:
                due.append(firing)
        await self._raise(due, tallies.rules, at)
        return int(last) + 1

    async def _idle(self, rows: Sequence[Seen], hours: int) -> list[Seen]:
        openings = [one for one in rows if is_opening(one) and one.reference]
        if not openings:
            return []
        until = openings[-1].at + timedelta(hours=hours)
        references = list({one.reference for one in openings})
        uses = await self._held.gate.pool.fetch(_USES, list(USES), openings[0].index, until, references)
        return without_use(openings, [(row["reference"], row["ts"]) for row in uses], hours)


def _seen(row: Any) -> Seen:
    index, at, act, decision, who, role, sub, reference, text, agreed = row
    document = json.loads(text) if text else {}
    return Seen(
        index=index,
        at=at,
        act=act,
        allowed=decision == "allow",
        who=who,
        role=role,
        sub=sub or "",
        reference=reference or "",
        agreed=agreed,
        refusal=document.get("refusal", ""),
        asked=document.get("kind", "") if act == ASKED else "",
    )


def _listed(row: Any) -> Seen:
    """Give somebody on a list as an entry of their own."""
    return Seen(
        index=row["index"],
        at=row["ts"],
        act=row["act"],
        allowed=True,
        who=row["who"],
        role=row["role"],
        sub=row["sub"],
    )
