"""Dates and times as a person reads them, on top of amounts and names: everything a page formats.

Every instant is an aware datetime, and a text says whose time it is wherever that could be in doubt.
"""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import DateTimePattern, parse_pattern

from i18n.amounts import Digits
from i18n.isolates import isolate
from i18n.messages import N_
from i18n.names import Names

# CLDR skeletons: fixed patterns are wrong in Chinese. Hours are 0 to 23, as flight times are written.
DATE: Final = "yMMMd"
DATE_LONG: Final = "yMMMEd"
DAY: Final = "MMMd"
DAY_LONG: Final = "MMMEd"
MONTH: Final = "yMMMM"
TIME: Final = "Hm"
TIME_EXACT: Final = "Hms"


@dataclass(frozen=True, slots=True)
class LocalAndOwn:
    """An instant by two clocks: the place's, and the reader's when it differs; `shift` in days."""

    local: str
    own: str | None
    shift: int


class Formats(Names):
    """How one language writes things for a person in one zone. Take it from `formats_for`."""

    def __init__(self, tag: str, time_zone: str = "UTC", digits: Digits = "latn") -> None:
        super().__init__(tag, digits)
        self.time_zone = time_zone
        self.zone = ZoneInfo(time_zone)
        self._patterns: dict[str, DateTimePattern] = {}

    def date(self, day: dt.date, skeleton: str = DATE) -> str:
        """Write a day: `23 Nov 2026`. A datetime is taken to the reader's zone first."""
        return self._written(self._own(day) if isinstance(day, dt.datetime) else day, skeleton)

    def day(self, day: dt.date) -> str:
        """Write a day without its year, for axes: `23 Nov`."""
        return self.date(day, DAY)

    def month(self, day: dt.date) -> str:
        """Write a month: `November 2026`."""
        return self.date(day, MONTH)

    def time(self, instant: dt.datetime) -> str:
        """Write the time of day in the reader's zone: `14:30`."""
        return self._written(self._own(instant), TIME)

    def datetime(self, instant: dt.datetime, *, exact: bool = False) -> str:
        """Write day and time in the reader's zone: `23 Nov 2026, 14:30`; `exact` adds seconds."""
        own = self._own(instant)
        return self._joined(self._written(own, DATE), self._written(own, TIME_EXACT if exact else TIME))

    def datetime_zoned(self, instant: dt.datetime, *, exact: bool = False) -> str:
        """Write day, time and whose it is: `23 Nov 2026, 14:30 Dubai`."""
        return f"{self.datetime(instant, exact=exact)} {isolate(self.zone_city(self.time_zone))}"

    def local_and_own(self, instant: dt.datetime, place_zone: str, place: str | None = None) -> LocalAndOwn:
        """Write an instant as the place's clock shows it, and as the reader's does.

        `.local` is `Mon, 23 Nov 2026, 14:30 Dubai`; `.own` is `your 11:30`, with its day when the reader has
        another date, and None when both clocks agree; `.shift` is that difference in days. `place` names the
        place (else the city of its zone).
        """
        there, own = instant.astimezone(ZoneInfo(place_zone)), self._own(instant)
        shift = (own.date() - there.date()).days
        local = self._joined(self._written(there, DATE_LONG), self._written(there, TIME))
        named = f"{local} {isolate(place or self.zone_city(place_zone))}"
        if own.utcoffset() == there.utcoffset():
            return LocalAndOwn(named, None, 0)
        clock = self._written(own, TIME)
        when = self._joined(self._written(own, DAY_LONG), clock) if shift else clock
        return LocalAndOwn(named, self.speech.say(N_("your %(time)s"), time=when), shift)

    def offset(self, instant: dt.datetime, zone: str) -> str:
        """Write a zone's distance from UTC at an instant: `GMT+04:00`."""
        span = instant.astimezone(ZoneInfo(zone)).utcoffset() or dt.timedelta()
        minutes = abs(span) // dt.timedelta(
            minutes=1
        )  # Babel's own writes GMT-04:30 for three and a half hours
        written = f"{'-' if span < dt.timedelta() else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
        return self._digits(str(self.babel.zone_formats["gmt"]) % written)

    def _own(self, instant: dt.datetime) -> dt.datetime:
        return instant.astimezone(self.zone)

    def _written(self, moment: dt.date, skeleton: str) -> str:
        pattern = self._patterns.get(skeleton)
        if pattern is None:
            pattern = parse_pattern(self.babel.datetime_skeletons[skeleton])
            self._patterns[skeleton] = pattern
        return self._digits(pattern.apply(moment, self.babel))

    def _joined(self, day: str, clock: str) -> str:
        shape = str(self.babel.datetime_formats["medium"])
        return shape.replace("{1}", day).replace("{0}", clock).replace("'", "")


@lru_cache(maxsize=512)
def formats_for(tag: str, time_zone: str = "UTC", digits: Digits = "latn") -> Formats:
    """Give the Formats of a language and an IANA zone, made once. Raises KeyError, ZoneInfoNotFoundError."""
    return Formats(tag, time_zone, digits)
