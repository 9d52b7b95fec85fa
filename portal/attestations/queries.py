"""What may be asked about access reviews: rows by row-level security."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from portal.attestations.rules import Stands, may_attest, what_forbids_attesting, what_forbids_signing
from portal.attestations.rules import Who as Somebody
from portal.web.refusals import Refusal
from portal.web.unit import Unit


class ReviewNotFound(Refusal):
    """No such access review, or none that this person may see."""

    code = "attestations:not_found"
    status = 404


@dataclass(slots=True)
class Line:
    """Somebody who holds the role."""

    id: UUID
    account: UUID
    code: str
    name: str
    email: str
    since: datetime
    last_used_at: datetime | None
    opened: int
    decision: str | None
    to_role: str | None
    words: str
    decided_by: UUID | None
    decided_name: str | None
    decided_at: datetime | None
    done_at: datetime | None
    done_name: str | None

    @property
    def stands(self) -> Stands:
        """How it stands, for the rules."""
        return Stands(self.account, self.decision, self.decided_by, self.done_at is not None)


@dataclass(slots=True)
class Review:
    """A review of a role for a month; lists leave `lines` empty."""

    id: UUID
    month: date
    role: str
    owner: UUID | None
    owner_name: str | None
    opened_at: datetime
    due_at: datetime
    digest: str
    signed_at: datetime | None
    signed_by: UUID | None
    signed_name: str | None
    people: int
    attested: int
    removed: int
    lines: list[Line] = field(default_factory=list)

    def forbids_attesting(self, who: Somebody, line: Line) -> str | None:
        """Name what forbids somebody to attest a line."""
        return what_forbids_attesting(
            who, self.role, self.owner, line.stands, signed=self.signed_at is not None
        )

    def forbids_signing(self, who: Somebody) -> str | None:
        """Name what forbids somebody to sign."""
        stands = [line.stands for line in self.lines]
        return what_forbids_signing(who, self.role, stands, signed=self.signed_at is not None)

    def is_for(self, who: Somebody) -> bool:
        """Say whether somebody attests it."""
        return may_attest(who, self.role, self.owner)


@dataclass(frozen=True, slots=True)
class Change:
    """A role that a signed review wants changed, and nobody has changed yet."""

    id: UUID
    review: UUID
    name: str
    code: str
    role: str
    to_role: str
    words: str
    decided_at: datetime


_REVIEW = (
    "select r.id, r.month, r.role, r.owner_id, r.owner_name, r.opened_at, r.due_at, r.digest, r.signed_at, r.signed_by,"
    " r.signed_name, count(l.id), count(l.decision), count(*) filter (where l.decision = 'remove') from access_review r"
    " left join access_line l on l.review_id = r.id"
)
_LINE = (
    "select id, account_id, code, name, email, since, last_used_at, opened, decision, to_role, words, decided_by,"
    " decided_name, decided_at, done_at, done_name from access_line where review_id = $1 order by name, id"
)


def somebody(unit: Unit) -> Somebody:
    """Give the actor as the rules know him."""
    return Somebody(unit.who.account, unit.who.role)


async def find_reviews(unit: Unit, *, limit: int = 200) -> list[Review]:
    """List reviews: those not signed first, what is due first at the top."""
    rows = await unit.connection.fetch(
        f"{_REVIEW} group by r.id order by r.signed_at is not null, case when r.signed_at is null then r.due_at end,"
        f" r.month desc, r.role limit {limit}"
    )
    return [Review(*row.values()) for row in rows]


async def read_review(unit: Unit, wanted: UUID) -> Review:
    """Give one with its lines. Raises ReviewNotFound."""
    row = await unit.connection.fetchrow(f"{_REVIEW} where r.id = $1 group by r.id", wanted)
    if row is None:
        raise ReviewNotFound
    review = Review(*row.values())
    review.lines = [Line(*one.values()) for one in await unit.connection.fetch(_LINE, wanted)]
    return review


async def open_changes(unit: Unit) -> list[Change]:
    """List the roles that signed reviews want changed."""
    rows = await unit.connection.fetch(
        "select l.id, l.review_id, l.name, l.code, r.role, l.to_role, l.words, l.decided_at from access_line l"
        " join access_review r on r.id = l.review_id where l.decision = 'change' and l.done_at is null"
        " and r.signed_at is not null order by l.decided_at, l.id"
    )
    return [Change(*row.values()) for row in rows]


async def owners(unit: Unit) -> dict[str, tuple[UUID, str]]:
    """Give whose each role is, as far as somebody was named."""
    rows = await unit.connection.fetch("select role, account_id, name from access_owner")
    return {row["role"]: (row["account_id"], row["name"]) for row in rows}


async def staff(unit: Unit) -> list[Any]:
    """List who may be named the owner of a role."""
    rows: list[Any] = await unit.connection.fetch(
        "select id, name, role from gate.access_holder where role <> 'auditor' order by name, id"
    )
    return rows
