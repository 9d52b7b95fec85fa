"""What may be asked about notices: one's own, one's organisation's, and the board of those who keep trips."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.notices.rules import Difference, Itinerary, differences, read_state
from portal.web.cursors import read_cursor, write_cursor
from portal.web.refusals import Refusal
from portal.web.unit import Unit

STATES = ("pending", "sent", "acknowledged", "answered", "superseded", "retracted")
OPEN = ("pending", "sent")
_SELECT = (
    "select n.id, n.org_id, n.trip_id, t.reference, n.recipient_id, n.passenger_id, n.member_id, n.kind, n.grade,"
    " n.state, n.before, n.after, n.content_hash, n.created_at, n.due_at, n.sent_at, n.settled_at, n.change_id"
    " from notice n join trip t on t.id = n.trip_id"
)
# A notice that has not left is not said yet: clients see it once its time has come, the desk at once.
_SAID = (
    "(n.frozen_at is not null or n.state in ('acknowledged', 'answered')"
    " or (n.state = 'pending' and n.due_at <= $1))"
)


class NoticeNotFound(Refusal):
    """No such notice, or none that this actor may see."""

    code = "notices:not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice: for whom, about which trip, the two states it lies between, and how far it got."""

    id: UUID
    org: UUID
    trip: UUID
    reference: str
    recipient: UUID
    passenger: UUID | None
    member: UUID | None
    kind: str
    grade: str
    state: str
    before_text: str
    after_text: str
    content_hash: str
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    change: UUID

    @property
    def is_open(self) -> bool:
        """Whether it is the current one and waits for an answer."""
        return self.state in OPEN

    @property
    def after(self) -> Itinerary:
        """The legs as they are now."""
        return read_state(self.after_text)

    @property
    def found(self) -> list[Difference]:
        """What is different."""
        return differences(read_state(self.before_text), self.after)


@dataclass(frozen=True, slots=True)
class NoticePage:
    """One page of notices and the cursor of the next."""

    items: list[NoticeView]
    next: str | None


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer that was given."""

    answer: str
    comment: str
    via: str
    at: datetime


async def find_notices(
    unit: Unit,
    *,
    state: str | None = None,
    trip: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> NoticePage:
    """Find notices, newest first. Raises BadCursor."""
    after = read_cursor(cursor, 2)
    values: list[Any] = [unit.at]
    where = [_SAID if unit.who.org is not None else "$1::timestamptz is not null"]
    for column, value in (("n.state", state), ("n.trip_id", trip)):
        if value is not None:
            values.append(value)
            where.append(f"{column} = ${len(values)}")
    if after:
        values += [datetime.fromisoformat(after[0].decode()), UUID(bytes=after[1])]
        where.append(f"(n.created_at, n.id) < (${len(values) - 1}, ${len(values)})")
    rows = await unit.connection.fetch(
        f"{_SELECT} where {' and '.join(where)} order by n.created_at desc, n.id desc limit {limit + 1}",
        *values,
    )
    items = [NoticeView(*row.values()) for row in rows[:limit]]
    last = items[-1] if len(rows) > limit else None
    end = write_cursor(last.created_at.isoformat().encode(), last.id.bytes) if last else None
    return NoticePage(items, end)


async def notice(unit: Unit, wanted: UUID, *, lock: bool = False) -> NoticeView:
    """Give one notice, locked for an answer if asked. Raises NoticeNotFound."""
    seen = _SAID if unit.who.org is not None else "$1::timestamptz is not null"
    hold = " for update of n" if lock else ""
    row = await unit.connection.fetchrow(f"{_SELECT} where n.id = $2 and {seen}{hold}", unit.at, wanted)
    if row is None:
        raise NoticeNotFound
    return NoticeView(*row.values())


async def answers_to(unit: Unit, notices: Sequence[UUID]) -> dict[UUID, list[AnswerView]]:
    """Give the answers to notices, oldest first."""
    rows = await unit.connection.fetch(
        "select notice_id, answer, comment, via, at from notice_answer where notice_id = any($1) order by at, id",
        list(notices),
    )
    found: dict[UUID, list[AnswerView]] = {}
    for row in rows:
        found.setdefault(row["notice_id"], []).append(
            AnswerView(row["answer"], row["comment"], row["via"], row["at"])
        )
    return found


async def newer_than(unit: Unit, view: NoticeView) -> UUID | None:
    """Find the current notice of the same recipient, if it is another one."""
    found: UUID | None = await unit.connection.fetchval(
        "select id from notice n where recipient_id = $2 and state in ('pending', 'sent') and id <> $3"  # noqa: S608 -- constants
        f" and {_SAID} limit 1",
        unit.at,
        view.recipient,
        view.id,
    )
    return found
