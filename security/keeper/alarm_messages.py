"""Alarms, their rules, and marked people, as compliance asks for them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from security.keeper.messages import Quiet, Token

Finding = Annotated[str, Meta(min_length=1, max_length=500)]
Verdict = Literal["false_positive", "confirmed"]
VERDICTS = ("false_positive", "confirmed")
RuleCode = Annotated[str, Meta(min_length=1, max_length=40)]
MuteDays = Annotated[int, Meta(ge=0, le=90)]
Threshold = Annotated[int, Meta(ge=1, le=100_000)]
Minutes = Annotated[int, Meta(ge=1, le=44_640)]


class ReadAlarms(Quiet, frozen=True, tag="alarms"):
    """The newest alarms, open ones first."""

    token: Token
    request: UUID


class ReadAlarm(Quiet, frozen=True, tag="alarm"):
    """One alarm, with its steps."""

    token: Token
    request: UUID
    alarm: UUID


class StepAlarm(Quiet, frozen=True, tag="step_alarm"):
    """Take an alarm, or write a note beside it."""

    token: Token
    request: UUID
    alarm: UUID
    step: Literal["take", "note"]
    words: Annotated[str, Meta(max_length=500)] = ""


class CloseAlarm(Quiet, frozen=True, tag="close_alarm"):
    """Close an alarm: was it one, what was found, and for how many days the rule keeps silent about this person."""

    token: Token
    request: UUID
    alarm: UUID
    finding: Finding
    verdict: Verdict
    mute_days: MuteDays = 0


class Unmute(Quiet, frozen=True, tag="unmute"):
    """End the silence that the closing of an alarm began."""

    token: Token
    request: UUID
    alarm: UUID


class ReadAlarmRules(Quiet, frozen=True, tag="alarm_rules"):
    """The rules in force, with what became of their alarms."""

    token: Token
    request: UUID


class SetAlarmRule(Quiet, frozen=True, tag="set_alarm_rule"):
    """Set a rule's numbers for this region; without numbers, those of the file count again."""

    token: Token
    request: UUID
    rule: RuleCode
    threshold: Threshold | None = None
    window_minutes: Minutes | None = None


class ReadDecoys(Quiet, frozen=True, tag="decoys"):
    """Which passengers are decoys."""

    token: Token
    request: UUID


class PlantDecoy(Quiet, frozen=True, tag="plant_decoy"):
    """Make a passenger a decoy, or no longer one."""

    token: Token
    request: UUID
    subject: UUID
    plant: bool


class ReadVips(Quiet, frozen=True, tag="vips"):
    """Which passengers are marked as well known."""

    token: Token
    request: UUID


class MarkVip(Quiet, frozen=True, tag="mark_vip"):
    """Mark a passenger as well known, or no longer."""

    token: Token
    request: UUID
    subject: UUID
    mark: bool


AlarmOperation = (
    ReadAlarms
    | ReadAlarm
    | StepAlarm
    | CloseAlarm
    | Unmute
    | ReadAlarmRules
    | SetAlarmRule
    | ReadDecoys
    | PlantDecoy
    | ReadVips
    | MarkVip
)


class AlarmStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody of compliance did with an alarm: raised, taken, noted, closed, unmuted."""

    step: str
    by: str
    words: str
    at: datetime

    def __repr__(self) -> str:
        return f"<AlarmStep {self.step}>"


class AlarmEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry that was counted: codes and a time, as the ledger has them."""

    index: int
    at: datetime
    act: str
    allowed: bool
    field: str
    purpose: str
    reference: str


class AlarmSeen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One alarm: of which rule (`kind`), about whom, with which entries; `subject` only where it is about a decoy.

    `threshold`, `window_minutes` and `told` are as they were when it was raised.
    """

    id: UUID
    kind: str
    raised_at: datetime
    who: str
    role: str
    email: str
    entry: int
    count: int
    subject: UUID | None = None
    closed_at: datetime | None = None
    closer: str = ""
    finding: str = ""
    verdict: str = ""
    severity: str = "medium"
    threshold: int = 1
    window_minutes: int = 1
    fact_at: datetime | None = None
    entries: list[int] = []
    told: dict[str, str] = {}
    respond_by: datetime | None = None
    solve_by: datetime | None = None
    taken_at: datetime | None = None
    holder: str = ""
    muted_until: datetime | None = None
    held_back: int = 0
    steps: list[AlarmStep] = []
    lines: list[AlarmEntry] = []

    def __repr__(self) -> str:
        return f"<AlarmSeen {self.id}>"


class AlarmsSeen(Quiet, frozen=True, tag="alarms_seen"):
    """The alarms."""

    items: list[AlarmSeen]


class RuleSeen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as it is in force, what the file says, and what became of its alarms in the last 90 days."""

    code: str
    explanation: str
    threshold: int
    window_minutes: int
    silent_minutes: int
    severity: str
    different: bool
    file_threshold: int
    file_window_minutes: int
    changed_by: str = ""
    changed_at: datetime | None = None
    raised: int = 0
    open: int = 0
    confirmed: int = 0
    false_positive: int = 0
    last_at: datetime | None = None
    muted: int = 0
    held_back: int = 0


class AlarmRulesSeen(Quiet, frozen=True, tag="alarm_rules_seen"):
    """The rules."""

    items: list[RuleSeen]


class DecoysSeen(Quiet, frozen=True, tag="decoys_seen"):
    """The decoys' subjects, or those of people marked."""

    subjects: list[UUID]


AlarmAnswer = AlarmsSeen | AlarmRulesSeen | DecoysSeen
