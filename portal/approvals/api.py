"""The API of requests: ask, list, read, decide; and the client's own rule."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from portal.approvals.forms import NO_REASON, checked_words
from portal.approvals.pages import ASKS, TAKES_PART, WHICH, load, reading, take
from portal.approvals.queries import RequestView, client_rule, find_requests, read_request
from portal.approvals.rule_pages import SETS
from portal.web.cursors import read_limit
from portal.web.gate import allow
from portal.web.idempotency import spend
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused, NotFound
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.keeper.client import ApprovalItem

TAGS = ["approvals"]
BASE = "/api/v1/approvals"


class AskIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One field to be opened; without `document` the one that a reveal would choose. kind: reveal, break_glass."""

    passenger: str
    field: str
    purpose: str
    reference: str
    reason: str
    kind: str = "reveal"
    document: str | None = None


class DecisionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """approve, decline or withdraw, with a word to whoever asked."""

    decision: str
    words: str = ""


class ItemOut(msgspec.Struct, frozen=True):
    """One value that is asked for."""

    passenger: str
    field: str
    document: str
    opened_at: datetime | None


class VoteOut(msgspec.Struct, frozen=True):
    """Who decided what; `entry` is its index in the ledger."""

    need: str
    by: str
    role: str
    decision: str
    words: str
    at: datetime
    entry: int


class ApprovalOut(msgspec.Struct, frozen=True):
    """A request. Lists leave `items` and `decisions` empty."""

    id: str
    kind: str
    state: str
    purpose: str
    reference: str
    reason: str
    needs: list[str]
    by: str
    role: str
    org: str
    asked_at: datetime
    expires_at: datetime
    usable_until: datetime | None
    entry: int
    may_decide: bool
    items: list[ItemOut]
    decisions: list[VoteOut]


class ApprovalList(msgspec.Struct, frozen=True):
    """A page of requests."""

    items: list[ApprovalOut]
    next: str | None


class RuleIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which roles must ask, for which purposes; both empty: none."""

    roles: list[str]
    purposes: list[str]


class RuleOut(msgspec.Struct, frozen=True):
    """When the own organisation is asked."""

    roles: list[str]
    purposes: list[str]
    changed_at: datetime | None


def approval_out(unit: Unit, view: RequestView) -> ApprovalOut:
    """Write a request as the API shows it."""
    region = unit.settings.region
    return ApprovalOut(
        id=outer(region, view.id),
        kind=view.kind,
        state=view.stands,
        purpose=view.purpose,
        reference=outer(region, view.reference),
        reason=view.reason,
        needs=view.needs,
        by=view.requester,
        role=view.role,
        org=outer(region, view.org),
        asked_at=view.asked_at,
        expires_at=view.expires_at,
        usable_until=view.usable_until,
        entry=view.entry,
        may_decide=view.may,
        items=[
            ItemOut(outer(region, part.subject), part.field, outer(region, part.row), part.opened_at)
            for part in view.parts
        ],
        decisions=[VoteOut(v.need, v.name, v.role, v.decision, v.words, v.at, v.entry) for v in view.votes],
    )


@get(BASE, opt=allow(TAKES_PART), tags=TAGS)
async def list_approvals(
    request: Request[Any, Any, Any],
    which: FromQuery[str] = "waiting",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[str | None] = None,
) -> ApprovalList:
    """List requests: `?which=waiting` (for the caller), `mine`, or `all` that he may see."""
    unit = unit_of(request)
    if which not in WHICH:
        raise FormRefused({"which": "web:invalid"})
    found = await find_requests(unit, which, cursor=cursor, limit=read_limit(limit))
    if found.items:
        people = sorted({view.subject for view in found.items})
        await record_view(unit, "approvals:list:viewed", field="approval", tier="masked", members=people)
    return ApprovalList([approval_out(unit, view) for view in found.items], found.next)


@get(f"{BASE}/{{wanted:str}}", opt=allow(TAKES_PART), tags=TAGS)
async def one_approval(request: Request[Any, Any, Any], wanted: FromPath[str]) -> ApprovalOut:
    """Give one request with its values and decisions."""
    unit = unit_of(request)
    return approval_out(unit, await load(unit, wanted))


@post(BASE, opt=allow(ASKS, outside=True), tags=TAGS, status_code=201)
async def ask(request: Request[Any, Any, Any], data: JSONBody[AskIn]) -> Response[ApprovalOut]:
    """Ask others to agree. Refused in the order of reveals; 409 `approvals:not_needed` where nobody is needed."""
    unit, region = unit_of(request), unit_of(request).settings.region
    if data.kind not in {"reveal", "break_glass"}:
        raise FormRefused({"kind": "approvals:unknown_kind"})
    reason = checked_words(data.reason, "reason", needed=NO_REASON)
    row = inner(region, data.document) if data.document else None
    item = ApprovalItem(inner(region, data.passenger), data.field, row)
    await spend(request, unit)
    made = await unit.keeper.ask_approval(
        unit.credential, unit.request, data.kind, [item], data.purpose, data.reference, reason
    )
    async with reading(unit):
        view = await read_request(unit, made.id)
    headers = {"location": f"{BASE}/{outer(region, made.id)}"}
    return Response(approval_out(unit, view), status_code=201, headers=headers)


@post(f"{BASE}/{{wanted:str}}/decisions", opt=allow(TAKES_PART, outside=True), tags=TAGS, status_code=201)
async def decide(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[DecisionIn]
) -> ApprovalOut:
    """Approve or decline another's request (needs a step-up), or withdraw one's own."""
    unit = unit_of(request)
    approval = inner(unit.settings.region, wanted)
    words = checked_words(data.words, "words")
    await spend(request, unit)
    await take(unit, approval, data.decision, {"words": words})
    async with reading(unit):
        return approval_out(unit, await read_request(unit, approval))


async def _rule(unit: Unit) -> RuleOut:
    if unit.who.org is None:
        raise NotFound
    rule = await client_rule(unit, unit.who.org)
    return RuleOut(list(rule.roles), list(rule.purposes), rule.changed_at)


@get("/api/v1/approval-rule", opt=allow(SETS), tags=TAGS)
async def read_rule(request: Request[Any, Any, Any]) -> RuleOut:
    """Say when the own organisation is asked before its people's values are opened."""
    return await _rule(unit_of(request))


@put("/api/v1/approval-rule", opt=allow(SETS, outside=True), tags=TAGS)
async def set_rule(request: Request[Any, Any, Any], data: JSONBody[RuleIn]) -> RuleOut:
    """Change it; needs a step-up."""
    unit = unit_of(request)
    await unit.keeper.set_client_rule(unit.credential, unit.request, data.roles, data.purposes)
    async with reading(unit):
        return await _rule(unit)


API = [list_approvals, one_approval, ask, decide, read_rule, set_rule]
