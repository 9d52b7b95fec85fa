"""Why an alarm fired, as sentences in the reader's language: the numbers, and what was odd about the last entry."""

from collections.abc import Callable
from datetime import timedelta

from i18n.catalogs import translations
from i18n.formats import formats_for
from i18n.messages import N_n
from portal.alarms.words import IDLE, LAST_OFF_SHIFT, LAST_UNUSUAL, NO_USUAL, OWN
from security.keeper.client import AlarmSeen

COUNTED = N_n(
    "%(num)s entry was counted within %(span)s; the alarm begins at %(limit)s.",
    "%(num)s entries were counted within %(span)s; the alarm begins at %(limit)s.",
)


def because(alarm: AlarmSeen, tag: str) -> list[str]:
    """Say why an alarm fired."""
    say, formats = translations(tag).say, formats_for(tag, "UTC")
    span = formats.duration(timedelta(minutes=alarm.window_minutes))
    said = [say(COUNTED, alarm.count, span=span, limit=formats.number(alarm.threshold))]
    more = TOLD.get(alarm.kind)
    return [*said, *more(alarm.told, tag)] if more and alarm.told else said


def _off_shift(told: dict[str, str], tag: str) -> list[str]:
    return [translations(tag).say(LAST_OFF_SHIFT, **{name: told.get(name, "") for name in OFF_SHIFT_PARTS})]


def _unusual(told: dict[str, str], tag: str) -> list[str]:
    say, formats = translations(tag).say, formats_for(tag, "UTC")
    usual = [formats.country(code) for code in told.get("usual", "").split(",") if code]
    area = formats.country(told.get("area", ""))
    return [say(LAST_UNUSUAL, area=area, usual=formats.list(usual) if usual else say(NO_USUAL))]


def _own(told: dict[str, str], tag: str) -> list[str]:
    sentence = OWN.get(told.get("own", ""))
    return [translations(tag).say(sentence)] if sentence else []


def _idle(told: dict[str, str], tag: str) -> list[str]:
    span = formats_for(tag, "UTC").duration(timedelta(hours=int(told.get("hours", "0"))))
    return [translations(tag).say(IDLE, hours=span)]


OFF_SHIFT_PARTS = ("local", "zone", "from", "to")
TOLD: dict[str, Callable[[dict[str, str], str], list[str]]] = {
    "off_shift": _off_shift,
    "unusual_region": _unusual,
    "own_record": _own,
    "unused_reveal": _idle,
}
