"""Days, quarters and classes of deeds: pure rules."""

from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.catalogue import KINDS
from portal.trail.forms import read_filters, read_size
from portal.trail.rules import (
    BY_DEED,
    begins,
    days_up_to,
    is_due,
    named_ids,
    quarter_before,
    quarter_named,
)
from portal.trail.words import HEADLINES, headline_of
from portal.web.refusals import BadCursor, FormRefused
from security.policy.deeds import DONE, OPENED, SEEN, deed_of, patterns

ZONES = st.sampled_from(
    ["UTC", "Asia/Dubai", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Pacific/Niue"]
)
TIMES = st.datetimes(datetime(2001, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis wants them so


@given(TIMES, ZONES)
def test_quarters_follow_each_other_without_gap(at: datetime, zone: str) -> None:
    """The last whole quarter is over, ends where the next begins, and is the one of its name."""
    quarter = quarter_before(at, zone)
    assert quarter.since < quarter.until <= at
    assert quarter_before(quarter.until, zone) == quarter == quarter_named(quarter.name, zone)
    assert quarter_before(quarter.since, zone).until == quarter.since
    assert quarter_before(quarter.until - timedelta(microseconds=1), zone).until == quarter.since
    assert begins(quarter.first, zone) == quarter.since
    assert 89 <= (quarter.last - quarter.first).days <= 91


@given(TIMES, TIMES, ZONES)
def test_a_digest_is_owed_from_the_morning_to_who_wished_before(
    at: datetime, chosen: datetime, zone: str
) -> None:
    """Never before eight o'clock of the own zone, never for a wish that came after it."""
    quarter = quarter_before(at, zone)
    morning = quarter.due_at.astimezone(ZoneInfo(zone))
    assert (morning.hour, morning.day, morning.month % 3) == (8, 1, 1)
    assert is_due(quarter, chosen, at) == (chosen <= quarter.due_at and at >= quarter.due_at)


@given(TIMES, ZONES)
def test_the_last_days_end_today(at: datetime, zone: str) -> None:
    """Thirty days follow each other, and now lies in the last."""
    days = days_up_to(at, zone)
    assert len(days) == 30
    assert [later - day for day, later in pairwise(days)] == [timedelta(days=1)] * 29
    assert begins(days[-1], zone) <= at < begins(days[-1] + timedelta(days=1), zone)


def test_each_kind_has_one_class_in_python_and_in_the_database() -> None:
    """What the keeper counts by patterns is what the page filters by kinds."""
    for kind in KINDS:
        found = [
            deed
            for deed in (OPENED, SEEN)
            if any(fnmatchcase(kind, p.replace("%", "*")) for p in patterns(deed))
        ]
        assert (*found, DONE)[0] == deed_of(kind), kind
    assert sorted(kind for kinds in BY_DEED.values() for kind in kinds) == sorted(KINDS)
    assert deed_of("passengers:passport:revealed") == deed_of("exports:file:built") == OPENED


def test_what_is_written_with_a_subject_has_a_headline() -> None:
    """The room's own kinds are said in plain words to the person they are about."""
    assert [
        kind for kind in KINDS if kind.startswith("trail:") and headline_of(kind, "allow") not in HEADLINES
    ] == []


def test_filters_are_read_in_the_own_zone() -> None:
    """A day is the reader's: in Dubai it begins four hours before it does in UTC; the last day is included."""
    only = read_filters({"from": "2026-03-01", "to": "2026-03-01", "what": "opened"}, "Asia/Dubai").only
    assert only.since == datetime(2026, 2, 28, 20, tzinfo=UTC)
    assert only.until == datetime(2026, 3, 1, 20, tzinfo=UTC)
    assert "passengers:passport:revealed" in only.acts
    assert "passengers:list:viewed" not in only.acts


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from", "yesterday"),
        ("to", "9999-12-31"),
        ("from", "0001-01-01"),
        ("what", "everything"),
        ("role", "king"),
        ("by", "x"),
        ("decision", "maybe"),
    ],
)
def test_a_bad_filter_is_named(field: str, value: str) -> None:
    """A filter that means nothing is refused at its field, not ignored."""
    with pytest.raises(FormRefused) as refused:
        read_filters({field: value}, "UTC")
    assert set(refused.value.errors) == {field}


@pytest.mark.parametrize("text", [None, "", "0", "-1", "1.5", "9" * 30, "٣"])
def test_a_bad_size_is_refused(text: str | None) -> None:
    """The size of a tree is a positive number in plain digits."""
    with pytest.raises(BadCursor):
        read_size(text, "from")


def test_only_ids_of_the_region_are_looked_up() -> None:
    """Words of a list's filter, other regions' ids and broken ones are left alone."""
    good = "eu_019a1111-0000-7000-8000-000000000000"
    assert [str(one) for one in named_ids([good, "open", "cn_" + good[3:], "eu_x"], "eu")] == [good[3:]]
