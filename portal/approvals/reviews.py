"""Reviews of broken glass: opened by the worker at once, owed by compliance within a day, closed by a finding."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.passengers.queries import names_of
from portal.web.refusals import Refusal
from portal.web.unit import Unit


class ReviewNotFound(Refusal):
    """No such review."""

    code = "approvals:review_not_found"
    status = 404


@dataclass(slots=True)
class Review:
    """A review, with what was asked for and whether it was opened."""

    id: UUID
    org: UUID
    opened_at: datetime
    due_at: datetime
    told_at: datetime | None
    finding: str | None
    words: str
    language: str | None
    reviewer: str | None
    closed_at: datetime | None
    asker: UUID
    requester: str
    locale: str
    role: str
    purpose: str
    reason: str
    used: bool
    subject: UUID
    field: str
    approvers: list[UUID]
    person: str = ""


_SELECT = (
    "select v.id, v.org_id, v.opened_at, v.due_at, v.told_at, v.finding, v.words, v.language, v.reviewer_name,"
    " v.closed_at, r.account_id, r.requester, r.locale, r.role, r.purpose, r.reason, r.opened > 0,"
    " i.subject_id, i.field, array(select account_id from gate.approval_vote_list where request_id = v.id)"
    " from break_glass_review v join gate.approval_list r on r.id = v.id"
    " join gate.approval_item_list i on i.request_id = v.id"
)


async def find_reviews(unit: Unit, *, limit: int = 200) -> list[Review]:
    """List reviews: those still owed first, what is due first at the top."""
    rows = await unit.connection.fetch(
        f"{_SELECT} order by v.closed_at nulls first, case when v.closed_at is null then v.due_at end, v.opened_at desc"
        f" limit {limit}"
    )
    return await _named(rows)


async def read_review(unit: Unit, wanted: UUID) -> Review:
    """Give one review. Raises ReviewNotFound."""
    rows = await unit.connection.fetch(f"{_SELECT} where v.id = $1", wanted)
    if not rows:
        raise ReviewNotFound
    return (await _named(rows))[0]


async def owed_reviews(connection: Any) -> int:
    """Count the reviews that compliance owes."""
    count: int = await connection.fetchval("select count(*) from break_glass_review where closed_at is null")
    return count


async def _named(rows: list[Any]) -> list[Review]:
    found = [Review(*row.values()) for row in rows]
    names = await names_of(list({one.subject for one in found}))
    for one in found:
        one.person = names.get(one.subject, "")
    return found
