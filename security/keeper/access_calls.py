"""Ending somebody's access, as web asks for it."""

from __future__ import annotations

from uuid import UUID

from security.keeper.access_messages import WithdrawAccess
from security.keeper.caller import Caller
from security.keeper.messages import Done


class AccessCalls(Caller):
    """Ending somebody's access."""

    async def withdraw_access(self, token: str, request: UUID, account: UUID, reference: str) -> None:
        """End an account of the staff. Refusals: `attestations:…`, `passengers:step_up_required`."""
        await self._ask(WithdrawAccess(token, request, account, reference), Done)
