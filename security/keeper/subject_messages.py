"""Starting in the ledger from a person: what compliance asks of the keeper, and what it answers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from security.keeper.messages import Line, Quiet, Token
from security.keeper.trail_messages import TrailItem


class OpenSubject(Quiet, frozen=True, tag="open_subject"):
    """Tell under which pseudonym this passenger stands in the ledger, and in which entries."""

    token: Token
    request: UUID
    subject: UUID
    purpose: Line
    reason: Line
    before: int | None
    limit: Annotated[int, Meta(ge=1, le=100)]


class SubjectOpened(Quiet, frozen=True, tag="subject_opened"):
    """The pseudonym, and entries about whom it stands for, newest first."""

    pseudonym: str
    items: list[TrailItem]
    next: int | None


SubjectOperation = OpenSubject
SubjectAnswer = SubjectOpened
