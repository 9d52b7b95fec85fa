"""Signing in, stepping up and ending sessions, as web asks for them."""

from __future__ import annotations

from uuid import UUID

import uuid_utils.compat as uuids

from security.keeper.caller import Caller
from security.keeper.gate_messages import (
    EndSession,
    SignedIn,
    SignIn,
    SignOut,
    SignOutEverywhere,
    SteppedUp,
    StepUp,
)
from security.keeper.messages import Done


class GateCalls(Caller):
    """Signing in, stepping up and ending sessions, as web asks for them."""

    async def sign_in(
        self, email: str, password: str, device: str, address: str, request: UUID | None = None
    ) -> SignedIn:
        """Open a session. Refusals: `security:wrong_credentials`, `security:too_many_attempts`."""
        ask = SignIn(email, password, device, address, request or uuids.uuid7())
        return await self._ask(ask, SignedIn)

    async def sign_out(self, token: str, request: UUID) -> None:
        """End this session."""
        await self._ask(SignOut(token, request), Done)

    async def end_session(self, token: str, request: UUID, session: UUID) -> None:
        """End one of one's own sessions. Refusal: `security:session_not_found`."""
        await self._ask(EndSession(token, request, session), Done)

    async def sign_out_everywhere(self, token: str, request: UUID) -> None:
        """End all of one's own sessions."""
        await self._ask(SignOutEverywhere(token, request), Done)

    async def step_up(self, token: str, request: UUID, password: str) -> SteppedUp:
        """Step up with the password. Refusals: `security:wrong_password`, `security:too_many_attempts`."""
        return await self._ask(StepUp(token, request, password), SteppedUp)
