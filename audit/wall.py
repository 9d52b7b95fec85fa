"""Wall clocks in SQL: an instant as the seconds that a clock on the wall of some zone shows, by Python's own zone data.

The databases know other zone data, or none: so what they are given is arithmetic.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

QUARTER: Final = 900  # the distance of every zone's clock from UTC is so many of these
HOUR: Final = 3600
DAY: Final = 86_400
WEEK_HOURS: Final = 168
# 1 January 1970 was a Thursday.
_THURSDAY: Final = 3


@lru_cache(maxsize=256)
def offsets(zone: str, first: int, last: int) -> tuple[tuple[int, int], ...]:
    """Return (from which second on, distance from UTC) for a zone between two years, the first from the beginning."""
    there = ZoneInfo(zone)
    at, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 2, tzinfo=UTC)
    found = [(int(at.timestamp()), _offset(there, at))]
    while at < end:
        later = at + timedelta(days=1)
        if _offset(there, later) != _offset(there, at):
            found.append(_changed(there, at, later))
        at = later
    return tuple(found)


def _offset(zone: ZoneInfo, at: datetime) -> int:
    return int((at.astimezone(zone).utcoffset() or timedelta()).total_seconds())


def _changed(zone: ZoneInfo, before: datetime, after: datetime) -> tuple[int, int]:
    """Return the second at which the clock is set, which lies between two instants."""
    low, high, old = int(before.timestamp()), int(after.timestamp()), _offset(zone, before)
    seconds = range(low, high)
    first = bisect_right(seconds, False, key=lambda s: _offset(zone, datetime.fromtimestamp(s, UTC)) != old)
    at = seconds[first] if first < len(seconds) else high
    return at, _offset(zone, datetime.fromtimestamp(at, UTC))


def distance(zone: str, first: int, last: int) -> str:
    """Write a zone's distance from UTC at the instant `t` (epoch seconds) as SQL."""
    changes = offsets(zone, first, last)
    if len(changes) == 1:
        return str(changes[0][1])
    cases = " ".join(f"when t < {until} then {offset}" for (_, offset), (until, _) in pairwise(changes))
    return f"(case {cases} else {changes[-1][1]} end)"


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of some zones through a span of time: in each stretch between `changes` none of them is set."""

    changes: Sequence[int] = ()
    distances: Sequence[Sequence[int]] = ()

    @classmethod
    def of(cls, zones: Sequence[str], since: datetime, until: datetime) -> "Clocks":
        """Look zones up; `distances` are by zone, then by stretch."""
        first, last = int(since.timestamp()), int(until.timestamp())
        known = [offsets(zone, since.year - 1, until.year + 1) for zone in zones]
        changes = sorted({at for one in known for at, _ in one if first < at <= last})
        return cls(changes, [[_at(one, start) for start in (first, *changes)] for one in known])

    @property
    def stretch(self) -> str:
        """Write the number of the stretch in which the instant `t` lies as SQL."""
        return _place(self.changes, 0)

    @property
    def distance(self) -> str:
        """Write how far the clock of `zone` is from UTC in `stretch` as SQL; 0 if it is none of these."""
        zones = " ".join(
            f"when {zone} then (case stretch {' '.join(f'when {n} then {d}' for n, d in enumerate(by))} end)"
            for zone, by in enumerate(self.distances)
        )
        return f"(case zone {zones} else 0 end)" if zones else "0"


def _place(changes: Sequence[int], before: int) -> str:
    """Write where `t` lies among instants as SQL, halving them: few comparisons even where they are many."""
    if not changes:
        return str(before)
    middle = len(changes) // 2
    earlier, later = _place(changes[:middle], before), _place(changes[middle + 1 :], before + middle + 1)
    return f"(case when t < {changes[middle]} then {earlier} else {later} end)"


def _at(changes: Sequence[tuple[int, int]], instant: int) -> int:
    return next((offset for since, offset in reversed(changes) if since <= instant), changes[0][1])


def day_of(clock: str) -> str:
    """Write the day on a clock, counted from 1 January 1970, as SQL; `clock` is its distance from UTC."""
    return f"(t + {clock}) // {DAY}"


def week_of(clock: str, first_weekday: int = 0) -> str:
    """Write the first day of the week on a clock, counted as in `day_of`; weeks begin on Monday (0) to Sunday (6)."""
    day = day_of(clock)
    return f"{day} - ({day} + {_THURSDAY + 7 - first_weekday}) % 7"


def hour_of(clock: str) -> str:
    """Write the beginning of the clock's hour in epoch seconds, as SQL: an hour that comes twice is two."""
    return f"t - (t + {clock}) % {HOUR}"


def hour_of_week(clock: str) -> str:
    """Write the hour of the week on a clock, 0 being the first of Monday, as SQL."""
    return f"((t + {clock}) // {HOUR} + {_THURSDAY * 24}) % {WEEK_HOURS}"


def local(at: datetime, zone: str) -> datetime:
    """Return what the zone's clock shows."""
    return at.astimezone(ZoneInfo(zone))
