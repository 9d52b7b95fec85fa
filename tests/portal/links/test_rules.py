"""How far a link is: a pure rule over its instants."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.links.rules import LIVE, Course, may_withdraw, state_of
from portal.links.words import STATES

NOW = datetime(2026, 3, 1, tzinfo=UTC)
instants = st.none() | st.datetimes(
    min_value=datetime(2026, 2, 1),  # noqa: DTZ001 -- hypothesis adds the zone
    max_value=datetime(2026, 4, 1),  # noqa: DTZ001 -- the same
    timezones=st.just(UTC),
)
courses = st.builds(
    Course,
    expires_at=instants.filter(bool),
    opened_at=instants,
    completed_at=instants,
    withdrawn_at=instants,
    expired_at=instants,
    mail=st.sampled_from([None, "created", "sending", "sent", "bounced", "failed", "expired"]),
)


@given(courses)
def test_every_link_has_a_state_with_a_name(course: Course) -> None:
    """Whatever came of a link, it is in exactly one state that can be said, and completed wins over all."""
    state = state_of(course, NOW)
    assert state in STATES
    assert (state == "complete") == (course.completed_at is not None)
    assert may_withdraw(state) == (state in LIVE)


@given(courses)
def test_what_ended_cannot_be_withdrawn(course: Course) -> None:
    """A link that is complete, withdrawn or past its time has nothing left to take back."""
    ended = course.completed_at or course.withdrawn_at or course.expired_at or course.expires_at <= NOW
    assert may_withdraw(state_of(course, NOW)) == (not ended)


def test_a_bounced_mail_shows_until_somebody_opened_it() -> None:
    """A mail that came back shows as undelivered, unless its link was opened all the same."""
    course = Course(NOW + timedelta(days=1), None, None, None, None, "bounced")
    assert state_of(course, NOW) == "undelivered"
    opened = Course(NOW + timedelta(days=1), NOW, None, None, None, "bounced")
    assert state_of(opened, NOW) == "opened"
