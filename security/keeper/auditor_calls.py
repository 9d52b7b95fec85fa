"""External auditors, as web and worker ask for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from security.keeper.auditor_messages import (
    AcceptInvitation,
    AuditorInvited,
    ExtendAuditor,
    InvitationIssued,
    InviteAuditor,
    IssueInvitation,
    RevokeAuditor,
)
from security.keeper.caller import Caller
from security.keeper.messages import Done


class AuditorCalls(Caller):
    """External auditors. Refusals of all but compliance: `auditors:not_yours`, and `…:step_up_required`."""

    async def invite_auditor(self, token: str, request: UUID, **whom: Any) -> UUID:
        """Open an account; `whom` are the other fields of `InviteAuditor`.

        Refusals: `security:account_exists`, `auditors:bad_window`, `auditors:bad_scope`.
        """
        return (await self._ask(InviteAuditor(token, request, **whom), AuditorInvited)).account

    async def extend_auditor(self, token: str, request: UUID, account: UUID, ends_at: datetime) -> None:
        """Let somebody in for longer. Refusals: `auditors:no_such_auditor`, `auditors:bad_window`."""
        await self._ask(ExtendAuditor(token, request, account, ends_at), Done)

    async def revoke_auditor(self, token: str, request: UUID, account: UUID) -> None:
        """Shut somebody out at once. Refusal: `auditors:no_such_auditor`."""
        await self._ask(RevokeAuditor(token, request, account), Done)

    async def issue_invitation(self, request: UUID, account: UUID) -> str:
        """Give a token for a mail. Refusal: `auditors:invitation_not_valid`."""
        return (await self._ask(IssueInvitation(request, account), InvitationIssued)).token

    async def accept_invitation(self, token: str, request: UUID, address: str, password: str) -> None:
        """Choose a password. Refusals: `auditors:invitation_not_valid`, `auditors:password_too_short`."""
        await self._ask(AcceptInvitation(token, request, address, password), Done)
