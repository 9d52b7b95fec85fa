"""What is true of a one-time link: how far it is, and whether it can still be withdrawn. Pure."""

from dataclasses import dataclass
from datetime import datetime

LIVE = frozenset({"waiting", "sent", "undelivered", "opened"})
UNDELIVERED = frozenset({"bounced", "failed"})


@dataclass(frozen=True, slots=True)
class Course:
    """The instants of a link's life as far as they came, and what became of its mail."""

    expires_at: datetime
    opened_at: datetime | None
    completed_at: datetime | None
    withdrawn_at: datetime | None
    expired_at: datetime | None
    mail: str | None


def state_of(course: Course, at: datetime) -> str:
    """Say how far a link is: complete, withdrawn, expired, opened, sent, undelivered or waiting."""
    if course.completed_at:
        return "complete"
    if course.withdrawn_at:
        return "withdrawn"
    if course.expired_at or course.expires_at <= at:
        return "expired"
    if course.opened_at:
        return "opened"
    if course.mail in UNDELIVERED:
        return "undelivered"
    return "sent" if course.mail == "sent" else "waiting"


def may_withdraw(state: str) -> bool:
    """Whether there is still something to take back."""
    return state in LIVE
