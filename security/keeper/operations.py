"""From a message to the operation that answers it; every failure becomes a code, never a value."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, get_args

import asyncpg
import msgspec
import structlog

from audit.refusal import Refusal as AuditRefusal
from security.keeper.access import ACCESS_ANSWERS
from security.keeper.alarm_answers import ALARM_ANSWERS
from security.keeper.approval_messages import (
    Approve,
    AskApproval,
    PresentGrant,
    SetClientRule,
    WithdrawApproval,
)
from security.keeper.asking_others import ask_approval
from security.keeper.auditors import AUDITOR_ANSWERS
from security.keeper.client_rules import set_client_rule
from security.keeper.connection import KeeperUnavailable
from security.keeper.copying import record_copy
from security.keeper.deciding import approve, withdraw
from security.keeper.find import find
from security.keeper.find_messages import Find
from security.keeper.gate_answers import gate_answer
from security.keeper.gate_messages import GateOperation
from security.keeper.grants import present_grant
from security.keeper.held import Held
from security.keeper.holdings import Holdings
from security.keeper.key_answers import key_answer
from security.keeper.key_messages import KeyOperation, ReadOrgKey, RemoveOrgKey, SetOrgKey
from security.keeper.link_answers import LINK_ANSWERS
from security.keeper.log_key import log_key_answer
from security.keeper.log_key_messages import LogKeyOperation
from security.keeper.messages import AskStatus, Refused
from security.keeper.org_key_answers import org_key_answer
from security.keeper.policy_messages import DecideRule, ProposeRule
from security.keeper.proposing import decide_rule, propose_rule
from security.keeper.protocol import Answer, Ask, Call, read_ask
from security.keeper.reveal import reveal
from security.keeper.scan_answers import scan_answer
from security.keeper.scan_messages import ScanOperation
from security.keeper.seal import seal_items
from security.keeper.sight_messages import RecordCopy
from security.keeper.status import status_of
from security.keeper.subject import open_subject
from security.keeper.subject_messages import OpenSubject
from security.keeper.trail import TRAIL_ANSWERS
from security.keeper.vault_messages import Reveal, Seal
from security.keeper.witness_answers import witness_answer
from security.keeper.witness_messages import AskWitnesses, WitnessAsks, WitnessOperation
from security.sign_in.refusal import Refusal
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

# Who answers what: every operation of the protocol but the status, which needs nothing to be held.
ANSWERS: Final[dict[type, Callable[[Held, Any, datetime], Awaitable[Answer]]]] = {
    **dict.fromkeys(get_args(GateOperation), gate_answer),
    **LINK_ANSWERS,
    **AUDITOR_ANSWERS,
    **dict.fromkeys(get_args(KeyOperation), key_answer),
    **dict.fromkeys(get_args(LogKeyOperation), log_key_answer),
    **dict.fromkeys((SetOrgKey, RemoveOrgKey, ReadOrgKey), org_key_answer),
    Seal: seal_items,
    Reveal: reveal,
    OpenSubject: open_subject,
    **TRAIL_ANSWERS,
    AskApproval: ask_approval,
    Approve: approve,
    WithdrawApproval: withdraw,
    SetClientRule: set_client_rule,
    PresentGrant: present_grant,
    Find: find,
    **dict.fromkeys(get_args(ScanOperation), scan_answer),
    RecordCopy: record_copy,
    **ACCESS_ANSWERS,
    **ALARM_ANSWERS,
    ProposeRule: propose_rule,
    DecideRule: decide_rule,
    **dict.fromkeys(get_args(WitnessOperation), witness_answer),
}

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
        return await ANSWERS[type(ask)](self._holdings.held(), ask, self._now())

    async def _at_any_time(self, ask: AskStatus | AskWitnesses) -> Answer:
        if isinstance(ask, AskStatus):
            return await status_of(self._holdings, self._now())
        return WitnessAsks([])  # asked twice a second: nothing is due, and nothing to warn of


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
