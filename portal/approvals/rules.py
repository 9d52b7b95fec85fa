"""What is true of requests: how they stand now, who may decide, what may be asked for. Pure."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from security.policy.approvals import APPROVALS, BREAK_GLASS, CLIENT, CLIENT_APPROVER, REVEAL, SECOND_PERSON
from security.policy.rule import Matrix

WAITING: Final = "waiting"
EXPIRED: Final = "expired"
APPROVED: Final = "approved"
LAPSED: Final = "lapsed"
USED: Final = "used"
STATES: Final = (WAITING, APPROVED, USED, LAPSED, EXPIRED, "declined", "withdrawn")
FINDINGS: Final = ("justified", "unjustified", "unused")


def standing(
    state: str, expires_at: datetime, usable_until: datetime | None, *, used: bool, at: datetime
) -> str:
    """Say how a request stands now: one that waited too long has expired, an approval not used in time has lapsed."""
    if state == WAITING:
        return EXPIRED if expires_at <= at else WAITING
    if state != APPROVED:
        return state
    if used:
        return USED
    return LAPSED if usable_until is not None and usable_until <= at else APPROVED


def need_of(
    needs: Collection[str], given: Collection[str], approvers: Collection[str], *, role: str, of_client: bool
) -> str | None:
    """Say which open need this role can fill; `of_client`: the person belongs to the passengers' organisation."""
    left = [need for need in needs if need not in given]
    if CLIENT in left and role == CLIENT_APPROVER and of_client:
        return CLIENT
    return SECOND_PERSON if SECOND_PERSON in left and role in approvers else None


def may_decide(asker: UUID, me: UUID, need: str | None, stands: str) -> bool:
    """Whether this person may decide now: somebody else's request, an open need, and time left."""
    return asker != me and need is not None and stands == WAITING


def kinds_offered(
    role: str, field: str, client_asks: Collection[str], matrix: Matrix
) -> Mapping[str, tuple[str, ...]]:
    """Give the kinds of request that this role may make for a field, each with its purposes.

    `client_asks`: the purposes for which the passenger's organisation wants to be asked by this role.
    """
    rule = matrix.rule(role, field)
    asked = tuple(p for p in rule.purposes if not rule.own and (rule.second_person or p in client_asks))
    glass = APPROVALS.break_glass
    broken = glass.purposes if role in glass.asks and field in glass.fields else ()
    return {kind: purposes for kind, purposes in ((REVEAL, asked), (BREAK_GLASS, broken)) if purposes}
