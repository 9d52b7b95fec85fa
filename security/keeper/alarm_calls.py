"""Alarms, their rules and marked people, as web asks for them on behalf of compliance."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from security.keeper.alarm_messages import (
    AlarmRulesSeen,
    AlarmSeen,
    AlarmsSeen,
    CloseAlarm,
    DecoysSeen,
    MarkVip,
    PlantDecoy,
    ReadAlarm,
    ReadAlarmRules,
    ReadAlarms,
    ReadDecoys,
    ReadVips,
    RuleSeen,
    SetAlarmRule,
    StepAlarm,
    Unmute,
    Verdict,
)
from security.keeper.caller import Caller
from security.keeper.messages import Done


class AlarmCalls(Caller):
    """Alarms and their rules, as web asks for them. Refusal of all others than compliance: `alarms:not_yours`."""

    async def alarms(self, token: str, request: UUID) -> list[AlarmSeen]:
        """Read the newest alarms."""
        return (await self._ask(ReadAlarms(token, request), AlarmsSeen)).items

    async def alarm(self, token: str, request: UUID, alarm: UUID) -> AlarmSeen:
        """Read one with its steps. Refusal: `alarms:no_such_alarm`."""
        return (await self._ask(ReadAlarm(token, request, alarm), AlarmsSeen)).items[0]

    async def step_alarm(
        self, token: str, request: UUID, alarm: UUID, step: Literal["take", "note"], words: str = ""
    ) -> None:
        """Take one or note beside it. Refusals: `alarms:taken_already`, and those of closing."""
        await self._ask(StepAlarm(token, request, alarm, step, words), Done)

    async def close_alarm(
        self, token: str, request: UUID, alarm: UUID, finding: str, verdict: Verdict, mute_days: int = 0
    ) -> None:
        """Close one. Refusals: `alarms:no_such_alarm`, `alarms:closed_already`, `alarms:about_you`."""
        await self._ask(CloseAlarm(token, request, alarm, finding, verdict, mute_days), Done)

    async def unmute(self, token: str, request: UUID, alarm: UUID) -> None:
        """End a silence before its time. Refusal: `alarms:not_muted`."""
        await self._ask(Unmute(token, request, alarm), Done)

    async def alarm_rules(self, token: str, request: UUID) -> list[RuleSeen]:
        """Read the rules in force and what became of their alarms."""
        return (await self._ask(ReadAlarmRules(token, request), AlarmRulesSeen)).items

    async def set_alarm_rule(
        self, token: str, request: UUID, rule: str, threshold: int | None, window_minutes: int | None
    ) -> None:
        """Set a rule's numbers. Refusals: `alarms:unknown_rule`, `passengers:step_up_required`."""
        await self._ask(SetAlarmRule(token, request, rule, threshold, window_minutes), Done)

    async def decoys(self, token: str, request: UUID) -> list[UUID]:
        """Read which passengers are decoys."""
        return (await self._ask(ReadDecoys(token, request), DecoysSeen)).subjects

    async def plant_decoy(self, token: str, request: UUID, subject: UUID, *, plant: bool) -> None:
        """Make a passenger a decoy, or no longer one. Refusals: `passengers:not_found`, `…:step_up_required`."""
        await self._ask(PlantDecoy(token, request, subject, plant), Done)

    async def vips(self, token: str, request: UUID) -> list[UUID]:
        """Read which passengers are marked as well known."""
        return (await self._ask(ReadVips(token, request), DecoysSeen)).subjects

    async def mark_vip(self, token: str, request: UUID, subject: UUID, *, mark: bool) -> None:
        """Mark a passenger as well known, or no longer. Refusals as of decoys."""
        await self._ask(MarkVip(token, request, subject, mark), Done)
