"""What may be asked about requests: the gate's views show each role its own and those it may decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.approvals.rules import WAITING, may_decide, need_of, standing
from portal.passengers.queries import names_of
from portal.web.cursors import read_cursor, write_cursor
from portal.web.in_force import matrix_of
from portal.web.refusals import Refusal
from portal.web.unit import Unit
from security.fields import SCAN
from security.policy.approvals import EXPORT


class ApprovalNotFound(Refusal):
    """No such request, or none that this actor may see."""

    code = "approvals:not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class Item:
    """One value that is asked for."""

    id: UUID
    subject: UUID
    field: str
    row: UUID
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Vote:
    """Who decided what, and the entry that says so."""

    need: str
    account: UUID
    name: str
    locale: str
    role: str
    decision: str
    words: str
    at: datetime
    entry: int


@dataclass(slots=True)
class RequestView:
    """A request; `reason` and `salt` are for those who are party to it."""

    id: UUID
    kind: str
    account: UUID
    requester: str
    locale: str
    role: str
    org: UUID
    purpose: str
    reference: UUID
    reason: str
    salt: str
    needs: list[str]
    approvers: list[str]
    layout: str | None
    state: str
    asked_at: datetime
    expires_at: datetime
    usable_until: datetime | None
    ended_at: datetime | None
    entry: int
    items: int
    opened: int
    given: list[str] | None
    subject: UUID
    field: str
    row: UUID
    trip: str
    stands: str = ""
    need: str | None = None
    mine: bool = False
    may: bool = False
    person: str = ""
    parts: Sequence[Item] = ()
    votes: Sequence[Vote] = ()


_COLUMNS = (
    "select r.id, r.kind, r.account_id, r.requester, r.locale, r.role, r.org_id, r.purpose, r.reference_id, r.reason,"
    " r.salt, r.needs, r.approvers, r.layout, r.state, r.asked_at, r.expires_at, r.usable_until, r.ended_at, r.entry,"
    " r.items, r.opened, r.given, i.subject_id, i.field, i.row_id, coalesce(t.reference, '') as trip"
    " from gate.approval_list r left join trip t on t.id = r.reference_id cross join lateral ("
    "select subject_id, field, row_id from gate.approval_item_list where request_id = r.id order by id limit 1) i"
)
_WHICH = {
    "waiting": "r.state = 'waiting' and r.expires_at > $1 and r.account_id <> $2",
    "mine": "r.account_id = $2 and $1::timestamptz is not null",
    "all": "$1::timestamptz is not null and $2::uuid is not null",
}


@dataclass(frozen=True, slots=True)
class RequestPage:
    """One page of requests, and the cursor of the next."""

    items: list[RequestView]
    next: str | None


async def find_requests(unit: Unit, which: str, *, cursor: str | None = None, limit: int = 50) -> RequestPage:
    """Find requests, the newest first: those that wait for this person, the own, or all one may see."""
    after = read_cursor(cursor, 2)
    where, values = _WHICH[which], [unit.at, unit.who.account]
    if after:
        values += [datetime.fromisoformat(after[0].decode()), UUID(bytes=after[1])]
        where += " and (r.asked_at, r.id) < ($3, $4)"
    rows = await unit.connection.fetch(
        f"{_COLUMNS} where {where} order by r.asked_at desc, r.id desc limit {limit + 1}", *values
    )
    found = await _views(unit, rows[:limit])
    last = found[-1] if len(rows) > limit else None
    end = write_cursor(last.asked_at.isoformat().encode(), last.id.bytes) if last else None
    return RequestPage([view for view in found if which != "waiting" or view.may], end)


async def read_request(unit: Unit, wanted: UUID) -> RequestView:
    """Give one request with its values and votes. Raises ApprovalNotFound."""
    rows = await unit.connection.fetch(f"{_COLUMNS} where r.id = $1", wanted)
    if not rows:
        raise ApprovalNotFound
    (view,) = await _views(unit, rows)
    parts = await unit.connection.fetch(
        "select id, subject_id, field, row_id, opened_at from gate.approval_item_list where request_id = $1"
        " order by subject_id, field",
        wanted,
    )
    votes = await unit.connection.fetch(
        "select need, account_id, name, locale, role, decision, words, at, entry from gate.approval_vote_list"
        " where request_id = $1 order by at",
        wanted,
    )
    view.parts = [Item(*row.values()) for row in parts]
    view.votes = [Vote(*row.values()) for row in votes]
    return view


async def _views(unit: Unit, rows: Sequence[Any]) -> list[RequestView]:
    views = [RequestView(*row.values()) for row in rows]
    names = await names_of(list({view.subject for view in views}))
    for view in views:
        used = view.opened > 0 if view.kind == EXPORT else view.opened == view.items
        view.stands = standing(view.state, view.expires_at, view.usable_until, used=used, at=unit.at)
        view.mine = view.account == unit.who.account
        view.need = need_of(
            view.needs,
            view.given or (),
            view.approvers,
            role=unit.who.role,
            of_client=unit.who.org == view.org,
        )
        view.may = may_decide(view.account, unit.who.account, view.need, view.stands)
        view.person = names.get(view.subject, "")
    return views


async def waiting_for(unit: Unit) -> int:
    """Count the requests that wait for this person."""
    return len((await find_requests(unit, WAITING, limit=100)).items)


async def usable_of(unit: Unit) -> int:
    """Count one's own approved requests that can be used now."""
    count: int = await unit.connection.fetchval(
        "select count(*) from gate.approval_list where account_id = $1 and state = 'approved' and usable_until > $2"
        " and opened = 0",
        unit.who.account,
        unit.at,
    )
    return count


@dataclass(frozen=True, slots=True)
class ClientRule:
    """What an organisation wants to be asked about; no role means nothing."""

    roles: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    changed_by: str = ""
    changed_at: datetime | None = None

    def asks(self, role: str) -> tuple[str, ...]:
        """Give the purposes for which this role must ask."""
        return self.purposes if role in self.roles else ()


async def client_rule(unit: Unit, org: UUID) -> ClientRule:
    """Read the rule of an organisation; an empty one where there is none."""
    row = await unit.connection.fetchrow(
        "select roles, purposes, changed_by, changed_at from gate.client_rule_list where org_id = $1", org
    )
    if row is None:
        return ClientRule()
    return ClientRule(tuple(row["roles"]), tuple(row["purposes"]), row["changed_by"] or "", row["changed_at"])


async def document_of_scan(unit: Unit, subject: UUID, scan: UUID) -> UUID | None:
    """Give the document that a scan of this passenger shows, if there is one that this role may know of."""
    if matrix_of(unit.who).rule(unit.who.role, SCAN).tier == "hidden":
        return None
    found: UUID | None = await unit.connection.fetchval(
        "select document_id from document_scan where id = $1 and passenger_id = $2", scan, subject
    )
    return found
