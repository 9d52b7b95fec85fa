"""Alarms and decoys, as web asks for them on behalf of compliance."""

from __future__ import annotations

from uuid import UUID

from security.keeper.alarm_messages import (
    AlarmSeen,
    AlarmsSeen,
    CloseAlarm,
    DecoysSeen,
    PlantDecoy,
    ReadAlarms,
    ReadDecoys,
)
from security.keeper.caller import Caller
from security.keeper.messages import Done


class AlarmCalls(Caller):
    """Alarms and decoys, as web asks for them. Refusal of all others than compliance: `alarms:not_yours`."""

    async def alarms(self, token: str, request: UUID) -> list[AlarmSeen]:
        """Read the newest alarms."""
        return (await self._ask(ReadAlarms(token, request), AlarmsSeen)).items

    async def close_alarm(self, token: str, request: UUID, alarm: UUID, finding: str) -> None:
        """Close one. Refusals: `alarms:no_such_alarm`, `alarms:closed_already`, `alarms:about_you`."""
        await self._ask(CloseAlarm(token, request, alarm, finding), Done)

    async def decoys(self, token: str, request: UUID) -> list[UUID]:
        """Read which passengers are decoys."""
        return (await self._ask(ReadDecoys(token, request), DecoysSeen)).subjects

    async def plant_decoy(self, token: str, request: UUID, subject: UUID, *, plant: bool) -> None:
        """Make a passenger a decoy, or no longer one. Refusals: `passengers:not_found`, `…:step_up_required`."""
        await self._ask(PlantDecoy(token, request, subject, plant), Done)
