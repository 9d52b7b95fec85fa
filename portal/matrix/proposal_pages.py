"""Pages of a change: a cell edited, its difference in plain words, and a second person's decision."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from i18n.catalogs import translations
from portal.matrix.forms import MAX_REASON, read_edit, read_reason
from portal.matrix.pages import WORDS, Page
from portal.matrix.queries import ANSWERS_FOR, Proposal, proposal
from portal.matrix.telling import tell
from portal.matrix.words import FAULTS
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.in_force import matrix_of
from portal.web.refusals import FormRefused, NotFound
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, unit_of
from security.fields import FIELDS
from security.keeper.client import KeeperRefused
from security.policy.change import (
    PROPOSERS,
    ChangeRefused,
    Edit,
    changed,
    differences,
    what_forbids,
)
from security.policy.places import PLACES
from security.policy.rule import Group, Matrix
from security.policy.versions import rule_text
from security.purposes import PURPOSES

DECISIONS = ("approve", "reject", "withdraw")


def _group(matrix: Matrix, code: str, role: str) -> Group:
    """Find the row that an edit is about; names and contact are not changed cell by cell."""
    group = matrix.group(code)
    if group is None or role not in group.rules or not any(name in FIELDS for name in group.fields):
        raise NotFound
    return group


def _form(
    request: Any,
    edit: Edit,
    *,
    errors: dict[str, str] | None = None,
    reason: str = "",
    problem: str = "",
    status: int = 200,
) -> Page:
    group = _group(matrix_of(unit_of(request).who), edit.group, edit.role)
    return page(
        request,
        "matrix/edit.html",
        status=status,
        edit=edit,
        group=group,
        purposes=PURPOSES,
        places=PLACES,
        errors={name: sentence(language_of(request), code) for name, code in (errors or {}).items()},
        reason=reason,
        problem=problem,
        longest=MAX_REASON,
        **WORDS,
    )


@get("/matrix/proposals/new", opt=allow(PROPOSERS), name="new_proposal", include_in_schema=False)
async def edit_page(request: Request[Any, Any, Any]) -> Page:
    """Show one cell as it is, to be edited; `?group=` and `?role=` say which."""
    code, role = request.query_params.get("group", ""), request.query_params.get("role", "")
    group = _group(matrix_of(unit_of(request).who), code, role)
    return _form(request, Edit(code, role, group.rules[role]))


@post("/matrix/proposals", opt=allow(PROPOSERS, outside=True), include_in_schema=False)
async def propose(request: Request[Any, Any, Any]) -> Page:
    """Show first what would change in plain words; propose it when that was seen."""
    unit = unit_of(request)
    fields = await submitted(request, longest=MAX_REASON + 1)
    edit = read_edit(fields)
    try:
        reason = read_reason(fields)
        after = changed(matrix_of(unit.who), edit)
    except FormRefused as refused:
        return _form(request, edit, errors=refused.errors, reason=fields.get("reason", ""), status=422)
    except ChangeRefused as refused:
        return _form(
            request, edit, reason=reason, problem=_said(request, refused.code, refused.fault), status=422
        )
    if fields.get("step") != "propose":
        told = tell(request, differences(matrix_of(unit.who), after))
        return page(
            request, "matrix/preview.html", edit=edit, told=told, reason=reason, fields=fields, **WORDS
        )
    try:
        made = await unit.keeper.propose_rule(
            unit.credential, unit.request, edit.group, edit.role, rule_text(edit.rule), reason
        )
    except KeeperRefused as refused:
        problem = _said(request, refused.code, str(refused.fields.get("fault", "")))
        return _form(request, edit, reason=reason, problem=problem, status=refused.status)
    return Redirect(
        address(request, f"/matrix/proposals/{outer(unit.settings.region, made)}"), status_code=303
    )


def _said(request: Any, code: str, fault: str) -> str:
    tag = language_of(request)
    return translations(tag).gettext(FAULTS[fault]) if fault in FAULTS else sentence(tag, code)


async def _load(unit: Unit, wanted: UUID) -> Proposal:
    async with unit.short() as connection:
        return await proposal(connection, wanted)


def _one(request: Any, found: Proposal, *, status: int = 200, problem: str = "", wrong: str = "") -> Page:
    unit = unit_of(request)
    matrix = matrix_of(unit.who)
    group = matrix.group(found.group)
    was = matrix.with_rule(found.group, found.role, found.was)
    state = found.state_at(unit.at)
    is_own = found.proposer_id == unit.who.account
    code = what_forbids(proposer=found.proposer_role, decider=unit.who.role, is_same=is_own)
    overtaken = state == "waiting" and (group is None or group.rules[found.role] != found.was)
    return page(
        request,
        "matrix/proposal.html",
        status=status,
        proposal=found,
        stands=state,
        told=tell(request, differences(was, was.with_rule(found.group, found.role, found.rule))),
        is_own=is_own,
        forbidden=sentence(language_of(request), code) if code else "",
        overtaken=overtaken,
        stepped_up=unit.who.step_up_until is not None,
        problem=problem,
        wrong=wrong,
        **WORDS,
    )


@get(
    "/matrix/proposals/{wanted:str}",
    opt=allow(ANSWERS_FOR, outside=True),
    name="proposal",
    include_in_schema=False,
)
async def proposal_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show what is proposed in plain words, by whom and why, and what may be decided."""
    unit = unit_of(request)
    return _one(request, await _load(unit, inner(unit.settings.region, wanted)))


@post("/matrix/proposals/{wanted:str}/decisions", opt=allow(PROPOSERS, outside=True), include_in_schema=False)
async def decide(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Approve with the password, reject or withdraw; the keeper decides whether that may be."""
    unit = unit_of(request)
    fields = await submitted(request)
    known = inner(unit.settings.region, wanted)
    decision = fields.get("decision", "")
    if decision not in DECISIONS:
        raise FormRefused({"decision": "web:invalid"})
    try:
        if fields.get("password"):
            await unit.keeper.step_up(unit.credential, unit.request, fields["password"])
        await unit.keeper.decide_rule(unit.credential, unit.request, known, decision)  # type: ignore[arg-type]
    except KeeperRefused as refused:
        said = _said(request, refused.code, str(refused.fields.get("fault", "")))
        found = await _load(unit, known)
        wrong = said if refused.code == "security:wrong_password" else ""
        return _one(request, found, status=refused.status, problem="" if wrong else said, wrong=wrong)
    return Redirect(address(request, f"/matrix/proposals/{wanted}"), status_code=303)


PAGES = [edit_page, propose, proposal_page, decide]
