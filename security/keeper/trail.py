"""Who looked: the entries about the caller's own passenger, which only the keeper can find by pseudonym."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from audit.entry import subject_pseudonym
from security.keeper.held import Held
from security.keeper.vault_messages import ReadTrail, Trail, TrailItem
from security.sign_in.sessions import Session, session_of

ROOM: Final = 48 * 1024
_LAST: Final = 2**63 - 1
# Entries about the subject, and list views on which the subject stood.
_READ = """
select l.index, l.leaf from ledger_leaf l join (
  (select index from ledger_leaf where sub = $1 and index < $2 order by index desc limit $3)
  union
  (select index from ledger_member where sub = $1 and index < $2 order by index desc limit $3)
) found using (index) order by l.index desc limit $3
"""


async def read_trail(held: Held, ask: ReadTrail, at: datetime) -> Trail:
    """Give the newest entries before an index, none for who is no passenger. Reading is an entry too."""
    caller = await session_of(held.gate.pool, ask.token, at)
    if caller.passenger is None:
        return Trail([], None)
    await _record(held, caller, caller.passenger, ask.request, at)
    sub = subject_pseudonym(held.custody.link_key, caller.passenger)
    return await entries_about(held, sub, ask.before, ask.limit)


async def entries_about(held: Held, sub: str, before: int | None, limit: int) -> Trail:
    """Give the newest entries before an index that concern a pseudonym; whoever asks has recorded that he does."""
    below = _LAST if before is None else max(0, min(before, _LAST))
    rows = await held.gate.pool.fetch(_READ, sub, below, limit + 1)
    items = _fitting([TrailItem(row["index"], row["leaf"]) for row in rows[:limit]])
    return Trail(items, items[-1].index if items and len(items) < len(rows) else None)


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


async def _record(held: Held, caller: Session, passenger: UUID, request: UUID, at: datetime) -> None:
    if not held.viewed.is_first(caller.account, at):
        return
    try:
        await held.gate.append(caller.facts("trail:own:viewed", request, subject=passenger))
    except BaseException:
        held.viewed.forget(caller.account)
        raise
