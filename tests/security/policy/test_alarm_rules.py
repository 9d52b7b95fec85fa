"""The rules over the ledger as data and as pure functions: complete or refused, exact at their edges, counted once."""

import dataclasses
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from security.actor import ROLES, STAFF_ROLES
from security.policy.alarm_rules import (
    ALARM_RULES,
    SIGNALS,
    SOURCE,
    AlarmRules,
    Rule,
    Setting,
    load_alarm_rules,
)
from security.policy.rule import MatrixRefused
from security.policy.signals import SHOWN, Person, Seen, Tallies, signals_of, usual_areas, without_use

TEXT = SOURCE.read_text("utf-8")
MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OPENED = "passengers:passport:revealed"
HOUR = timedelta(hours=1)


def seen(index: int = 0, after: timedelta = timedelta(0), **more) -> Seen:
    """Give an opened value by somebody of operations, or what is named instead."""
    usual = {"act": OPENED, "allowed": True, "who": "st_1", "role": "operations"}
    return Seen(index=index, at=MONDAY + after, **(usual | more))


def _loud(settings: dict[str, Setting]) -> AlarmRules:
    """Give the rules with these numbers, and no silence after what was said."""
    rules = ALARM_RULES.with_settings(settings)
    return dataclasses.replace(
        rules, rules={code: replace(rule, silent_minutes=0) for code, rule in rules.rules.items()}
    )


def signals(one: Seen, person: Person | None = None) -> set[str]:
    """Name the signals of an entry."""
    return {signal for signal, _ in signals_of(one, person or Person(), ALARM_RULES)}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("version = 1", "version = 2", "unknown_version"),
        ('counts = "vip"', 'counts = "opening"', "missing_signal"),
        ('counts = "vip"', 'counts = "moon"', "unknown_signal"),
        ("threshold = 30\n", "threshold = 0\n", "unreadable"),
        ("threshold = 30\n", "", "unreadable"),
        ("[severity.low]", "[severity.none]", "missing_severity"),
        ("[shifts.sales]", "[shifts.booker]", "unknown_role"),
        ("days = [1, 2, 3, 4, 5, 6]\n", "days = []\n", "shift_without_sense"),
        ("solve_minutes = 1440", "solve_minutes = 1", "severity_without_sense"),
        ("[use]", "[useless]", "unreadable"),
    ],
)
def test_rules_are_complete_or_refused(old: str, new: str, reason: str) -> None:
    """A rule, clock, shift or number that is missing, unknown or without sense keeps the product from starting."""
    assert old in TEXT
    with pytest.raises(MatrixRefused) as refused:
        load_alarm_rules(TEXT.replace(old, new, 1))
    assert refused.value.reason == reason


def test_every_signal_has_one_rule() -> None:
    """Each signal is counted by exactly one rule, and each rule has an explanation of its own."""
    assert sorted(rule.counts for rule in ALARM_RULES.rules.values()) == sorted(SIGNALS)
    assert len({rule.explanation for rule in ALARM_RULES.rules.values()}) == len(SIGNALS)


def test_a_region_sets_two_numbers_and_nothing_else() -> None:
    """A setting changes threshold and window of its rule; one of an unknown rule changes nothing."""
    changed = ALARM_RULES.with_settings({"vip": Setting(9, 7), "gone": Setting(1, 1)})
    assert (changed.rules["vip"].threshold, changed.rules["vip"].window_minutes) == (9, 7)
    assert changed.rules["vip"].severity == ALARM_RULES.rules["vip"].severity
    assert {k: v for k, v in changed.rules.items() if k != "vip"} == {
        k: v for k, v in ALARM_RULES.rules.items() if k != "vip"
    }


@given(
    gaps=st.lists(st.integers(0, 4 * 3600), min_size=1, max_size=120),
    threshold=st.integers(1, 12),
    minutes=st.integers(1, 240),
)
def test_an_alarm_begins_exactly_at_the_number(gaps: list[int], threshold: int, minutes: int) -> None:
    """Whatever comes when, a rule fires at an entry exactly if so many of the person lie within its window."""
    rules = _loud({"mass_reveal": Setting(threshold, minutes)})
    tallies, after, times = Tallies(rules), timedelta(0), []
    for index, gap in enumerate(gaps):
        after += timedelta(seconds=gap)
        times.append(after)
        fired = [one for one in tallies.look(seen(index, after)) if one.rule == "mass_reveal"]
        within = [at for at in times if at > after - timedelta(minutes=minutes)]
        assert bool(fired) == (len(within) >= threshold)
        if fired:
            assert (fired[0].count, fired[0].entry) == (len(within), index)


