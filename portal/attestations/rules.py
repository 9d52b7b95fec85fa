"""What is true of access reviews: who attests what, who signs, what is missing. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from security.actor import STAFF_ROLES

DECISIONS: Final = ("keep", "remove", "change")
REVIEWED: Final = tuple(sorted(STAFF_ROLES))
"""The roles that are reviewed: those of the house. Members of organisations are their client administrators'."""
SIGNERS: Final = frozenset({"compliance", "administrator"})
SEES: Final = frozenset({"sales", "service_agent", "operations", "finance"}) | SIGNERS
DUE: Final = timedelta(days=14)
IDLE: Final = timedelta(days=45)
"""Who has not used an access for so long is pointed out."""


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody before a review: account and role."""

    account: UUID
    role: str


@dataclass(frozen=True, slots=True)
class Stands:
    """How a line stands: whose access it is, what was decided, by whom, and whether it was carried out."""

    account: UUID
    decision: str | None
    decided_by: UUID | None
    done: bool


def month_before(at: datetime) -> date:
    """Give the first day of the month that is reviewed at an instant: the last one that is over."""
    first = at.date().replace(day=1)
    return (first - timedelta(days=1)).replace(day=1)


def month_after(month: date) -> date:
    """Give the first day of the next month."""
    return (month + timedelta(days=32)).replace(day=1)


def may_attest(who: Who, role: str, owner: UUID | None) -> bool:
    """Say whether somebody attests a role: its owner; without one, compliance, and for compliance the administrator."""
    if owner is not None:
        return who.account == owner
    return who.role == signing_role(role)


def signing_role(role: str) -> str:
    """Name the role that signs a review: compliance; its own is the administrator's."""
    return "administrator" if role == "compliance" else "compliance"


def what_forbids_attesting(
    who: Who, role: str, owner: UUID | None, line: Stands, *, signed: bool
) -> str | None:
    """Name the code of what forbids somebody to attest a line; None: nothing does."""
    hurdles = (
        (may_attest(who, role, owner), "attestations:not_yours"),
        (not signed, "attestations:signed_already"),
        (who.account != line.account, "attestations:own_access"),
    )
    return next((code for passed, code in hurdles if not passed), None)


def what_forbids_signing(who: Who, role: str, lines: Iterable[Stands], *, signed: bool) -> str | None:
    """Name the code of what forbids somebody to sign a review; None: nothing does."""
    held = list(lines)
    hurdles = (
        (who.role == signing_role(role), "attestations:not_yours"),
        (not signed, "attestations:signed_already"),
        (all(line.decision for line in held), "attestations:not_all_attested"),
        (
            all(line.account != who.account or line.decision == "keep" for line in held),
            "attestations:own_access",
        ),
    )
    return next((code for passed, code in hurdles if not passed), None)


def is_idle(last_used_at: datetime | None, at: datetime) -> bool:
    """Say whether an access was not used for so long that it is pointed out."""
    return last_used_at is None or last_used_at < at - IDLE
