"""Pages of access reviews: what is due, one review with its people, whose a role is, changes to be made."""

from datetime import timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.attestations.actions import attest, name_owner, note_change_made, sign
from portal.attestations.forms import MAX_WORDS, read_attestation
from portal.attestations.queries import (
    Line,
    Review,
    find_reviews,
    open_changes,
    owners,
    read_review,
    somebody,
    staff,
)
from portal.attestations.rules import DECISIONS, REVIEWED, SEES, SIGNERS, is_idle
from portal.attestations.words import DECISIONS as DECISION_NAMES
from portal.desk.rules import how_urgent
from portal.desk.words import URGENCIES
from portal.passengers.words import ROLE_NAMES
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner
from portal.web.refusals import FormRefused, NotFound, Refusal
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import unit_of
from portal.web.views import record_view
from security.keeper.client import KeeperRefused

Page = Response[Any]
WARN = timedelta(days=3)
NAMES_OWNERS = frozenset({"compliance"})


@get("/access-reviews", opt=allow(SEES), name="access-reviews", include_in_schema=False)
async def reviews_page(request: Request[Any, Any, Any]) -> Page:
    """List reviews, what is due first at the top."""
    return await _list(request)


async def _list(request: Any, *, status: int = 200, errors: dict[str, str] | None = None) -> Page:
    unit, tag = unit_of(request), language_of(request)
    found = await find_reviews(unit)
    await record_view(unit, "attestations:list:viewed", field="access", tier="clear")
    names = unit.who.role in NAMES_OWNERS
    return page(
        request,
        "attestations/list.html",
        status=status,
        open_reviews=[one for one in found if one.signed_at is None],
        signed_reviews=[one for one in found if one.signed_at is not None],
        changes=await open_changes(unit) if unit.who.role in SIGNERS else [],
        may_note=unit.who.role == "administrator",
        owners=await owners(unit) if names else {},
        staff=await staff(unit) if names else [],
        names_owners=names,
        roles=REVIEWED,
        role_names=ROLE_NAMES,
        urgency=lambda one: how_urgent(one.due_at, unit.at, WARN),
        urgencies=URGENCIES,
        is_for=lambda one: one.is_for(somebody(unit)),
        now=unit.at,
        errors={name: sentence(tag, code) for name, code in (errors or {}).items()},
        done=request.query_params.get("done", ""),
    )


@get("/access-reviews/{wanted:str}", opt=allow(SEES), include_in_schema=False)
async def review_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show one review: who holds the role, since when, last use, values opened, and what was attested."""
    return await _review(request, wanted)


async def _review(
    request: Any,
    wanted: str,
    *,
    status: int = 200,
    failed: str = "",
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    problem: str = "",
) -> Page:
    unit, tag = unit_of(request), language_of(request)
    review = await read_review(unit, inner(unit.settings.region, wanted))
    await record_view(unit, "attestations:review:viewed", field="access", tier="clear", reference=wanted)
    who = somebody(unit)
    return page(
        request,
        "attestations/one.html",
        status=status,
        review=review,
        may=lambda line: review.forbids_attesting(who, line) is None,
        forbids_signing=review.forbids_signing(who),
        idle=lambda line: is_idle(line.last_used_at, review.opened_at),
        urgency=how_urgent(review.due_at, unit.at, WARN),
        urgencies=URGENCIES,
        decisions=DECISIONS,
        decision_names=DECISION_NAMES,
        roles=[role for role in REVIEWED if role != review.role],
        role_names=ROLE_NAMES,
        now=unit.at,
        failed=failed,
        values=values or {},
        errors={name: sentence(tag, code) for name, code in (errors or {}).items()},
        problem=problem,
        longest=MAX_WORDS,
        done=request.query_params.get("done", ""),
    )


def line_of(review: Review, region: str, wanted: str) -> Line:
    """Find a line of a review. Raises NotFound."""
    known = inner(region, wanted)
    for line in review.lines:
        if line.id == known:
            return line
    raise NotFound


@post("/access-reviews/{wanted:str}/lines/{line:str}", opt=allow(SEES), include_in_schema=False)
async def attest_line(request: Request[Any, Any, Any], wanted: FromPath[str], line: FromPath[str]) -> Page:
    """Attest one person's access."""
    unit = unit_of(request)
    fields = await submitted(request, longest=MAX_WORDS + 1)
    review = await read_review(unit, inner(unit.settings.region, wanted))
    try:
        known = line_of(review, unit.settings.region, line)
        await attest(unit, review, known, read_attestation(fields, review.role))
    except FormRefused as refused:
        return await _review(request, wanted, status=422, failed=line, values=fields, errors=refused.errors)
    return Redirect(address(request, f"/access-reviews/{wanted}?done=attested#line-{line}"), status_code=303)


@post("/access-reviews/{wanted:str}/signing", opt=allow(SIGNERS), include_in_schema=False)
async def sign_review(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Sign a review with the password: what was to be removed ends now."""
    unit = unit_of(request)
    fields = await submitted(request)
    review = await read_review(unit, inner(unit.settings.region, wanted))
    try:
        await unit.keeper.step_up(unit.credential, unit.request, fields.get("password", ""))
        await sign(unit, review)
    except KeeperRefused as refused:
        if refused.code == "security:wrong_password":
            return await _review(request, wanted, status=refused.status, errors={"password": refused.code})
        problem = sentence(language_of(request), refused.code)
        return await _review(request, wanted, status=refused.status, problem=problem)
    except Refusal as refused:
        problem = sentence(language_of(request), refused.code)
        return await _review(request, wanted, status=refused.status, problem=problem)
    return Redirect(address(request, f"/access-reviews/{wanted}?done=signed"), status_code=303)


@post("/access-reviews/changes/{line:str}", opt=allow({"administrator"}), include_in_schema=False)
async def change_made(request: Request[Any, Any, Any], line: FromPath[str]) -> Page:
    """Note that a role was changed as a signed review wanted."""
    unit = unit_of(request)
    await submitted(request)
    await note_change_made(unit, inner(unit.settings.region, line))
    return Redirect(address(request, "/access-reviews?done=changed"), status_code=303)


@post("/access-reviews/owners", opt=allow(NAMES_OWNERS), include_in_schema=False)
async def set_owner(request: Request[Any, Any, Any]) -> Page:
    """Say whose a role is."""
    unit = unit_of(request)
    fields = await submitted(request)
    try:
        account = inner(unit.settings.region, fields["account"]) if fields.get("account") else None
        await name_owner(unit, fields.get("role", ""), account)
    except FormRefused as refused:
        return await _list(request, status=422, errors=refused.errors)
    return Redirect(address(request, "/access-reviews?done=owner"), status_code=303)


PAGES = [reviews_page, review_page, attest_line, sign_review, change_made, set_owner]
