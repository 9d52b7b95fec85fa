"""The API of access reviews: list, one with its people, attesting and signing."""

from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody

from portal.attestations.actions import attest, sign
from portal.attestations.forms import read_attestation
from portal.attestations.pages import line_of
from portal.attestations.queries import Review, find_reviews, read_review
from portal.attestations.rules import SEES, SIGNERS
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view

TAGS = ["access reviews"]
BASE = "/api/v1/access-reviews"


class LineOut(msgspec.Struct, frozen=True):
    """Somebody who holds the role; `opened` are values opened in the month."""

    id: str
    code: str
    name: str
    since: datetime
    last_used_at: datetime | None
    opened: int
    decision: str | None
    to_role: str | None
    words: str
    decided_by: str | None
    decided_at: datetime | None
    done_at: datetime | None


class ReviewOut(msgspec.Struct, frozen=True):
    """A review of a role for a month; `snapshot` is the ledger's commitment. Lists leave `lines` empty."""

    id: str
    month: date
    role: str
    owner: str | None
    opened_at: datetime
    due_at: datetime
    snapshot: str
    people: int
    attested: int
    signed_at: datetime | None
    signed_by: str | None
    lines: list[LineOut]


class ReviewList(msgspec.Struct, frozen=True):
    """Reviews, those not signed first."""

    items: list[ReviewOut]
    next: str | None


class AttestationIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of a person: keep, remove (words), or change (to_role, words)."""

    decision: str = ""
    to_role: str | None = None
    words: str = ""


def _out(unit: Unit, review: Review) -> ReviewOut:
    region = unit.settings.region
    lines = [
        LineOut(
            outer(region, line.id),
            line.code,
            line.name,
            line.since,
            line.last_used_at,
            line.opened,
            line.decision,
            line.to_role,
            line.words,
            line.decided_name,
            line.decided_at,
            line.done_at,
        )
        for line in review.lines
    ]
    return ReviewOut(
        id=outer(region, review.id),
        month=review.month,
        role=review.role,
        owner=review.owner_name,
        opened_at=review.opened_at,
        due_at=review.due_at,
        snapshot=review.digest,
        people=review.people,
        attested=review.attested,
        signed_at=review.signed_at,
        signed_by=review.signed_name,
        lines=lines,
    )


async def _one(unit: Unit, wanted: str) -> Review:
    return await read_review(unit, inner(unit.settings.region, wanted))


@get(BASE, opt=allow(SEES), tags=TAGS)
async def list_reviews(request: Request[Any, Any, Any]) -> ReviewList:
    """List access reviews: all for compliance and administrators, one's own for owners of roles."""
    unit = unit_of(request)
    await record_view(unit, "attestations:list:viewed", field="access", tier="clear")
    return ReviewList([_out(unit, review) for review in await find_reviews(unit)], None)


@get(f"{BASE}/{{wanted:str}}", opt=allow(SEES), tags=TAGS)
async def one_review(request: Request[Any, Any, Any], wanted: FromPath[str]) -> ReviewOut:
    """Give one with its people."""
    unit = unit_of(request)
    found = await _one(unit, wanted)
    await record_view(unit, "attestations:review:viewed", field="access", tier="clear", reference=wanted)
    return _out(unit, found)


@post(f"{BASE}/{{wanted:str}}/lines/{{line:str}}", opt=allow(SEES), tags=TAGS, status_code=200)
async def attest_line(
    request: Request[Any, Any, Any],
    wanted: FromPath[str],
    line: FromPath[str],
    data: JSONBody[AttestationIn],
) -> ReviewOut:
    """Attest one person's access."""
    unit = unit_of(request)
    review = await _one(unit, wanted)
    known = line_of(review, unit.settings.region, line)
    await attest(unit, review, known, read_attestation(msgspec.to_builtins(data), review.role))
    return _out(unit, await _one(unit, wanted))


@post(f"{BASE}/{{wanted:str}}/signature", opt=allow(SIGNERS), tags=TAGS, status_code=201)
async def sign_review(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Response[ReviewOut]:
    """Sign a review; needs a step-up where accesses end."""
    unit = unit_of(request)
    review = await _one(unit, wanted)
    await sign(unit, review)
    return Response(
        _out(unit, await _one(unit, wanted)), status_code=201, headers={"location": f"{BASE}/{wanted}"}
    )


API = [list_reviews, one_review, attest_line, sign_review]
