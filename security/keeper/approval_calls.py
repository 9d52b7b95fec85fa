"""What needs more than one person, as web and worker ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from security.keeper.approval_messages import (
    ApprovalAsked,
    ApprovalDecided,
    ApprovalItem,
    Approve,
    AskApproval,
    GrantOpened,
    PresentGrant,
    SetClientRule,
    WithdrawApproval,
)
from security.keeper.caller import Caller
from security.vault.clear_text import ClearText


@dataclass(frozen=True, slots=True)
class Granted:
    """What a grant opened, by item; hidden from print, like the password of its file."""

    values: Mapping[UUID, ClearText]
    password: str = field(repr=False)


class ApprovalCalls(Caller):
    """What needs more than one person, as web and worker ask for it."""

    async def ask_approval(
        self,
        token: str,
        request: UUID,
        kind: str,
        items: Sequence[ApprovalItem],
        purpose: str,
        reference: str,
        reason: str,
        layout: str = "",
    ) -> ApprovalAsked:
        """Ask others to agree; refused in the order of the access matrix, or `approvals:not_needed`."""
        ask = AskApproval(token, request, kind, list(items), purpose, reference, reason, layout)
        return await self._ask(ask, ApprovalAsked)

    async def approve(
        self, token: str, request: UUID, approval: UUID, decision: str, words: str = ""
    ) -> ApprovalDecided:
        """Approve or decline; needs a step-up, and never one's own request."""
        return await self._ask(Approve(token, request, approval, decision, words), ApprovalDecided)

    async def withdraw_approval(self, token: str, request: UUID, approval: UUID) -> ApprovalDecided:
        """Take back one's own request."""
        return await self._ask(WithdrawApproval(token, request, approval), ApprovalDecided)

    async def set_client_rule(
        self, token: str, request: UUID, roles: Sequence[str], purposes: Sequence[str]
    ) -> ApprovalDecided:
        """Say what the own organisation wants to be asked about; needs a step-up."""
        ask = SetClientRule(token, request, list(roles), list(purposes))
        return await self._ask(ask, ApprovalDecided)

    async def present_grant(self, request: UUID, grant: UUID, ticket: str) -> Granted:
        """Open what an approved export lists, once. Refusal: `approvals:no_grant`."""
        opened = await self._ask(PresentGrant(request, grant, ticket), GrantOpened)
        return Granted({one.item: ClearText(one.value) for one in opened.items}, opened.password)
