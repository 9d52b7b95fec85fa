"""Pages of reviews: what compliance owes after broken glass, and the finding that closes it."""

from datetime import timedelta
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.approvals.actions import OwnReview, ReviewClosed, close_review
from portal.approvals.forms import MAX_WORDS, read_finding
from portal.approvals.pages import Page, said
from portal.approvals.reviews import Review, find_reviews, read_review
from portal.approvals.rules import FINDINGS
from portal.approvals.words import FINDINGS as FINDING_NAMES
from portal.desk.rules import how_urgent
from portal.desk.words import URGENCIES
from portal.passengers.words import FIELD_NAMES, PURPOSE_NAMES, ROLE_NAMES
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner
from portal.web.refusals import FormRefused
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import unit_of
from portal.web.views import record_view

REVIEWS = frozenset({"compliance"})
WARN = timedelta(hours=4)


async def _page(
    request: Any,
    *,
    status: int = 200,
    failed: Review | None = None,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    problem: str = "",
) -> Page:
    unit = unit_of(request)
    found = await find_reviews(unit)
    if found:
        people = sorted({one.subject for one in found})
        await record_view(unit, "approvals:list:viewed", field="approval", tier="masked", members=people)
    return page(
        request,
        "approvals/reviews.html",
        status=status,
        reviews=found,
        now=unit.at,
        urgency=lambda one: how_urgent(None if one.closed_at else one.due_at, unit.at, WARN),
        urgencies=URGENCIES,
        may=lambda one: (
            one.closed_at is None and unit.who.account != one.asker and unit.who.account not in one.approvers
        ),
        findings=FINDING_NAMES,
        finding_codes=FINDINGS,
        field_names=FIELD_NAMES,
        purpose_names=PURPOSE_NAMES,
        role_names=ROLE_NAMES,
        failed=failed.id if failed else None,
        values=values or {},
        errors=said(request, errors or {}),
        problem=problem,
        done=request.query_params.get("done", ""),
        longest=MAX_WORDS,
    )


@get("/approvals/reviews", opt=allow(REVIEWS), name="reviews", include_in_schema=False)
async def reviews_page(request: Request[Any, Any, Any]) -> Page:
    """List reviews, those still owed at the top. One entry names everybody they are about."""
    return await _page(request)


@post("/approvals/reviews/{wanted:str}", opt=allow(REVIEWS), include_in_schema=False)
async def add_finding(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Close a review with a finding; what is refused is said on the page."""
    unit = unit_of(request)
    fields = await submitted(request, longest=MAX_WORDS + 1)
    review = await read_review(unit, inner(unit.settings.region, wanted))
    try:
        await close_review(unit, review, read_finding(fields))
    except FormRefused as refused:
        return await _page(request, status=422, failed=review, values=fields, errors=refused.errors)
    except (OwnReview, ReviewClosed) as refused:
        problem = sentence(language_of(request), refused.code)
        return await _page(request, status=refused.status, problem=problem)
    return Redirect(address(request, "/approvals/reviews?done=closed"), status_code=303)


PAGES = [reviews_page, add_finding]
