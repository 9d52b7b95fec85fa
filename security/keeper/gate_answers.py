"""The keeper's operations at the gate: sessions and step-ups."""

from __future__ import annotations

from datetime import datetime

from security.keeper.gate_messages import (
    EndSession,
    GateOperation,
    SignedIn,
    SignIn,
    SignOut,
    SignOutEverywhere,
    SteppedUp,
    StepUp,
)
from security.keeper.held import Held
from security.keeper.messages import Done
from security.keeper.protocol import Answer
from security.sign_in.sessions import end_all_sessions, end_session
from security.sign_in.sign_in import Attempt, sign_in
from security.sign_in.step_up import step_up


async def gate_answer(held: Held, ask: GateOperation, at: datetime) -> Answer:
    """Answer one; the refusals are those of `security.sign_in`."""
    match ask:
        case SignIn():
            attempt = Attempt(ask.email, ask.password, ask.device, ask.address, ask.request)
            opened = await sign_in(held.gate, attempt, at)
            return SignedIn(opened.token, opened.account, opened.expires_at)
        case SignOut():
            await end_session(held.gate, ask.token, ask.request, at)
        case EndSession():
            await end_session(held.gate, ask.token, ask.request, at, ask.session)
        case SignOutEverywhere():
            await end_all_sessions(held.gate, ask.token, ask.request, at)
        case StepUp():
            passed = await step_up(held.gate, ask.token, ask.password, ask.request, at)
            return SteppedUp(passed.expires_at, passed.uses_left)
    return Done()
