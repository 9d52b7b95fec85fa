"""The keeper as web sees it: one family of calls beside the other."""

from __future__ import annotations

from security.keeper.access_calls import AccessCalls
from security.keeper.alarm_calls import AlarmCalls
from security.keeper.alarm_messages import AlarmSeen
from security.keeper.approval_calls import ApprovalCalls, Granted
from security.keeper.approval_messages import ApprovalAsked, ApprovalDecided, ApprovalItem
from security.keeper.auditor_calls import AuditorCalls
from security.keeper.caller import KeeperRefused
from security.keeper.connection import KeeperUnavailable
from security.keeper.find_calls import FindCalls
from security.keeper.find_messages import Found
from security.keeper.gate_calls import GateCalls
from security.keeper.gate_messages import SignedIn, SteppedUp
from security.keeper.key_calls import KeyCalls
from security.keeper.key_messages import EpochSeen, JobSeen, KeysSeen, OrgKeySeen, OwnKey
from security.keeper.link_calls import LinkCalls
from security.keeper.link_messages import LinkMade, LinkSeen, SealedByLink
from security.keeper.log_key_calls import LogKeyCalls
from security.keeper.log_key_messages import LogKeySeen
from security.keeper.messages import MAX_VALUE, AskStatus, Status
from security.keeper.policy_calls import PolicyCalls
from security.keeper.scan_calls import ScanCalls, ScanView
from security.keeper.sight_calls import SightCalls
from security.keeper.subject_calls import SubjectCalls
from security.keeper.subject_messages import SubjectOpened
from security.keeper.trail_calls import TrailCalls
from security.keeper.trail_messages import Figure, OwnProof, Summary, Trail, TrailItem
from security.keeper.vault_calls import Revealed, VaultCalls
from security.keeper.vault_messages import Sealed, SealItem
from security.keeper.witness_calls import WitnessCalls
from security.keeper.witness_messages import WitnessAsk, Witnessed, WitnessesSeen, WitnessSeen

__all__ = [
    "MAX_VALUE",
    "AlarmSeen",
    "ApprovalAsked",
    "ApprovalDecided",
    "ApprovalItem",
    "EpochSeen",
    "Figure",
    "Found",
    "Granted",
    "JobSeen",
    "KeeperClient",
    "KeeperRefused",
    "KeeperUnavailable",
    "KeysSeen",
    "LinkMade",
    "LinkSeen",
    "LogKeySeen",
    "OrgKeySeen",
    "OwnKey",
    "OwnProof",
    "Revealed",
    "ScanView",
    "SealItem",
    "Sealed",
    "SealedByLink",
    "SignedIn",
    "Status",
    "SteppedUp",
    "SubjectOpened",
    "Summary",
    "Trail",
    "TrailItem",
    "WitnessAsk",
    "WitnessSeen",
    "Witnessed",
    "WitnessesSeen",
]


class KeeperClient(
    GateCalls,
    KeyCalls,
    VaultCalls,
    FindCalls,
    ScanCalls,
    PolicyCalls,
    SightCalls,
    SubjectCalls,
    TrailCalls,
    AccessCalls,
    AlarmCalls,
    LinkCalls,
    LogKeyCalls,
    ApprovalCalls,
    AuditorCalls,
    WitnessCalls,
):
    """All that may be asked of the keeper; see `Caller` for how a call fails."""

    async def status(self) -> Status:
        """Ask whether the keeper can serve."""
        return await self._ask(AskStatus(), Status)
