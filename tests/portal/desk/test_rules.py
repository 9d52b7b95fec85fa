"""The desk's rules: clocks that no time zone moves, and who may take which step."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import portal.desk.clocks
from portal.desk.clocks import CLOCKS
from portal.desk.rules import (
    CLIENT_STEPS,
    CLOCKED,
    DESK_STEPS,
    KINDS,
    LATE,
    NO_CLOCK,
    ON_TIME,
    SOON,
    STATES,
    TEAMS,
    Clock,
    Due,
    Standing,
    due_after_reply,
    due_at_opening,
    how_urgent,
    read_clocks,
    state_after,
    what_forbids,
)

BERLIN = ZoneInfo("Europe/Berlin")
zones = st.sampled_from(sorted(available_timezones() - {"localtime"})).map(ZoneInfo)
instants = st.timedeltas(timedelta(0), timedelta(days=36_000)).map(
    lambda gone: datetime(2000, 1, 1, tzinfo=UTC) + gone
)
clocks = st.sampled_from(list(CLOCKS.values()))
standings = st.builds(
    Standing, st.sampled_from(STATES), st.sampled_from(TEAMS), st.booleans(), st.booleans()
).filter(lambda s: s.held or not s.mine)


@given(instants, zones, clocks)
@example(
    datetime(2026, 3, 29, 0, 58, tzinfo=UTC), BERLIN, CLOCKS["complaint"]
)  # two minutes before summer time
@example(
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC), BERLIN, CLOCKS["complaint"]
)  # in the hour that comes twice
def test_a_deadline_is_elapsed_time(at: datetime, zone: ZoneInfo, clock: Clock) -> None:
    """An hour owed is sixty minutes, in whatever zone the opening is read and whatever its clocks do meanwhile."""
    due = due_at_opening(clock, at.astimezone(zone))
    assert due.respond_by is not None
    assert due.respond_by.astimezone(UTC) - at == clock.respond
    assert due.respond_by.utcoffset() == timedelta(0)
    assert (due.solve_by is None) == (clock.solve is None)
    if due.solve_by and clock.solve:
        assert due.solve_by.astimezone(UTC) - at == clock.solve


@given(instants, zones, zones, st.timedeltas(timedelta(0), timedelta(days=2)), clocks)
def test_urgency_is_the_same_everywhere(
    at: datetime, here: ZoneInfo, there: ZoneInfo, gone: timedelta, clock: Clock
) -> None:
    """Two people in two zones read the same urgency, and it goes from on time over soon to late, never back."""
    due = due_at_opening(clock, at).respond_by
    assert due is not None
    now = at + gone
    seen = how_urgent(due.astimezone(here), now.astimezone(there), clock.warn)
    assert seen == how_urgent(due, now, clock.warn)
    assert seen == (
        LATE if gone >= clock.respond else SOON if clock.respond - gone <= clock.warn else ON_TIME
    )
    order = [ON_TIME, SOON, LATE]
    assert order.index(how_urgent(due, now + clock.warn, clock.warn)) >= order.index(seen)


def test_nothing_owed_is_no_clock() -> None:
    """Without a deadline there is nothing to be late with, and the first of two deadlines counts."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert how_urgent(None, at, timedelta(minutes=1)) == NO_CLOCK
    assert Due(None, None).first is None
    assert Due(at, at - timedelta(1)).first == at - timedelta(1)


@given(instants, st.none() | instants, clocks)
def test_a_reply_never_gives_the_desk_more_time(at: datetime, owed: datetime | None, clock: Clock) -> None:
    """A client who writes again is owed an answer within the clock, and not later than before."""
    due = due_after_reply(clock, Due(owed, None), at)
    assert due.respond_by is not None
    assert due.respond_by <= at + clock.respond
    assert owed is None or due.respond_by <= owed


@given(
    st.sampled_from(sorted(CLIENT_STEPS | DESK_STEPS)),
    standings,
    st.sampled_from(["booker", "finance", *TEAMS]),
)
def test_steps_are_denied_by_default(step: str, stands: Standing, role: str) -> None:
    """A closed case takes no step; only its team takes one; only its holder answers; clients reply and close."""
    forbidden = what_forbids(step, stands, role)
    if stands.state == "closed":
        assert forbidden is not None
    if forbidden is None and role not in TEAMS:
        assert step in {"reply", "close"}
    if forbidden is None and role in TEAMS:
        assert step != "reply"
        assert step not in {"answer", "close"} or stands.mine
        assert step not in {"take", "hand_over"} or role == stands.team
        assert step != "take" or not stands.held
        assert state_after(step, held=stands.held) in STATES


def test_the_promised_clocks() -> None:
    """First answers within 5 minutes; complaints within 1 hour, solved within 24; every kind has a clock and a team."""
    assert set(CLOCKS) == set(CLOCKED)
    assert {CLOCKS[kind].respond for kind in KINDS if kind != "complaint"} == {timedelta(minutes=5)}
    complaint = CLOCKS["complaint"]
    assert (complaint.respond, complaint.solve) == (timedelta(hours=1), timedelta(hours=24))


@pytest.mark.parametrize(
    "change",
    [
        {"question": None},
        {"gossip": {"team": "sales", "respond": 5, "solve": 0, "warn": 1}},
        {"question": {"team": "auditor", "respond": 5, "solve": 0, "warn": 1}},
        {"question": {"team": "sales", "respond": 0, "solve": 0, "warn": 0}},
        {"question": {"team": "sales", "respond": 5, "solve": 3, "warn": 1}},
        {"question": {"team": "sales", "respond": 5, "solve": 0, "warn": 5}},
        {"question": {"team": "sales", "respond": True, "solve": 0, "warn": 0}},
        {"question": {"team": "sales", "respond": 5, "solve": 0}},
    ],
)
def test_settings_without_sense_are_refused(change: dict[str, Any]) -> None:
    """A kind left out or unknown, a foreign team, a warning after the deadline: the product does not start."""
    file = Path(portal.desk.clocks.__file__).with_name("clocks.toml")
    document = tomllib.loads(file.read_text()) | change
    with pytest.raises(ValueError, match=r"question|gossip"):
        read_clocks({kind: given for kind, given in document.items() if given is not None})
