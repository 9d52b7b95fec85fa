"""An explanation agrees with the decision, says what would be needed, and never more than the asker may know."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from security.actor import ROLES
from security.fields import FIELDS
from security.policy.decide import purposes_open
from security.policy.explain import (
    APPROVED,
    CLIENT_APPROVAL,
    CLIENT_FOR_SOME,
    HIDDEN_FROM_ROLE,
    MASK_ONLY,
    NO_LEG,
    NO_REFERENCE,
    NOTHING_ON_FILE,
    OTHER_PLACE,
    OWN_RECORD_ONLY,
    SECOND_PERSON,
    STEP_UP,
    WHYS,
    WINDOW_OPEN,
    WINDOW_OPENS,
    WINDOW_PASSED,
    Explanation,
    Leg,
    explain,
)
from security.policy.matrix import MATRIX
from security.policy.rule import Rule
from security.policy.window import AFTER_ARRIVAL, BEFORE_DEPARTURE, LegTimes, in_window

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def leg(days: float, trip: str = "WX-1", position: int = 1, state: str = "confirmed") -> Leg:
    """Make a leg of two hours that departs so many days from noon."""
    departs = NOON + days * DAY
    return Leg(trip, position, LegTimes(state, departs, departs + timedelta(hours=2)))


def told(role: str, field: str, **over: object) -> Explanation:
    """Explain with everything granted but what is said."""
    usual = {
        "is_own": False,
        "legs": [leg(3)],
        "has_reference": True,
        "second_person": False,
        "stepped_up": True,
        "stored": True,
        "place": "eu",
        "at": NOON,
    }
    return explain(role=role, field=field, **(usual | over))


def codes(role: str, field: str, **over: object) -> list[str]:
    """Give the codes of an explanation."""
    return [why.code for why in told(role, field, **over).whys]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(min_value=-40, max_value=40), max_size=3), st.data())
def test_it_says_open_exactly_if_the_list_of_purposes_does(days: list[int], data: st.DataObject) -> None:
    """For every cell and condition the explanation and the decision agree on whether the asker may go on."""
    legs = [leg(one) for one in days]
    flying = in_window([one.times for one in legs], NOON)
    is_own, second, stored = (data.draw(st.booleans()) for _ in range(3))
    for role, field in itertools.product(ROLES, FIELDS):
        says = told(role, field, legs=legs, is_own=is_own, second_person=second, stored=stored)
        listed = purposes_open(
            role=role,
            field=field,
            is_own=is_own,
            in_window=flying,
            second_person=second,
            stored=stored,
            place="eu",
        )
        assert says.is_open == bool(listed)
        assert {one.code for one in says.whys} <= set(WHYS)


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("legs", [[], [leg(3)]])
def test_who_may_not_ask_learns_nothing(legs: list[Leg], *, stored: bool) -> None:
    """Whatever is on file and whoever flies, a role that may not ask is told so and nothing else."""
    on = {"legs": legs, "stored": stored, "stepped_up": False}
    assert codes("sales", "passport.number", **on) == [HIDDEN_FROM_ROLE]
    assert codes("auditor", "iban", **on) == [HIDDEN_FROM_ROLE]
    assert codes("booker", "passport.number", **on) == [MASK_ONLY]
    assert codes("traveller", "passport.number", **on) == [OWN_RECORD_ONLY]
    for role, field in (("sales", "iban"), ("booker", "iban"), ("traveller", "iban")):
        assert told(role, field, **on).purposes == ()


@pytest.mark.parametrize(
    ("days", "code", "which"),
    [
        ([3], WINDOW_OPEN, 3),
        ([-5, 30, 20], WINDOW_OPENS, 20),
        ([-5, -30], WINDOW_PASSED, -5),
        ([3, 5, 40], WINDOW_OPEN, 5),
        ([], NO_LEG, None),
    ],
)
def test_it_names_the_leg_that_matters(days: list[int], code: str, which: int | None) -> None:
    """Open now: the one that closes last; else the next to open; else the last that closed; else none."""
    legs = [leg(one, f"WX{one}", nth) for nth, one in enumerate(days, 1)]
    why = told("operations", "passport.number", legs=legs).whys[0]
    assert why.code == code
    if which is not None:
        times = leg(which).times
        assert (why.trip, why.position) == (f"WX{which}", days.index(which) + 1)
        assert (why.opens_at, why.closes_at) == (
            times.departs_at - BEFORE_DEPARTURE,
            times.arrives_at + AFTER_ARRIVAL,
        )


def test_drafts_and_cancelled_trips_open_nothing() -> None:
    """A leg of a trip that is not confirmed is as good as none."""
    assert codes("operations", "birth_date", legs=[leg(3, state="draft"), leg(3, state="cancelled")]) == [
        NO_LEG
    ]


def test_what_is_needed_comes_in_the_order_of_refusals() -> None:
    """Reference, second person, step-up, stored: as the keeper would refuse."""
    needs = {"legs": [], "has_reference": False, "stepped_up": False, "stored": False}
    assert codes("compliance", "iban", **needs) == [NO_REFERENCE, SECOND_PERSON, STEP_UP, NOTHING_ON_FILE]
    assert codes("finance", "iban") == []
    assert told("finance", "iban", stepped_up=False).is_open


def test_in_another_place_it_says_where_not_when() -> None:
    """Where the cell names other regions the asker hears of the place, not of windows."""
    narrow = MATRIX.with_rule("bank_account", "finance", Rule("masked", ("refund",), places=("cn",)))
    says = told("finance", "iban", matrix=narrow)
    assert ([why.code for why in says.whys], says.purposes, says.is_open) == (
        [OTHER_PLACE],
        ("refund",),
        False,
    )


def test_what_others_agreed_to_is_said() -> None:
    """An approval opens what people can lift; a client that wants to be asked is named, for all purposes or some."""
    assert codes("compliance", "iban", approved=True, stepped_up=False) == [APPROVED, STEP_UP]
    assert told("operations", "iban", approved=True).is_open
    refunds = told("finance", "iban", client_asks=["refund"])
    assert ([why.code for why in refunds.whys], refunds.is_open) == ([CLIENT_FOR_SOME], True)
    every = told("finance", "iban", client_asks=["refund", "payment_settlement"])
    assert ([why.code for why in every.whys], every.is_open) == ([CLIENT_APPROVAL], False)
    assert codes("sales", "iban", client_asks=["refund"]) == [HIDDEN_FROM_ROLE]
