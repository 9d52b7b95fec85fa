"""What is done with reviews: closed by a reviewer's finding. Requests and decisions are the keeper's to record."""

from portal.approvals.forms import FindingInput
from portal.approvals.reviews import Review
from portal.web.ids import outer
from portal.web.refusals import Refusal
from portal.web.unit import Unit


class ReviewClosed(Refusal):
    """Somebody has closed it already."""

    code = "approvals:review_closed"
    status = 409


class OwnReview(Refusal):
    """Whoever asked or approved does not review it as well."""

    code = "approvals:own_review"
    status = 403


async def close_review(unit: Unit, was: Review, given: FindingInput) -> None:
    """Close a review with a finding. Raises ReviewClosed, OwnReview."""
    me = unit.who.account
    if was.closed_at is not None:
        raise ReviewClosed
    if me == was.asker or me in was.approvers:
        raise OwnReview
    closed = await unit.connection.fetchval(
        "update break_glass_review set finding = $2, words = $3, language = $4, reviewer_id = $5,"
        " reviewer_name = $6, closed_at = $7"
        " where id = $1 and closed_at is null returning true",
        was.id,
        given.finding,
        given.words,
        unit.locale,
        me,
        unit.who.name,
        unit.at,
    )
    if not closed:
        raise ReviewClosed
    await unit.record(
        "approvals:review:closed",
        subject=was.subject,
        field=was.field,
        via=outer(unit.settings.region, was.id),
        document={"finding": given.finding},
    )
