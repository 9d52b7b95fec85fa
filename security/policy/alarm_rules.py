"""When compliance is alarmed: the rules of `alarm_rules.toml`, complete or refused, and what a region set otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from security.actor import STAFF_ROLES
from security.policy.rule import MatrixRefused

SOURCE: Final = Path(__file__).with_name("alarm_rules.toml")
_VERSION: Final = 1
SIGNALS: Final = (
    "opening",
    "off_shift",
    "unusual_region",
    "own_record",
    "vip",
    "unused",
    "break_glass",
    "refusal",
    "rate",
    "decoy_opened",
    "decoy_looked_at",
    "decoy_searched",
)
"""What may be counted; each rule counts one, and each is counted by one rule."""
MOST_MINUTES: Final = 44_640  # 31 days
Threshold = Annotated[int, Meta(ge=1, le=100_000)]
Minutes = Annotated[int, Meta(ge=1, le=MOST_MINUTES)]
Number = Annotated[int, Meta(ge=1, le=100_000)]
Code = Annotated[str, Meta(pattern="^[a-z_]+$", max_length=40)]
Clock = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: so many signals of one person within the window are an alarm."""

    counts: Code
    threshold: Threshold
    window_minutes: Minutes
    silent_minutes: Annotated[int, Meta(ge=0, le=MOST_MINUTES)]
    severity: Literal["low", "medium", "high"]
    explanation: Code
    different: bool = False

    @property
    def window(self) -> timedelta:
        """How far back is counted."""
        return timedelta(minutes=self.window_minutes)

    @property
    def silent(self) -> timedelta:
        """How long the same of the same person is not said again."""
        return timedelta(minutes=self.silent_minutes)


class Clocks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until when an alarm must be taken, and until when it must be closed."""

    respond_minutes: Minutes
    solve_minutes: Minutes


class Shift(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from"}):
    """Working days and hours by the clock on one's own wall."""

    days: list[Annotated[int, Meta(ge=1, le=7)]]
    since: Clock
    to: Clock

    def holds(self, at: datetime, zone: str) -> bool:
        """Say whether an instant is within working hours in a time zone; an unknown zone is UTC."""
        day, now = wall_clock(at, zone)
        if self.since <= self.to:
            return day in self.days and self.since <= now < self.to
        begun = day if now >= self.since else (day - 2) % 7 + 1  # a night belongs to the day it began on
        return begun in self.days and (now >= self.since or now < self.to)


class Usual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a country of clients is usual for somebody."""

    days: Number
    openings: Number
    known_after: Number


class Use(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Within which time an opened value must have been of use."""

    hours: Number


class Lists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which lists were searches."""

    narrow: Number


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    severity: dict[str, Clocks]
    shifts: dict[str, Shift]
    usual: Usual
    use: Use
    lists: Lists
    rules: dict[Code, Rule]


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a region set otherwise for one rule."""

    threshold: Threshold
    window_minutes: Minutes


@dataclass(frozen=True, slots=True)
class AlarmRules:
    """All rules in force, in the order of the file."""

    rules: Mapping[str, Rule]
    severity: Mapping[str, Clocks]
    shifts: Mapping[str, Shift]
    usual: Usual
    use: Use
    lists: Lists

    @property
    def longest(self) -> timedelta:
        """How far back any rule counts."""
        return max(rule.window for rule in self.rules.values())

    def with_settings(self, settings: Mapping[str, Setting]) -> "AlarmRules":
        """Give the rules with what a region set otherwise; a setting of a rule that is no more says nothing."""
        changed = {
            code: msgspec.structs.replace(
                rule,
                threshold=settings[code].threshold,
                window_minutes=settings[code].window_minutes,
            )
            if code in settings
            else rule
            for code, rule in self.rules.items()
        }
        return AlarmRules(
            MappingProxyType(changed), self.severity, self.shifts, self.usual, self.use, self.lists
        )


def wall_clock(at: datetime, zone: str) -> tuple[int, str]:
    """Give the day of the week (Monday is 1) and the minute as in `Clock` that a zone's clocks show.

    The order of such texts is that of the times. Of entries that are read together most share their minute.
    """
    return _at_minute(int(at.timestamp()) // 60, zone)


@lru_cache(maxsize=4096)
def _at_minute(minute: int, zone: str) -> tuple[int, str]:
    local = datetime.fromtimestamp(minute * 60, zone_of(zone))
    return local.isoweekday(), f"{local:%H:%M}"


def zone_of(name: str) -> ZoneInfo:
    """Give a time zone by its name, UTC for one that is not known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def load_alarm_rules(text: str) -> AlarmRules:
    """Read the file; raise `MatrixRefused` for what is missing, unknown, named twice or without sense."""
    try:
        file = msgspec.toml.decode(text, type=_File)
    except msgspec.MsgspecError as refused:
        raise MatrixRefused("unreadable", str(refused)) from None
    if file.version != _VERSION:
        raise MatrixRefused("unknown_version", str(file.version))
    counted = [rule.counts for rule in file.rules.values()]
    for code, known in (("signal", SIGNALS), ("severity", ("high", "low", "medium"))):
        named = counted if code == "signal" else list(file.severity)
        for one in sorted(set(named) ^ set(known)):
            raise MatrixRefused(f"missing_{code}" if one in known else f"unknown_{code}", one)
    for one in sorted({one for one in counted if counted.count(one) > 1}):
        raise MatrixRefused("signal_twice", one)
    _check(file)
    return AlarmRules(
        MappingProxyType(file.rules),
        MappingProxyType(file.severity),
        MappingProxyType(file.shifts),
        file.usual,
        file.use,
        file.lists,
    )


def _check(file: _File) -> None:
    for role, shift in file.shifts.items():
        if role not in STAFF_ROLES:
            raise MatrixRefused("unknown_role", role)
        if shift.since == shift.to or not shift.days:
            raise MatrixRefused("shift_without_sense", role)
    for name, clocks in file.severity.items():
        if clocks.solve_minutes < clocks.respond_minutes:
            raise MatrixRefused("severity_without_sense", name)


ALARM_RULES: Final = load_alarm_rules(SOURCE.read_text(encoding="utf-8"))
"""The rules of the file; a product whose rules are refused does not start."""
