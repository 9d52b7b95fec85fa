"""Who answers what compliance asks about alarms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

from security.keeper.alarm_messages import (
    CloseAlarm,
    MarkVip,
    PlantDecoy,
    ReadAlarm,
    ReadAlarmRules,
    ReadAlarms,
    ReadDecoys,
    ReadVips,
    SetAlarmRule,
    StepAlarm,
    Unmute,
)
from security.keeper.alarm_settings import read_alarm_rules, set_alarm_rule
from security.keeper.alarm_steps import close_alarm, step_alarm, unmute
from security.keeper.alarms import read_alarm, read_alarms
from security.keeper.decoys import plant_decoy, read_decoys
from security.keeper.held import Held
from security.keeper.vips import mark_vip, read_vips

ALARM_ANSWERS: Final[dict[type, Callable[[Held, Any, datetime], Awaitable[Any]]]] = {
    ReadAlarms: read_alarms,
    ReadAlarm: read_alarm,
    StepAlarm: step_alarm,
    CloseAlarm: close_alarm,
    Unmute: unmute,
    ReadAlarmRules: read_alarm_rules,
    SetAlarmRule: set_alarm_rule,
    ReadDecoys: read_decoys,
    PlantDecoy: plant_decoy,
    ReadVips: read_vips,
    MarkVip: mark_vip,
}
