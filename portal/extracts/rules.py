"""When a scheduled report is due: pure functions over the clock of the reader's own place."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

KEPT = timedelta(days=7)
OPEN_AT_ONCE = 3
MOST_SCHEDULES = 10
RHYTHMS = ("weekly", "monthly")
LAST_DAY = 28
WEEK = 7
DECEMBER = 12


def next_run(rhythm: str, day: int, hour: int, zone: str, after: datetime) -> datetime:
    """Give the first instant after `after` at which a report is due.

    `day` is a weekday (0 is Monday) or a day of the month. An hour that the clocks skip comes as soon as they
    have; one that comes twice counts the first time.
    """
    place = ZoneInfo(zone)
    here = after.astimezone(place).date()
    found = _first(rhythm, day, here)
    while (due := _instant(found, hour, place)) <= after:
        found = _following(rhythm, found)
    return due


def period(rhythm: str, hour: int, zone: str, due: datetime) -> tuple[datetime, datetime]:
    """Give the time that a report is about: from the run before this one to this one."""
    place = ZoneInfo(zone)
    last = due.astimezone(place).date()
    before = last - timedelta(days=WEEK) if rhythm == "weekly" else _month_before(last)
    return _instant(before, hour, place), due


def _first(rhythm: str, day: int, here: date) -> date:
    if rhythm == "weekly":
        return here - timedelta(days=(here.weekday() - day) % WEEK)
    return here.replace(day=day)


def _following(rhythm: str, found: date) -> date:
    if rhythm == "weekly":
        return found + timedelta(days=WEEK)
    over = found.month == DECEMBER
    return found.replace(year=found.year + over, month=1 if over else found.month + 1)


def _month_before(found: date) -> date:
    over = found.month == 1
    return found.replace(year=found.year - over, month=DECEMBER if over else found.month - 1)


def _instant(day: date, hour: int, place: ZoneInfo) -> datetime:
    """Turn an hour of the place into an instant: a skipped one is read by the clock before the change, so later."""
    return datetime.combine(day, time(hour), tzinfo=place).astimezone(UTC)
