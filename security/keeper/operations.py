"""From a message to the operation that answers it; every failure becomes a code, never a value."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

import asyncpg
import msgspec
import structlog

from audit.refusal import Refusal as AuditRefusal
from security.keeper.connection import KeeperUnavailable
from security.keeper.held import Held
from security.keeper.holdings import Holdings
from security.keeper.protocol import (
    Answer,
    Ask,
    AskStatus,
    AskWitnesses,
    Call,
    Done,
    EndSession,
    ReadTrail,
    Refused,
    Reveal,
    Seal,
    SignedIn,
    SignIn,
    SignOut,
    SignOutEverywhere,
    SteppedUp,
    StepUp,
    WitnessAsks,
    read_ask,
)
from security.keeper.reveal import reveal
from security.keeper.seal import seal_items
from security.keeper.status import status_of
from security.keeper.trail import read_trail
from security.keeper.witness_answers import witness_answer
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import end_all_sessions, end_session
from security.sign_in.sign_in import Attempt, sign_in
from security.sign_in.step_up import step_up
from security.vault.custody import CustodyRefused
from security.vault.envelope import EnvelopeRefused

UNAVAILABLE: Final = Refused(KeeperUnavailable.code, KeeperUnavailable.status, {})
MALFORMED: Final = Refused("security:malformed_request", 422, {})
FAILED: Final = Refused("security:keeper_failed", 500, {})
_AWAY: Final = (
    KeeperUnavailable,
    AuditRefusal,
    OSError,  # TimeoutError too
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection says that was cut amid an answer
    asyncpg.PostgresError,
)

_log = structlog.get_logger(process="keeper")


class Operations:
    """Answers calls, a bounded number at once, each within its time."""

    def __init__(
        self, holdings: Holdings, now: Callable[[], datetime], *, in_flight: int, seconds: float
    ) -> None:
        self._holdings = holdings
        self._now = now
        self._places = asyncio.Semaphore(in_flight)
        self._seconds = seconds

    async def answer(self, call: Call) -> Answer:
        """Answer one call; never raises but for cancellation."""
        try:
            ask = read_ask(call)
        except msgspec.MsgspecError:
            return MALFORMED
        try:
            async with asyncio.timeout(min(call.wait / 1000, self._seconds)), self._places:
                return await self._perform(ask)
        except Exception as error:  # noqa: BLE001 - one call must not end the process; its text may hold a value
            return _refused(type(ask).__name__, error)

    async def _perform(self, ask: Ask) -> Answer:
        if isinstance(ask, AskStatus) or (isinstance(ask, AskWitnesses) and self._holdings.missing()):
            return await self._at_any_time(ask)
        held, at = self._holdings.held(), self._now()
        match ask:
            case SignIn() | SignOut() | EndSession() | SignOutEverywhere() | StepUp():
                return await _at_the_gate(held, ask, at)
            case Seal():
                return await seal_items(held, ask, at)
            case Reveal():
                return await reveal(held, ask, at)
            case ReadTrail():
                return await read_trail(held, ask, at)
            case _:
                return await witness_answer(held, ask, at)

    async def _at_any_time(self, ask: AskStatus | AskWitnesses) -> Answer:
        if isinstance(ask, AskStatus):
            return await status_of(self._holdings, self._now())
        return WitnessAsks([])  # asked twice a second: nothing is due, and nothing to warn of


async def _at_the_gate(
    held: Held, ask: SignIn | SignOut | EndSession | SignOutEverywhere | StepUp, at: datetime
) -> Answer:
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


def _refused(operation: str, error: Exception) -> Refused:
    cause = str(getattr(error, "code", type(error).__name__))
    if isinstance(error, Refusal):
        return Refused(error.code, error.status, error.fields)
    if isinstance(error, EnvelopeRefused | CustodyRefused):
        _log.error("keeper_cannot_open", operation=operation, cause=cause)
        return Refused(error.code, 500, {})
    if isinstance(error, _AWAY) and not isinstance(error, asyncpg.SyntaxOrAccessError):
        reason = error.fields.get("reason") if isinstance(error, AuditRefusal) else None
        _log.warning("keeper_unavailable", operation=operation, cause=cause, reason=reason)
        return UNAVAILABLE
    _log.error("keeper_failed", operation=operation, cause=cause)
    return FAILED
