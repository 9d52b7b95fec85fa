"""Until when a document must be good: rules as data, judged by pure functions, shown from clear dates."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.passengers.standing import rules
from portal.passengers.validity import Flight, Paper, Shortfall, expiry_of, judge, judge_all
from portal.passengers.validity.reading import SOURCE, RulesRefused, read_rules
from portal.passengers.validity.rules import leaving, months_after, needed_until
from portal.passengers.warning_words import SENTENCES
from portal.web.places import state_of_airport, states
from security.fields import DOCUMENT_KINDS

DAY = date(2026, 3, 1)
TEXT = SOURCE.read_text("utf-8")
STATES = ("DEU", "FRA", "GBR", "USA", "CHN", "ARE", "IRL", "TUR", "BRA", "NZL", "CHE")
days = st.dates(min_value=date(2025, 1, 1), max_value=date(2030, 1, 1))
papers = st.builds(
    Paper,
    id=st.uuids(),
    kind=st.sampled_from(DOCUMENT_KINDS),
    issuing_state=st.sampled_from((*STATES, "D", "UTO", "")),
    expires_on=st.none() | days,
)


def fly(*ways: tuple[str, str], start: date = DAY, stay: int = 3) -> list[Flight]:
    """Make a trip of legs, each some days after the one before."""
    return [
        Flight(
            UUID(int=n), UUID(int=99), *way, way[1], start + timedelta(n * stay), start + timedelta(n * stay)
        )
        for n, way in enumerate(ways)
    ]


def paper(issuer: str, ends: date | None, kind: str = "passport", number: int = 1) -> Paper:
    """Make a document."""
    return Paper(UUID(int=number), kind, issuer, ends)


def codes(flights: list[Flight], *held: Paper) -> list[tuple[str, str, date]]:
    """Judge a trip: code, rule and day of each shortfall."""
    return [
        (one.code, one.rule.code, one.needed_until)
        for judgement in judge_all(rules(), flights, held)
        for one in judgement.shortfalls
    ]


@pytest.mark.parametrize(
    ("issuer", "destination", "rule", "needed"),
    [
        ("USA", "FRA", "schengen", date(2026, 6, 4)),  # leaves on 4 March, three months on
        ("USA", "GBR", "gbr", date(2026, 3, 4)),
        ("GBR", "USA", "usa_club", date(2026, 3, 4)),
        ("CHN", "USA", "usa", date(2026, 9, 4)),
        ("GBR", "ARE", "are", date(2026, 9, 1)),
        ("GBR", "TUR", "tur", date(2026, 5, 3)),
        ("GBR", "ZAF", "zaf", date(2026, 4, 3)),
        ("GBR", "BRA", "default", date(2026, 9, 1)),
        ("DEU", "FRA", "free_movement", DAY),
        ("D", "FRA", "free_movement", DAY),
        ("FRA", "FRA", "own", DAY),
        ("ARE", "SAU", "gulf", DAY),
    ],
)
def test_each_destination_has_its_rule(issuer: str, destination: str, rule: str, needed: date) -> None:
    """Who arrives where with what is judged by this rule: good on its day, short the day before."""
    origin = "JPN"
    flights = fly((origin, destination), (destination, origin))
    good, short = (judge(rules(), flights, 0, [paper(issuer, needed - timedelta(n))]) for n in (0, 1))
    assert good.shortfalls == ()
    (found,) = short.shortfalls
    assert (found.rule.code, found.needed_until) == (rule, needed)
    assert found.code == ("expired" if needed == DAY else "too_short")
    assert found.flight is flights[0]


def test_leaving_an_area_is_leaving_all_of_it() -> None:
    """From a flight inside Schengen the stay goes on, and the flight itself asks for a document of that day only."""
    flights = fly(("USA", "FRA"), ("FRA", "DEU"), ("DEU", "USA"))
    assert leaving(rules(), flights, 0) == date(2026, 3, 7)
    assert codes(flights, paper("USA", date(2026, 6, 6))) == [("too_short", "schengen", date(2026, 6, 7))]
    assert codes(flights[1:2], paper("USA", DAY)) == [("expired", "inside", date(2026, 3, 4))]


def test_the_document_that_is_good_for_long_enough_counts() -> None:
    """A second passport or an identity card that satisfies the destination is chosen over a passport that does not."""
    flights = fly(("GBR", "DEU"), ("DEU", "GBR"))
    british, french = paper("GBR", date(2026, 4, 1)), paper("FRA", date(2026, 3, 20), "national_id", 2)
    assert judge(rules(), flights, 0, [british, french]).paper == french
    assert judge(rules(), flights, 0, [british]).shortfalls[0].code == "too_short"
    assert judge(rules(), fly(("DEU", "GBR")), 0, [french]).shortfalls[0].code == "no_document"
    longer = paper("FRA", date(2030, 1, 1), number=3)
    assert judge(rules(), flights, 0, [british, french, longer]).paper == longer


def test_a_visa_on_file_must_last_for_the_stay() -> None:
    """Of the destination's visas one must last until the day of leaving; a visa of another state says nothing."""
    flights = fly(("CHN", "USA"), ("USA", "CHN"), stay=20)
    passport, short = paper("CHN", date(2030, 1, 1)), paper("USA", date(2026, 3, 15), "visa", 2)
    assert codes(flights, passport, short) == [("visa_ends", "usa", date(2026, 3, 21))]
    assert codes(flights, passport, short, paper("USA", None, "visa", 3)) == []
    assert codes(flights, passport, paper("GBR", DAY, "visa", 4)) == []


