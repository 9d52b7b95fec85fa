"""Starting in the ledger from a person, as web asks for it."""

from __future__ import annotations

from uuid import UUID

from security.keeper.caller import Caller
from security.keeper.subject_messages import OpenSubject, SubjectOpened


class SubjectCalls(Caller):
    """Starting in the ledger from a person, as web asks for it."""

    async def open_subject(
        self,
        token: str,
        request: UUID,
        subject: UUID,
        purpose: str,
        reason: str,
        before: int | None = None,
        limit: int = 50,
    ) -> SubjectOpened:
        """Give a passenger's pseudonym and entries; that it was asked is an entry before this returns.

        Refusals: `oversight:compliance_only`, `passengers:purpose_not_allowed`, `oversight:reason_required`.
        """
        ask = OpenSubject(token, request, subject, purpose, reason, before, limit)
        return await self._ask(ask, SubjectOpened)