def _plainly(looks: list[tuple[timedelta, int]], rule: Rule, most: int) -> tuple[int, tuple[int, ...]]:
    """Count the looks within the window the plain way: how many people they are, and the entries to be named."""
    *_, (now, _) = looks
    within = [(index, whom) for index, (at, whom) in enumerate(looks) if at > now - rule.window][-most:]
    return len({whom for _, whom in within}), tuple(index for index, _ in within)[-SHOWN:]


@given(
    gaps=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 9)), min_size=1, max_size=150),
    threshold=st.integers(1, 6),
    most=st.sampled_from([7, 60, 5_000]),
)
def test_what_an_alarm_counts_is_what_lies_within_the_window(
    gaps: list[tuple[int, int]], threshold: int, most: int
) -> None:
    """However entries come and go, people and named entries are those that a count from the beginning would give."""
    rules = _loud({"vip": Setting(threshold, 60)})
    tallies, at, looks = Tallies(rules), timedelta(0), []
    with patch("security.policy.signals.HELD", most):
        for index, (gap, whom) in enumerate(gaps):
            at += timedelta(seconds=gap)
            looks.append((at, whom))
            look = seen(index, at, act="passengers:profile:viewed", sub=f"s{whom}", vip=True)
            fired = [one for one in tallies.look(look) if one.rule == "vip"]
            count, entries = _plainly(looks, rules.rules["vip"], most)
            assert [(one.count, one.entries) for one in fired] == (
                [(count, entries)] if count >= threshold else []
            )


@given(st.lists(st.sampled_from(["st_1", "st_2", "st_3"]), max_size=80))
def test_people_are_counted_apart_and_entries_once(people: list[str]) -> None:
    """Nobody's entries count for somebody else, and showing an entry again changes nothing."""
    rules = _loud({"mass_reveal": Setting(10, 60)})
    tallies, counts = Tallies(rules), dict.fromkeys(people, 0)
    for index, who in enumerate(people):
        counts[who] += 1
        for _ in range(2):
            fired = [one for one in tallies.look(seen(index, who=who)) if one.rule == "mass_reveal"]
            assert bool(fired) == (counts[who] >= 10)


@given(st.lists(st.integers(0, 5), max_size=30))
def test_vips_are_counted_by_how_many_they_are(subjects: list[int]) -> None:
    """Looking at one well-known passenger again and again is one; different ones add up."""
    limit, tallies, met = ALARM_RULES.rules["vip"].threshold, Tallies(_loud({})), set()
    for index, subject in enumerate(subjects):
        met.add(subject)
        look = seen(index, act="passengers:profile:viewed", sub=f"s{subject}", vip=True)
        fired = [one for one in tallies.look(look) if one.rule == "vip"]
        assert bool(fired) == (len(met) >= limit)


@given(
    minute=st.integers(0, 7 * 24 * 60 - 1),
    zone=st.sampled_from(["UTC", "Asia/Dubai", "America/New_York", "Asia/Kathmandu"]),
    role=st.sampled_from(sorted(ALARM_RULES.shifts)),
)
def test_working_hours_are_those_on_the_wall(minute: int, zone: str, role: str) -> None:
    """Off shift is judged by weekday and clock of the person's own zone: the first minute counts, the last does not."""
    at = MONDAY + timedelta(minutes=minute)
    local, shift = at.astimezone(ZoneInfo(zone)), ALARM_RULES.shifts[role]
    inside = local.isoweekday() in shift.days and shift.since <= local.strftime("%H:%M") < shift.to
    look = seen(0, timedelta(minutes=minute), role=role, act="passengers:profile:viewed")
    assert ("off_shift" in signals(look, Person(zone))) == (not inside)


@given(hour=st.integers(0, 23), day=st.integers(0, 6))
def test_a_night_shift_belongs_to_the_day_it_began_on(hour: int, day: int) -> None:
    """From 22:00 to 06:00 on Mondays: Monday evening and the early Tuesday are in it, the early Monday is not."""
    shift = type(ALARM_RULES.shifts["sales"])([1], "22:00", "06:00")
    at = datetime(2026, 3, 2 + day, hour, 0, tzinfo=UTC)
    assert shift.holds(at, "UTC") == ((day == 0 and hour >= 22) or (day == 1 and hour < 6))
    assert shift.holds(at, "Nowhere/Never") == shift.holds(at, "UTC")