def test_unknown_and_missing_are_told_apart() -> None:
    """A passport without a date asks for the date, no passport for a passport."""
    flights = fly(("GBR", "ARE"))
    assert codes(flights, paper("GBR", None))[0][0] == "no_expiry"
    assert codes(flights, paper("USA", None, "known_traveller"))[0][0] == "no_document"


@given(st.lists(papers, max_size=5), st.sampled_from(STATES), st.sampled_from(STATES), days)
def test_every_judgement_can_be_said(held: list[Paper], origin: str, destination: str, day: date) -> None:
    """Whatever is on file: a known code, a day that is not before arrival, the chosen document among those held."""
    flights = fly((origin, destination), (destination, origin), start=day)
    for judgement in judge_all(rules(), flights, held):
        assert judgement.paper is None or judgement.paper in held
        for one in judgement.shortfalls:
            assert one.code in SENTENCES
            assert one.needed_until >= judgement.flight.arrives_on
            assert (
                one.paper is None or one.paper.expires_on is None or one.paper.expires_on < one.needed_until
            )


@given(st.lists(papers, max_size=4), papers, st.sampled_from(STATES), days)
def test_another_document_never_hurts(held: list[Paper], more: Paper, destination: str, day: date) -> None:
    """One more document never makes a passport fall short that was good enough."""
    flights = fly(("JPN", destination), (destination, "JPN"), start=day)

    def short(these: list[Paper]) -> bool:
        found: tuple[Shortfall, ...] = judge(rules(), flights, 0, these).shortfalls
        return any(one.code != "visa_ends" for one in found)

    assert not short([*held, more]) or short(held)


@given(papers.filter(lambda one: one.expires_on is not None), st.integers(1, 2000), days)
def test_a_longer_validity_never_hurts(one: Paper, more: int, day: date) -> None:
    """A document that ends later falls short no sooner."""
    assert one.expires_on is not None
    longer = Paper(one.id, one.kind, one.issuing_state, one.expires_on + timedelta(more))
    flights = fly(("JPN", "FRA"), ("FRA", "JPN"), start=day)
    before = judge(rules(), flights, 0, [one]).shortfalls
    assert before or not judge(rules(), flights, 0, [longer]).shortfalls


@given(days, st.integers(0, 60))
def test_months_are_counted_as_a_calendar_does(day: date, months: int) -> None:
    """The day of the month stays or becomes the last of a shorter month, and more months are later."""
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(1)).day == 1)
    assert months_after(day, months + 1) > later


@given(st.none() | days)
def test_a_document_without_a_flight_stands_somewhere(ends: date | None) -> None:
    """Without a flight a document is unknown, expired, soon to end or good, by the months of the data file."""
    said = expiry_of(rules(), ends, DAY)
    if ends is None:
        assert said == "unknown"
    else:
        assert said == ("expired" if ends < DAY else "soon" if ends < date(2026, 9, 1) else "good")


def test_leaving_counts_from_arrival_where_it_is_not_known() -> None:
    """A one-way flight is judged by its arrival, the least that can be asked."""
    (flight,) = fly(("USA", "FRA"))
    rule = rules().rule("FRA", "USA")
    assert needed_until(rule, flight.arrives_on, None) == date(2026, 6, 1)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('states = ["GBR"]', 'states = ["GBX"]'),
        ('states = ["@schengen"]', 'states = ["@nowhere"]'),
        ('states = ["any"]', 'states = ["BRA"]'),
        ('code = "gbr"', 'code = "usa"'),
        ('base = "leaving"', 'base = "sometime"'),
        ('source = "GOV.UK, Entering the UK: before you leave for the UK"', 'source = ""'),
        ('kinds = ["passport", "national_id"]', 'kinds = ["passport", "library_card"]'),
        ("days = 60", "days = -1"),
        ("version = 1", "version = 2"),
        ("days = 30", "weeks = 5"),
    ],
)
def test_rules_with_a_mistake_are_refused(was: str, becomes: str) -> None:
    """A state, group, base or kind that does not exist, a rule without a source, no last rule: nothing is used."""
    assert was in TEXT
    with pytest.raises(RulesRefused):
        read_rules(TEXT.replace(was, becomes), states())


def test_every_airport_lies_in_a_state() -> None:
    """The state of an airport is the alpha-3 code by which rules name it."""
    assert [state_of_airport(code) for code in ("LBG", "EGLF", "VHHH", "TEB", "DWC")] == [
        "FRA",
        "GBR",
        "HKG",
        "USA",
        "ARE",
    ]
