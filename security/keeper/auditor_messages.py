"""External auditors: what compliance asks of the keeper about them, and what an invited person answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from security.keeper.gate_messages import Password
from security.keeper.messages import Line, Quiet, Token, Word

Codes = Annotated[list[Word], Meta(min_length=1, max_length=32)]


class InviteAuditor(Quiet, frozen=True, tag="invite_auditor"):
    """Open an account for somebody from outside: until when, and which part of the ledger. None: no limit."""

    token: Token
    request: UUID
    email: Line
    name: Line
    firm: Line
    locale: Word
    time_zone: Word
    starts_at: datetime
    ends_at: datetime
    rooms: Codes | None
    fields: Codes | None
    since: datetime | None
    until: datetime | None


class ExtendAuditor(Quiet, frozen=True, tag="extend_auditor"):
    """Let an external auditor in for longer."""

    token: Token
    request: UUID
    account: UUID
    ends_at: datetime


class RevokeAuditor(Quiet, frozen=True, tag="revoke_auditor"):
    """Shut an external auditor out at once, with all sessions."""

    token: Token
    request: UUID
    account: UUID


class IssueInvitation(Quiet, frozen=True, tag="issue_invitation"):
    """A token for the mail that invites; an earlier one ends."""

    request: UUID
    account: UUID


class AcceptInvitation(Quiet, frozen=True, tag="accept_invitation"):
    """Choose a password with the token of the mail; it works once."""

    token: Token
    request: UUID
    address: Word
    password: Password


class AuditorInvited(Quiet, frozen=True, tag="auditor_invited"):
    """An account that waits for its mail."""

    account: UUID


class InvitationIssued(Quiet, frozen=True, tag="invitation_issued"):
    """A token, told this once."""

    token: str


AuditorOperation = InviteAuditor | ExtendAuditor | RevokeAuditor | IssueInvitation | AcceptInvitation
AuditorAnswer = AuditorInvited | InvitationIssued
