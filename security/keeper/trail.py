"""Who looked: the entries about the caller's own passenger, which only the keeper can find by pseudonym."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

from audit.entry import subject_pseudonym
from security.keeper.held import Held
from security.keeper.trail_figures import count_quarter, count_since
from security.keeper.trail_messages import (
    LAST,
    Asked,
    CountQuarter,
    ReadProof,
    ReadSummary,
    ReadTrail,
    Summary,
    Trail,
    TrailItem,
)
from security.keeper.trail_proof import read_proof
from security.keeper.trail_viewed import record_viewed
from security.sign_in.sessions import Session, session_of

ROOM: Final = 48 * 1024
# Entries about the subject, and list views on which the subject stood.
_ABOUT: Final = """
select l.index, l.leaf from ledger_leaf l join (
  (select f.index from ledger_leaf f where f.sub = $1 and f.index < $2{only} order by f.index desc limit $3)
  union
  (select m.index from ledger_member m join ledger_leaf f using (index) where m.sub = $1 and m.index < $2{only}
   order by m.index desc limit $3)
) found using (index) order by l.index desc limit $3
"""
_BY: Final = (
    "select f.index, f.leaf from ledger_leaf f where f.who = $1 and f.index < $2{only}"
    " order by f.index desc limit $3"
)


async def read_trail(held: Held, ask: ReadTrail, at: datetime) -> Trail:
    """Give the newest entries before an index, none about who is no passenger. Reading is an entry too."""
    caller = await session_of(held.gate.pool, ask.token, at)
    if ask.scope == "about" and caller.passenger is None:
        return Trail([], None)
    await record_viewed(held, caller, ask.request, at)
    before = LAST if ask.before is None else max(0, min(ask.before, LAST))
    if ask.scope == "by" or caller.passenger is None:
        statement, whose = _BY, caller.code
    else:
        statement, whose = _ABOUT, subject_pseudonym(held.custody.link_key, caller.passenger)
    clauses, values = _conditions(ask.only, caller)
    rows = await held.gate.pool.fetch(statement.format(only=clauses), whose, before, ask.limit + 1, *values)
    items = _fitting([TrailItem(row["index"], row["leaf"]) for row in rows[: ask.limit]])
    return Trail(items, items[-1].index if items and len(items) < len(rows) else None)


async def entries_about(held: Held, sub: str, before: int | None, limit: int) -> Trail:
    """Give the newest entries before an index that concern a pseudonym; whoever asks has recorded that he does."""
    below = LAST if before is None else max(0, min(before, LAST))
    rows = await held.gate.pool.fetch(_ABOUT.format(only=""), sub, below, limit + 1)
    items = _fitting([TrailItem(row["index"], row["leaf"]) for row in rows[:limit]])
    return Trail(items, items[-1].index if items and len(items) < len(rows) else None)


def _conditions(only: Asked, caller: Session) -> tuple[str, list[Any]]:
    """Give the further conditions, numbered from $4, and their values."""
    stated = (
        ("f.ts >= {0}", only.since),
        ("f.ts < {0}", only.until),
        ("f.act = any({0}::text[])", only.acts or None),
        ("f.role = {0}", only.role),
        ("f.who <> {0}", caller.code if only.by == "others" else None),
        ("f.who = {0}", caller.code if only.by == "me" else None),
        ("f.dec = {0}", "deny" if only.refused else None),
    )
    given = [(clause, value) for clause, value in stated if value is not None]
    clauses = "".join(f" and {clause.format(f'${nth}')}" for nth, (clause, _) in enumerate(given, 4))
    return clauses, [value for _, value in given]


def _fitting(items: list[TrailItem]) -> list[TrailItem]:
    """Keep what fits into a frame, at least one: a leaf of codes and hashes always fits alone."""
    room = ROOM
    kept: list[TrailItem] = []
    for item in items:
        room -= len(item.leaf.encode())
        if kept and room < 0:
            break
        kept.append(item)
    return kept


async def read_summary(held: Held, ask: ReadSummary, at: datetime) -> Summary:
    """Count what others did with the caller's data; of who is no passenger, nothing."""
    caller = await session_of(held.gate.pool, ask.token, at)
    if caller.passenger is None:
        return Summary([], [])
    await record_viewed(held, caller, ask.request, at)
    sub = subject_pseudonym(held.custody.link_key, caller.passenger)
    return await count_since(held.gate.pool, sub, caller.code, ask.bounds)


TRAIL_ANSWERS: Final[dict[type, Callable[[Held, Any, datetime], Awaitable[Any]]]] = {
    ReadTrail: read_trail,
    ReadSummary: read_summary,
    ReadProof: read_proof,
    CountQuarter: count_quarter,
}
