"""When documents may be opened: around a leg of a confirmed or flown trip. Moving a leg moves it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

BEFORE_DEPARTURE: Final = timedelta(hours=14 * 24)
AFTER_ARRIVAL: Final = timedelta(hours=2 * 24)
STATES: Final = frozenset({"confirmed", "flown"})


@dataclass(frozen=True, slots=True)
class LegTimes:
    """What a window needs to know of a leg: the state of its trip, and its two instants in UTC."""

    state: str
    departs_at: datetime
    arrives_at: datetime


def window_of(leg: LegTimes) -> tuple[datetime, datetime] | None:
    """Return the first and last instant of this leg's window; None for a draft or cancelled trip."""
    if leg.state not in STATES:
        return None
    return leg.departs_at - BEFORE_DEPARTURE, leg.arrives_at + AFTER_ARRIVAL


def in_window(legs: Iterable[LegTimes], at: datetime) -> bool:
    """Say whether `at` lies in the window of any of these legs, both ends included.

    The caller passes only legs of the referenced trip that carry the passenger.
    """
    windows = (window_of(leg) for leg in legs)
    return any(window[0] <= at <= window[1] for window in windows if window is not None)
