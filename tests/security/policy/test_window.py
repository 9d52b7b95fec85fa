"""Documents open around a leg, and the window moves with the leg."""

from datetime import UTC, datetime, timedelta

import pytest

from security.policy.window import LegTimes, in_window, window_of

DEPARTS = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
ARRIVES = DEPARTS + timedelta(hours=11)
OPENS, CLOSES = DEPARTS - timedelta(days=14), ARRIVES + timedelta(days=2)
LEG = LegTimes("confirmed", DEPARTS, ARRIVES)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        (OPENS - TICK, False),
        (OPENS, True),
        (DEPARTS, True),
        (ARRIVES, True),
        (CLOSES, True),
        (CLOSES + TICK, False),
    ],
)
def test_the_window_is_14_times_24_hours_before_to_2_times_24_after(at, inside):
    """Both ends belong to the window, and a microsecond beyond does not, also over a change of the clocks."""
    assert in_window([LEG], at) is inside


@pytest.mark.parametrize(
    ("state", "opens"), [("draft", False), ("confirmed", True), ("flown", True), ("cancelled", False)]
)
def test_only_confirmed_and_flown_trips_open_anything(state, opens):
    """A draft or a cancelled trip has no window at all."""
    leg = LegTimes(state, DEPARTS, ARRIVES)
    assert in_window([leg], DEPARTS) is opens
    assert (window_of(leg) is not None) is opens


def test_any_leg_of_the_trip_will_do_and_none_is_not_enough():
    """One leg in its window suffices; between two far legs, or without legs, nothing opens."""
    late = LegTimes("confirmed", DEPARTS + timedelta(days=60), ARRIVES + timedelta(days=60))
    assert in_window([late, LEG], ARRIVES)
    assert not in_window([late, LEG], ARRIVES + timedelta(days=20))
    assert not in_window([], DEPARTS)


def test_moving_the_leg_moves_the_window():
    """After a delay of a day both ends are a day later."""
    day = timedelta(days=1)
    moved = LegTimes("confirmed", DEPARTS + day, ARRIVES + day)
    assert window_of(moved) == (OPENS + day, CLOSES + day)


def test_a_time_without_zone_is_not_compared():
    """An instant that does not know its zone is an error and never silently local."""
    with pytest.raises(TypeError):
        in_window([LEG], DEPARTS.replace(tzinfo=None))
