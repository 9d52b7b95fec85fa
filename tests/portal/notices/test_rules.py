"""What is true of changes: differences, grades, hashes, clocks that skip or repeat an hour."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.notices import rules
from portal.notices.forms import read_change
from portal.notices.rules import Leg, Told
from portal.web.refusals import FormRefused

LEG = Leg(
    "1", 1, "EHAM", "EGLF", "2026-03-04T12:00:00", "2026-03-04T11:00:00Z", "2026-03-04T12:10:00",
    "2026-03-04T12:10:00Z", "PC12", "PH-ABC",
)  # fmt: skip


def shifted(minutes: int) -> Leg:
    """Give the leg leaving so much later."""
    at = rules.instant(LEG.departs_at) + timedelta(minutes=minutes)
    return replace(
        LEG, departs_at=rules.written(at), departs_local=rules.written_local(at + timedelta(hours=1))
    )


@pytest.mark.parametrize(
    ("after", "grade"),
    [
        (LEG, "none"),
        (shifted(-14), "minor"),
        (shifted(-15), "material"),
        (shifted(59), "minor"),
        (shifted(60), "material"),
        (replace(LEG, tail="PH-XYZ"), "minor"),
        (replace(LEG, aircraft="G650"), "material"),
        (replace(LEG, origin="EHRD"), "material"),
    ],
)
def test_grades(after: Leg, grade: str) -> None:
    """A quarter of an hour earlier, an hour later, another airport or aircraft is material; a registration is not."""
    assert rules.grade(rules.differences([LEG], [after])) == grade


def test_a_cancellation_is_a_grade_of_its_own() -> None:
    """What does not fly at all is a cancellation, whatever else is different."""
    assert rules.grade([], cancelled=True) == "cancellation"


states = st.integers(0, 3).map(lambda n: (shifted(n * 10),))


@given(known=states, told=states, now=states)
def test_the_next_word_leads_to_what_is_so_now(
    known: rules.Itinerary, told: rules.Itinerary, now: rules.Itinerary
) -> None:
    """Silence only where he was told so, a retraction only where that is what he knows, else a change from there."""
    heard = rules.next_word(Told(known, told, waits=False), now)
    if heard is None:
        assert told == now
    elif heard[0] == "retraction":
        assert (now, heard[1]) == (known, told)
    else:
        assert heard == ("change", known)
        assert known != now


@given(a=states, b=states, kind=st.sampled_from(["change", "retraction"]))
def test_a_hash_names_one_content(a: rules.Itinerary, b: rules.Itinerary, kind: str) -> None:
    """The same content has the same hash, another content another: an answer can cover nothing else."""
    one = rules.content_hash(kind, rules.write_state(a), rules.write_state(b))
    assert one == rules.content_hash(
        kind, rules.write_state(rules.read_state(rules.write_state(a))), rules.write_state(b)
    )
    assert (one == rules.content_hash(kind, rules.write_state(b), rules.write_state(a))) == (a == b)
    assert one != rules.content_hash("other", rules.write_state(a), rules.write_state(b))


def test_clocks_that_skip_and_repeat() -> None:
    """An hour that is skipped has no instant, one that comes twice has two, any other one."""

    def local(text: str) -> int:
        return len(rules.instants(datetime.fromisoformat(text), "Europe/Amsterdam"))

    assert (local("2026-03-29T02:30"), local("2026-10-25T02:30"), local("2026-10-25T04:30")) == (0, 2, 1)


NOW = datetime(2026, 2, 1, tzinfo=UTC)


def refused(**fields: str) -> dict[str, str]:
    """Give what is refused of a form."""
    with pytest.raises(FormRefused) as error:
        read_change({name.rstrip("_"): text for name, text in fields.items()}, LEG, NOW)
    return error.value.errors


def test_what_is_refused_and_asked() -> None:
    """A time that does not exist is refused, one that comes twice is asked, and each bad field has its own code."""
    assert refused(departs_local="2026-03-29T02:30") == {"departs_local": "notices:no_such_local_time"}
    assert refused(departs_local="2026-10-25T02:30") == {"departs_local": "notices:ambiguous_local_time"}
    assert refused(departs_local="soon") == {"departs_local": "notices:bad_local_time"}
    assert refused(departs_local="2026-03-04T15:00Z") == {"departs_local": "notices:bad_local_time"}
    assert refused(departs_at="2026-03-04T15:00") == {"departs_at": "web:bad_time"}
    assert refused(departs_at="2026-03-04T15:00Z", departs_local="2026-03-04T15:00") == {
        "departs_at": "notices:one_time_only"
    }
    assert refused(from_="XXXX") == {"from": "notices:unknown_airport"}
    assert refused(to="AMS") == {"to": "notices:same_airport"}
    assert refused(tail="ab/cd") == {"tail": "notices:bad_tail"}
    assert refused(departs_local="2026-03-04T18:00") == {"arrives_local": "notices:arrives_before_departing"}
    assert refused(aircraft="http://example.test") == {"aircraft": "trips:unknown_aircraft"}


def test_days_that_nobody_can_mean() -> None:
    """A departure is not moved into the past, a leg lasts no month, and years no calendar reckons with are no times."""
    assert refused(departs_local="2026-01-04T08:00") == {"departs_local": "notices:departs_in_the_past"}
    assert refused(arrives_local="2026-04-04T08:00") == {"arrives_local": "notices:leg_too_long"}
    for far in ("9999-12-31T23:59", "0001-01-01T00:00"):
        assert refused(departs_local=far) == {"departs_local": "notices:bad_local_time"}
        assert refused(arrives_at=f"{far}-14:00") == {"arrives_at": "web:bad_time"}


def test_which_of_two() -> None:
    """Of a time that comes twice, the first is summer's and the second winter's."""
    wanted = {"departs_local": "2026-10-25T02:30", "arrives_at": "2026-10-25T09:00Z"}
    first = read_change(wanted | {"departs_which": "first"}, LEG, NOW)
    second = read_change(wanted | {"departs_which": "second"}, LEG, NOW)
    assert (first.departs_at, second.departs_at) == ("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z")


def test_local_time_is_the_promise() -> None:
    """When only the airport changes, the local time stays and the instant moves with the zone."""
    moved = read_change({"from": "LHR"}, LEG, NOW)
    assert (moved.origin, moved.departs_local, moved.departs_at) == (
        "EGLL",
        "2026-03-04T12:00:00",
        "2026-03-04T12:00:00Z",
    )
