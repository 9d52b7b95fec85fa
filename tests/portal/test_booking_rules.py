"""Rules of flights and quotes, for any input: distances, block times, clocks, amounts, states."""

# ruff: noqa: DTZ001 -- wall clocks have no zone

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from i18n.formats import formats_for
from i18n.locales import LOCALES
from portal.quotes import rules as quotes
from portal.quotes.terms import CURRENT, languages, terms
from portal.trips.airports import SERVED, Airport, airport
from portal.trips.fleet import aircraft_types
from portal.trips.route_map import HEIGHT, WIDTH, land_rings, route_map
from portal.trips.rules import (
    block_time,
    distance,
    great_circle,
    local_problem,
    times_from,
    to_local,
    to_utc,
)

PLACES = st.sampled_from(SERVED).map(airport)
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
UNHURRIED = settings(deadline=None, max_examples=50)  # a busy machine is no fault
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@UNHURRIED
@given(PLACES, PLACES, PLACES)
def test_distance_is_a_distance(a: Airport, b: Airport, c: Airport) -> None:
    """It is the same both ways, nothing to the same place, and no shorter by a detour."""
    assert distance(a, b) == pytest.approx(distance(b, a))
    assert distance(a, a) == 0
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-6


def test_known_distances() -> None:
    """London to New York and Geneva to Nice are as far as every almanac says, within half a per cent."""
    assert distance(airport("EGLL"), airport("KJFK")) == pytest.approx(2991, rel=0.005)
    assert distance(airport("LSGG"), airport("LFMN")) == pytest.approx(161, rel=0.02)


@UNHURRIED
@given(st.floats(1, 8000), st.sampled_from(list(aircraft_types().values())))
def test_block_time_is_whole_and_never_shrinks(miles: float, kind: object) -> None:
    """A block time is a multiple of five minutes and longer for a longer way."""
    knots = kind.knots  # type: ignore[attr-defined]
    short, far = block_time(miles, knots), block_time(miles * 1.5 + 50, knots)
    assert short % timedelta(minutes=5) == timedelta(0)
    assert timedelta(minutes=26) < short <= far


@UNHURRIED
@given(PLACES, PLACES, INSTANTS)
def test_local_times_lead_back_to_their_instants(a: Airport, b: Airport, at: datetime) -> None:
    """The wall clocks of a flight name its instants, unless the clock there shows that time twice."""
    times = times_from(a, b, at, 450)
    for local, zone, instant in (
        (times.departs_local, a.zone, at),
        (times.arrives_local, b.zone, times.arrives_at),
    ):
        problem = local_problem(local, zone)
        assert problem in {None, "trips:ambiguous_time"}
        both = {to_utc(local, zone, later=later) for later in (False, True)}
        assert instant in both
        assert to_local(instant, zone) == local


def test_times_that_are_not_and_times_that_come_twice() -> None:
    """In the hour that is skipped nothing exists; in the hour that repeats one must say which."""
    assert local_problem(datetime(2026, 3, 29, 2, 30), "Europe/Paris") == "trips:nonexistent_time"
    assert to_utc(datetime(2026, 3, 29, 2, 30), "Europe/Paris", later=True) is None
    assert local_problem(datetime(2026, 10, 25, 2, 30), "Europe/Paris") == "trips:ambiguous_time"
    assert to_utc(datetime(2026, 10, 25, 2, 30), "Europe/Paris") is None
    first, second = (to_utc(datetime(2026, 10, 25, 2, 30), "Europe/Paris", later=x) for x in (False, True))
    assert first is not None
    assert second is not None
    assert second - first == timedelta(hours=1)


@UNHURRIED
@given(PLACES, PLACES)
def test_a_great_circle_never_jumps(a: Airport, b: Airport) -> None:
    """Between two points of a way there is no leap around the world, and it begins and ends at the airports."""
    way = great_circle(a, b)
    assert all(abs(p[0] - q[0]) < 60 for p, q in pairwise(way))
    assert (way[0][1], way[-1][1]) == (pytest.approx(a.latitude), pytest.approx(b.latitude))


@UNHURRIED
@example([airport("LSGG"), airport("KTEB"), airport("ZSPD"), airport("BIRK")])
@given(st.lists(PLACES, min_size=2, max_size=4))
def test_every_stop_is_on_the_map(stops: list[Airport]) -> None:
    """Whatever the route, each airport lies inside the picture, over land that was drawn."""
    drawn = route_map(stops)
    assert all(0 <= stop.x <= WIDTH and 0 <= stop.y <= HEIGHT for stop in drawn.stops)
    assert {stop.code for stop in drawn.stops} == {stop.code for stop in stops}
    assert drawn.land.startswith("M")
    assert len(drawn.land) < 30_000


def test_land_has_no_seam_across_the_world() -> None:
    """No coast but that of the pole leaps from one edge of the world to the other."""
    for ring in land_rings():
        if max(y for _, y in ring) > -60:
            assert all(abs(p[0] - q[0]) < 180 for p, q in pairwise(ring))


@UNHURRIED
@given(st.integers(1, 10**9), st.sampled_from(quotes.CURRENCIES))
def test_amounts_are_read_as_they_are_written(minor: int, currency: str) -> None:
    """An amount written in English is read back as the same minor units, in currencies of 0, 2 and 3 places."""
    written = formats_for("en").money(minor, currency)
    assert written.startswith(f"{currency}\u00a0")
    assert quotes.minor_units(written.removeprefix(f"{currency}\u00a0"), currency) == minor


@pytest.mark.parametrize("text", ["", "abc", "-1", "0", "0.00", "1.005", "1e5", "12..5", "9" * 14, "1.5.2"])
def test_what_is_no_amount(text: str) -> None:
    """Nothing, words, nought, a negative and a fraction of a cent are no amount."""
    assert quotes.minor_units(text, "EUR") is None


def test_yen_have_no_cents_and_dinars_have_three() -> None:
    """The places of a currency decide what is an amount."""
    assert quotes.minor_units("1000", "JPY") == 1000
    assert quotes.minor_units("1000.5", "JPY") is None
    assert quotes.minor_units("1.250", "KWD") == 1250


@pytest.mark.parametrize(
    ("state", "until", "now"),
    [
        ("answered", NOON, "expired"),
        ("answered", NOON + timedelta(seconds=1), "answered"),
        ("accepted", NOON, "accepted"),
        ("asked", None, "asked"),
    ],
)
def test_an_answer_expires_by_itself(state: str, until: datetime | None, now: str) -> None:
    """Only an answer expires, in the second its validity ends."""
    assert quotes.state_at(state, until, NOON) == now
    assert (quotes.acceptance_problem(now) is None) == (now == "answered")


def test_terms_are_written_in_every_language() -> None:
    """The terms in force exist in each language of the portal, clause by clause: none stands in for another."""
    assert languages(CURRENT) == {tag for tag in LOCALES if tag in languages(CURRENT)}
    assert {"en", "zh-Hans", "ar"} <= languages(CURRENT)
    assert len({len(terms(CURRENT, tag)) for tag in languages(CURRENT)}) == 1
    with pytest.raises(KeyError):
        terms(CURRENT, "xx")
