"""Rules of findings and schedules: pure, tried with whatever comes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.extract import neutral
from portal.auditors.asked import harmless
from portal.extracts.rules import next_run, period
from portal.findings.forms import read_finding, read_note
from portal.findings.rules import STATES, STEPS, Standing, leads_to, offered, problem
from portal.web.refusals import FormRefused

PEOPLE = [UUID(int=number) for number in range(4)]
ZONES = st.sampled_from(
    ["UTC", "Europe/Amsterdam", "America/St_Johns", "Asia/Shanghai", "Australia/Lord_Howe", "Africa/Cairo"]
)
TIMES = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
RHYTHMS = st.one_of(
    st.tuples(st.just("weekly"), st.integers(0, 6)), st.tuples(st.just("monthly"), st.integers(1, 28))
)


@given(
    st.sampled_from(STATES), st.sampled_from(["auditor", "compliance", "finance"]), st.sampled_from(PEOPLE)
)
def test_offered_steps_lead_on_and_nobody_signs_off_his_own(state: str, role: str, me: UUID) -> None:
    """Each offered step leads to another state; author and closer never sign off; other roles do nothing."""
    now = Standing(state, PEOPLE[0], PEOPLE[1] if state in {"closed", "signed_off"} else None)
    steps = offered(now, role, me)
    assert all(leads_to(step) in STATES and leads_to(step) != state for step in steps)
    assert "sign_off" not in steps or me not in {PEOPLE[0], PEOPLE[1]}
    assert role != "finance" or not steps
    assert state != "signed_off" or not steps


def test_each_step_says_why_not() -> None:
    """An unknown step, another's step, a step out of turn and a sign-off by the author have codes of their own."""
    now = Standing("closed", PEOPLE[0], PEOPLE[1])
    assert problem(now, "dance", "auditor", PEOPLE[2]) == "findings:unknown_step"
    assert problem(now, "answer", "auditor", PEOPLE[2]) == "findings:not_your_step"
    assert problem(now, "answer", "compliance", PEOPLE[2]) == "findings:not_now"
    assert problem(now, "sign_off", "auditor", PEOPLE[0]) == "findings:second_auditor_required"
    assert problem(now, "sign_off", "auditor", PEOPLE[2]) is None
    assert set(STEPS) == {"answer", "remediate", "return", "close", "sign_off"}


@given(RHYTHMS, st.integers(0, 23), ZONES, TIMES)
def test_a_report_is_due_ahead_and_at_its_hour(
    rhythm: tuple[str, int], hour: int, zone: str, after: datetime
) -> None:
    """The next run is ahead, within a rhythm, on its day and hour, but for an hour that the clocks skip."""
    due = next_run(*rhythm, hour, zone, after)
    assert after < due <= after + timedelta(days=32 if rhythm[0] == "monthly" else 8)
    here = due.astimezone(ZoneInfo(zone))
    assert (here.weekday() if rhythm[0] == "weekly" else here.day) == rhythm[1]
    assert here.hour in {hour, (hour + 1) % 24}
    since, until = period(rhythm[0], hour, zone, due)
    assert until == due
    assert timedelta(days=6) < until - since < timedelta(days=32)
    assert next_run(*rhythm, hour, zone, since) == due  # nothing between two reports is left out


def test_hours_that_the_clocks_skip_or_repeat() -> None:
    """In Amsterdam 02:00 of 29 March 2026 comes at 03:00, and of 25 October the first time."""
    spring = next_run("weekly", 6, 2, "Europe/Amsterdam", datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert spring == datetime(2026, 3, 29, 1, tzinfo=UTC)
    autumn = next_run("weekly", 6, 2, "Europe/Amsterdam", datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert autumn == datetime(2026, 10, 25, 0, tzinfo=UTC)


@given(st.text())
def test_no_cell_begins_a_formula(text: str) -> None:
    """Whatever a cell says, a spreadsheet reads it as text, and only one sign was added."""
    cell = neutral(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell in {text, "'" + text}


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=40), max_size=4))
def test_what_was_typed_is_not_told(asked: dict[str, str]) -> None:
    """Of a typed word an entry holds only that there was one; codes and pseudonyms stand as they are."""
    told = harmless(asked | {"actor": "Eleanor", "kind": "trips:trip:viewed", "subject": "A" * 43})
    assert told["actor"] == "other"
    assert told["kind"] == "trips:trip:viewed"
    assert told["subject"] == "A" * 43
    assert all(value.isascii() for value in told.values())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 161}, "title"),
        ({"severity": "odd"}, "severity"),
        ({"words": "\u200b"}, "words"),
        ({"words": "x" * 4001}, "words"),
        ({"entries": "1 x"}, "entries"),
        ({"entries": ""}, "entries"),
        ({"entries": list(range(101))}, "entries"),
        ({"due_on": "2020-01-01"}, "due_on"),
        ({"due_on": "soon"}, "due_on"),
        ({"due_on": ""}, "due_on"),
    ],
)
def test_a_bad_finding_is_refused_by_field(changes: dict[str, object], field: str) -> None:
    """Each wrong part of a finding is named."""
    good = {"title": "T", "severity": "low", "words": "W", "entries": "1, 2 3", "due_on": "2026-03-09"}
    today = datetime(2026, 3, 1, tzinfo=UTC).date()
    assert read_finding(good, today).entries == [1, 2, 3]
    with pytest.raises(FormRefused) as refused:
        read_finding(good | changes, today)
    assert list(refused.value.errors) == [field]
    if field in {"words", "entries"}:
        with pytest.raises(FormRefused):
            read_note(good | changes)
