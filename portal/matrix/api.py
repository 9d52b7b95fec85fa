"""The API of the matrix: the version in force, its history, proposals and decisions."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody

from portal.matrix.queries import ANSWERS_FOR, Past, Proposal, history, in_force, proposal, proposals
from portal.web.gate import ANYBODY, allow
from portal.web.idempotency import spend
from portal.web.ids import inner, outer
from portal.web.in_force import matrix_of
from portal.web.unit import Unit, unit_of
from security.policy.change import PROPOSERS
from security.policy.places import PLACES
from security.policy.rule import Rule
from security.policy.versions import rule_text

TAGS = ["matrix"]
BASE = "/api/v1/matrix"


class RuleShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a role may see of a group of fields: tier, and if it may be opened: for what, how and where."""

    tier: Literal["hidden", "masked", "clear"]
    purposes: list[str] = []
    window: bool = False
    second_person: bool = False
    own: bool = False
    places: list[str] = msgspec.field(default_factory=lambda: list(PLACES))


class GroupOut(msgspec.Struct, frozen=True):
    """A row: its fields, and the rule of each role."""

    code: str
    fields: list[str]
    cells: dict[str, RuleShape]


class MatrixOut(msgspec.Struct, frozen=True):
    """The version that binds the caller; `digest` is the SHA-256 that stands in the ledger."""

    version: int
    digest: str
    since: datetime | None
    groups: list[GroupOut]


class DifferenceOut(msgspec.Struct, frozen=True):
    """What differs in one cell, in codes."""

    group: str
    role: str
    aspect: str
    before: str
    after: str


class VersionOut(msgspec.Struct, frozen=True):
    """A version: what it changed, and the ledger's entry that put it into force."""

    version: int
    digest: str
    at: datetime
    entry: int
    differences: list[DifferenceOut]
    proposal: str | None


class VersionList(msgspec.Struct, frozen=True):
    """Versions, newest first."""

    items: list[VersionOut]
    next: str | None


class ProposalIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cell as it shall be, and why."""

    group: str
    role: str
    rule: RuleShape
    reason: str


class ProposalOut(msgspec.Struct, frozen=True):
    """A proposal and how it stands: waiting, applied, rejected, withdrawn or expired."""

    id: str
    group: str
    role: str
    was: RuleShape
    rule: RuleShape
    reason: str
    state: str
    proposed_at: datetime
    expires_at: datetime
    decided_at: datetime | None


class ProposalList(msgspec.Struct, frozen=True):
    """Proposals, newest first."""

    items: list[ProposalOut]
    next: str | None


class DecisionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a second person decides; withdrawing is the proposer's."""

    decision: Literal["approve", "reject", "withdraw"]


def _rule(rule: Rule) -> RuleShape:
    return RuleShape(
        rule.tier, list(rule.purposes), rule.window, rule.second_person, rule.own, list(rule.places)
    )


def _version(unit: Unit, past: Past) -> VersionOut:
    changes = [DifferenceOut(c.group, c.role, c.aspect, c.before, c.after) for c in past.differences]
    named = outer(unit.settings.region, past.proposal) if past.proposal else None
    return VersionOut(past.number, past.digest, past.at, past.entry, changes, named)


def _proposal(unit: Unit, found: Proposal) -> ProposalOut:
    return ProposalOut(
        outer(unit.settings.region, found.id),
        found.group,
        found.role,
        _rule(found.was),
        _rule(found.rule),
        found.reason,
        found.state_at(unit.at),
        found.proposed_at,
        found.expires_at,
        found.decided_at,
    )


@get(BASE, opt=allow(ANYBODY), tags=TAGS)
async def read_matrix(request: Request[Any, Any, Any]) -> MatrixOut:
    """Give the whole matrix that binds the caller now."""
    unit = unit_of(request)
    version = await in_force(unit)
    groups = [
        GroupOut(group.code, list(group.fields), {role: _rule(rule) for role, rule in group.rules.items()})
        for group in matrix_of(unit.who).groups
    ]
    return MatrixOut(version.number, version.digest, version.since, groups)


@get(f"{BASE}/versions", opt=allow(ANSWERS_FOR), tags=TAGS)
async def list_versions(request: Request[Any, Any, Any]) -> VersionList:
    """List the versions, newest first, each with what it changed."""
    unit = unit_of(request)
    return VersionList([_version(unit, past) for past in await history(unit)], None)


@get(f"{BASE}/proposals", opt=allow(ANSWERS_FOR), tags=TAGS)
async def list_proposals(request: Request[Any, Any, Any]) -> ProposalList:
    """List what was proposed, newest first."""
    unit = unit_of(request)
    return ProposalList([_proposal(unit, found) for found in await proposals(unit)], None)


@post(f"{BASE}/proposals", opt=allow(PROPOSERS, outside=True), tags=TAGS, status_code=201)
async def add_proposal(request: Request[Any, Any, Any], data: JSONBody[ProposalIn]) -> Response[ProposalOut]:
    """Propose another rule for one cell; nothing changes until a second person approves. A used key is 409."""
    unit = unit_of(request)
    given = data.rule
    rule = Rule(
        given.tier,
        tuple(given.purposes),
        given.window,
        given.second_person,
        given.own,
        tuple(given.places),
    )
    await spend(request, unit)
    made = await unit.keeper.propose_rule(
        unit.credential, unit.request, data.group, data.role, rule_text(rule), data.reason
    )
    async with unit.short() as connection:
        found = await proposal(connection, made)
    where = f"{BASE}/proposals/{outer(unit.settings.region, made)}"
    return Response(_proposal(unit, found), status_code=201, headers={"location": where})


@get(f"{BASE}/proposals/{{wanted:str}}", opt=allow(ANSWERS_FOR), tags=TAGS)
async def read_proposal(request: Request[Any, Any, Any], wanted: FromPath[str]) -> ProposalOut:
    """Give one proposal."""
    unit = unit_of(request)
    return _proposal(unit, await proposal(unit.connection, inner(unit.settings.region, wanted)))


@post(
    f"{BASE}/proposals/{{wanted:str}}/decisions",
    opt=allow(PROPOSERS, outside=True),
    tags=TAGS,
    status_code=201,
)
async def add_decision(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[DecisionIn]
) -> ProposalOut:
    """Approve (after a step-up), reject or withdraw. A used key is 409."""
    unit = unit_of(request)
    known = inner(unit.settings.region, wanted)
    await spend(request, unit)
    await unit.keeper.decide_rule(unit.credential, unit.request, known, data.decision)
    async with unit.short() as connection:
        return _proposal(unit, await proposal(connection, known))


API = [read_matrix, list_versions, list_proposals, add_proposal, read_proposal, add_decision]
