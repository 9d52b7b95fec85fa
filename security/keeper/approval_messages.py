"""What needs more than one person: what is asked of the keeper, and what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from security.keeper.messages import Line, Quiet, Token, Word
from security.keeper.vault_messages import Reason

MAX_GRANTED: Final = 200

Words = Annotated[list[Word], Meta(max_length=16)]


class ApprovalItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value that is to be opened; without a row, the one that a reveal would choose now."""

    subject: UUID
    field: Line
    row: UUID | None = None


class AskApproval(Quiet, frozen=True, tag="ask_approval"):
    """Ask others to agree that exactly this may be opened. `kind`: reveal, break_glass, export (with a layout)."""

    token: Token
    request: UUID
    kind: Word
    items: Annotated[list[ApprovalItem], Meta(min_length=1, max_length=MAX_GRANTED)]
    purpose: Line
    reference: Line
    reason: Reason
    layout: Word = ""


class Approve(Quiet, frozen=True, tag="approve"):
    """Agree to a request, or decline it."""

    token: Token
    request: UUID
    approval: UUID
    decision: Word
    words: Reason = ""


class WithdrawApproval(Quiet, frozen=True, tag="withdraw_approval"):
    """Take back what one asked for; nothing of it opens any more."""

    token: Token
    request: UUID
    approval: UUID


class SetClientRule(Quiet, frozen=True, tag="set_client_rule"):
    """Say which roles and purposes the own organisation wants to be asked about; none: no longer."""

    token: Token
    request: UUID
    roles: Words
    purposes: Words


class PresentGrant(Quiet, frozen=True, tag="present_grant"):
    """Open what an approved export lists; the ticket shows that a worker asks."""

    request: UUID
    grant: UUID
    ticket: Token


class ApprovalAsked(Quiet, frozen=True, tag="approval_asked"):
    """It waits, for these, until then. `password` opens the file of an export, and is said here only."""

    id: UUID
    needs: list[str]
    expires_at: datetime
    password: str = ""


class ApprovalDecided(Quiet, frozen=True, tag="approval_decided"):
    """How the request stands now, and the entry that says what was decided."""

    state: str
    entry: int


class GrantedValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One opened value of a grant."""

    item: UUID
    value: str

    def __repr__(self) -> str:
        return f"<GrantedValue {self.item}>"


class GrantOpened(Quiet, frozen=True, tag="grant_opened"):
    """The values, each with its entry in the ledger, and the password that is to close the file."""

    items: list[GrantedValue]
    password: str


ApprovalOperation = AskApproval | Approve | WithdrawApproval | SetClientRule | PresentGrant
ApprovalAnswer = ApprovalAsked | ApprovalDecided | GrantOpened
