"""Alarms and decoys, as compliance asks for them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from security.keeper.messages import Quiet, Token

Finding = Annotated[str, Meta(min_length=1, max_length=500)]


class ReadAlarms(Quiet, frozen=True, tag="alarms"):
    """The newest alarms, open ones first."""

    token: Token
    request: UUID


class CloseAlarm(Quiet, frozen=True, tag="close_alarm"):
    """Close an alarm with what was found."""

    token: Token
    request: UUID
    alarm: UUID
    finding: Finding


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


AlarmOperation = ReadAlarms | CloseAlarm | ReadDecoys | PlantDecoy


class AlarmSeen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One alarm: what it is of (`kind`), about whom, with which entry; `subject` only where it is about a decoy."""

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

    def __repr__(self) -> str:
        return f"<AlarmSeen {self.id}>"


class AlarmsSeen(Quiet, frozen=True, tag="alarms_seen"):
    """The alarms."""

    items: list[AlarmSeen]


class DecoysSeen(Quiet, frozen=True, tag="decoys_seen"):
    """The decoys' subjects."""

    subjects: list[UUID]


AlarmAnswer = AlarmsSeen | DecoysSeen
