"""The client's own approval: when an organisation wants to be asked before its people's values are opened."""

from typing import Any

from litestar import Request, get, post
from litestar.response import Redirect

from portal.approvals.pages import Page, reading, said
from portal.approvals.queries import ClientRule, client_rule
from portal.passengers.words import PURPOSE_NAMES, ROLE_NAMES
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.refusals import NotFound
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import unit_of
from security.keeper.client import KeeperRefused
from security.policy.approvals import APPROVALS

SETS = frozenset({"client_admin"})


async def _rule(request: Any) -> ClientRule:
    unit = unit_of(request)
    if unit.who.org is None:
        raise NotFound
    return await client_rule(unit, unit.who.org)


def _form(
    request: Any,
    rule: ClientRule,
    *,
    status: int = 200,
    problem: str = "",
    errors: dict[str, str] | None = None,
) -> Page:
    return page(
        request,
        "approvals/rule.html",
        status=status,
        rule=rule,
        roles=APPROVALS.client_roles,
        purposes=APPROVALS.client_purposes,
        role_names=ROLE_NAMES,
        purpose_names=PURPOSE_NAMES,
        exempt=[code for code in PURPOSE_NAMES if code not in APPROVALS.client_purposes],
        stepped_up=unit_of(request).who.step_up_until is not None,
        problem=problem,
        errors=said(request, errors or {}),
        done=request.query_params.get("done", ""),
    )


@get("/approvals/rule", opt=allow(SETS), include_in_schema=False)
async def rule_page(request: Request[Any, Any, Any]) -> Page:
    """Show when the own organisation is asked."""
    return _form(request, await _rule(request))


@post("/approvals/rule", opt=allow(SETS, outside=True), include_in_schema=False)
async def set_rule(request: Request[Any, Any, Any]) -> Page:
    """Change it; the keeper writes it down, and nobody else can."""
    unit = unit_of(request)
    fields = await submitted(request)
    wanted = fields.get("asks")
    on = wanted == "on"
    roles = [code for code in APPROVALS.client_roles if on and f"role-{code}" in fields]
    purposes = [code for code in APPROVALS.client_purposes if on and f"purpose-{code}" in fields]
    typed = ClientRule(tuple(roles), tuple(purposes))
    if wanted not in {"on", "off"} or (on and not (roles and purposes)):
        return _form(request, typed, status=422, problem=sentence(language_of(request), "approvals:bad_rule"))
    try:
        if fields.get("password"):
            await unit.keeper.step_up(unit.credential, unit.request, fields["password"])
        await unit.keeper.set_client_rule(unit.credential, unit.request, roles, purposes)
    except KeeperRefused as refused:
        wrong = refused.code == "security:wrong_password"
        problem = "" if wrong else sentence(language_of(request), refused.code, refused.fields)
        errors = {"password": refused.code} if wrong else {}
        return _form(request, typed, status=refused.status, problem=problem, errors=errors)
    async with reading(unit):
        rule = await _rule(request)
    done = "on" if rule.roles else "off"
    return Redirect(address(request, f"/approvals/rule?done={done}"), status_code=303)


PAGES = [rule_page, set_rule]
