"""What happens to a value while it is shown, as web tells it."""

from __future__ import annotations

from uuid import UUID

from security.keeper.caller import Caller
from security.keeper.messages import Done
from security.keeper.sight_messages import RecordCopy


class SightCalls(Caller):
    """What happens to a value while it is shown, as web tells it."""

    async def record_copy(self, token: str, request: UUID, subject: UUID, index: int) -> None:
        """Record a copy of what one has just opened, before it is made. Refusal: `passengers:not_shown`."""
        await self._ask(RecordCopy(token, request, subject, index), Done)