def test_clients_and_processes_have_no_shift_and_no_own_record() -> None:
    """Travellers and bookers look when and at whom of theirs they like; processes are nobody."""
    night = timedelta(hours=14)
    for role in ROLES:
        found = signals(seen(0, night, role=role, own="self", vip=True))
        assert ("own_record" in found) == (role in STAFF_ROLES), role
        assert ("off_shift" in found) == (role in ALARM_RULES.shifts), role
    assert signals(seen(0, night, role="process", own="self", decoy="x")) == set()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {"opening"}),
        ({"agreed": True}, set()),
        ({"allowed": False, "refusal": "passengers:outside_window"}, {"refusal"}),
        ({"allowed": False, "refusal": "security:too_many_reveals"}, {"rate"}),
        ({"allowed": False, "role": "unknown"}, set()),
        ({"allowed": False, "act": "security:access:refused"}, {"refusal"}),
        ({"allowed": False, "act": "quotes:quote:viewed"}, set()),
        ({"own": "organisation"}, {"opening", "own_record"}),
        ({"vip": True, "act": "passengers:passport:copied"}, {"vip"}),
        ({"act": "approvals:request:made", "asked": "break_glass"}, {"break_glass"}),
        ({"act": "approvals:request:made", "asked": "reveal"}, set()),
        (
            {"act": "approvals:request:made", "asked": "break_glass", "allowed": False},
            set(),
        ),
        ({"decoy": "d"}, {"opening", "decoy_opened"}),
        ({"decoy": "d", "allowed": False}, {"refusal", "decoy_opened"}),
        ({"decoy": "d", "act": "passengers:profile:viewed"}, {"decoy_looked_at"}),
        ({"decoy": "d", "act": "passengers:list:viewed", "narrow": True}, {"decoy_searched"}),
    ],
)
def test_an_entry_says_exactly_this(more: dict, expected: set[str]) -> None:
    """Each kind of entry gives its signals, and no others."""
    assert signals(seen(**more)) == expected


def test_a_country_is_unusual_only_for_whom_enough_is_known() -> None:
    """A country with hardly any openings before is unusual, unless the person is new or the country is not known."""
    usual = ALARM_RULES.usual
    known = Person(opened={"LU": usual.known_after, "DE": usual.openings - 1})
    assert usual_areas(known, ALARM_RULES) == ["LU"]
    assert "unusual_region" in signals(seen(area="DE"), known)
    assert "unusual_region" in signals(seen(area="AE"), known)
    assert "unusual_region" not in signals(seen(area="LU"), known)
    assert "unusual_region" not in signals(seen(area=""), known)
    assert "unusual_region" not in signals(seen(area="AE"), Person(opened={"LU": usual.known_after - 1}))
    ((_, told),) = [one for one in signals_of(seen(area="AE"), known, ALARM_RULES) if one[0] != "opening"]
    assert told == {"area": "AE", "usual": "LU"}


@given(
    opened=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 100)), max_size=12),
    used=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 200)), max_size=12),
)
def test_use_is_what_comes_within_the_time_on_the_same_reference(
    opened: list[tuple[int, int]], used: list[tuple[int, int]]
) -> None:
    """An opening was of use exactly if something was done on its reference at or after it, within the hours."""
    openings = [seen(i, hour * HOUR, reference=f"r{ref}") for i, (ref, hour) in enumerate(opened)]
    uses = [(f"r{ref}", MONDAY + hour * HOUR) for ref, hour in used]
    idle = {one.index for one in without_use(openings, uses, 48)}
    for i, (ref, hour) in enumerate(opened):
        of_use = any(other == ref and hour <= then <= hour + 48 for other, then in used)
        assert (i in idle) == (not of_use)
    assert without_use([seen(reference="")], [], 48) == []


@given(st.lists(st.integers(0, 3600), min_size=1, max_size=80), st.integers(0, 80))
def test_the_same_is_said_again_only_after_its_silence(gaps: list[int], before: int) -> None:
    """What has enough is said at once, and for as long as the rule is silent not again; what was only remembered is."""
    rules = ALARM_RULES.with_settings({"mass_reveal": Setting(1, 60)})
    tallies, at, said = Tallies(rules), timedelta(0), None
    for index, gap in enumerate(gaps):
        at += timedelta(seconds=gap)
        if index < before:
            tallies.remember(seen(index, at))
            continue
        fired = [one for one in tallies.look(seen(index, at)) if one.rule == "mass_reveal"]
        assert bool(fired) == (said is None or at >= said + rules.rules["mass_reveal"].silent)
        said = at if fired else said
        tallies.forget(MONDAY + at)


def test_what_no_window_reaches_is_forgotten() -> None:
    """Counts older than every window are let go of; younger ones stay."""
    tallies = Tallies(ALARM_RULES)
    tallies.look(seen(1))
    tallies.forget(MONDAY + timedelta(minutes=59))
    assert tallies._kept
    tallies.forget(MONDAY + HOUR)
    assert not tallies._kept
