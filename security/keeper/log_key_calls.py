"""The log's signing key, as operators work on it."""

from __future__ import annotations

from uuid import UUID

from security.keeper.caller import Caller
from security.keeper.log_key_messages import LogKeySeen, ReadLogKey, Step, TurnLogKey


class LogKeyCalls(Caller):
    """The ceremony of the log's key."""

    async def log_key(self, token: str, request: UUID) -> LogKeySeen:
        """Ask how it stands. Refusal: `security:not_an_operator`."""
        return await self._ask(ReadLogKey(token, request), LogKeySeen)

    async def turn_log_key(self, token: str, request: UUID, step: Step) -> LogKeySeen:
        """Do one step. Refusals: `security:not_an_operator`, `security:own_request`, `security:log_key_state`."""
        return await self._ask(TurnLogKey(token, request, step), LogKeySeen)
