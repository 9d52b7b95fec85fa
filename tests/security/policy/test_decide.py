"""Who may open what, and the one order in which refusals are given."""

import itertools
from dataclasses import replace

import pytest

from security.actor import ROLES
from security.fields import FIELDS
from security.policy.decide import (
    NOTHING_ON_FILE,
    OUTSIDE_WINDOW,
    PURPOSE_NOT_ALLOWED,
    SECOND_PERSON_REQUIRED,
    STATUS_OF_REFUSAL,
    STEP_UP_REQUIRED,
    decide_reveal,
    purposes_open,
    tier_shown,
)
from security.policy.matrix import MATRIX
from security.purposes import PURPOSES

GOOD = {
    "is_own": True,
    "reference_known": True,
    "in_window": True,
    "second_person": True,
    "stepped_up": True,
    "stored": True,
}
BAD = dict.fromkeys(GOOD, False) | {"place": "eu"}
GOOD |= {"place": "eu"}
OPERATIONS = {"role": "operations", "field": "passport.number", "purpose": "border_filing"}
COMPLIANCE = {"role": "compliance", "field": "passport.number", "purpose": "legal_hold"}
TRAVELLER = {"role": "traveller", "field": "passport.number", "purpose": "own_record"}
FINANCE = {"role": "finance", "field": "card.number", "purpose": "refund"}


def test_with_everything_granted_only_the_matrix_decides():
    """Over every role, field and purpose, exactly the purposes of the cell open, and no other."""
    opened = 0
    everything = itertools.product((*ROLES, "stranger"), (*FIELDS, "document.stamp"), (*PURPOSES, "fun"))
    for role, field, purpose in everything:
        allowed = purpose in MATRIX.rule(role, field).purposes
        refusal = decide_reveal(role=role, field=field, purpose=purpose, **GOOD)
        assert refusal == (None if allowed else PURPOSE_NOT_ALLOWED)
        opened += allowed
    assert opened == 9 + 7 * 4 + 3 * 3 + 2 * 2 + 12 * 3


def test_a_purpose_not_allowed_is_said_before_anything_else():
    """Whoever may not ask learns nothing of references, windows or what is stored."""
    for role, field, purpose in itertools.product(ROLES, FIELDS, PURPOSES):
        if purpose not in MATRIX.rule(role, field).purposes:
            assert decide_reveal(role=role, field=field, purpose=purpose, **BAD) == PURPOSE_NOT_ALLOWED


@pytest.mark.parametrize(
    ("ask", "order"),
    [
        (
            COMPLIANCE,
            [
                ("reference_known", OUTSIDE_WINDOW),
                ("second_person", SECOND_PERSON_REQUIRED),
                ("stepped_up", STEP_UP_REQUIRED),
                ("stored", NOTHING_ON_FILE),
            ],
        ),
        (
            OPERATIONS,
            [
                ("reference_known", OUTSIDE_WINDOW),
                ("in_window", OUTSIDE_WINDOW),
                ("stepped_up", STEP_UP_REQUIRED),
                ("stored", NOTHING_ON_FILE),
            ],
        ),
        (
            TRAVELLER,
            [
                ("is_own", PURPOSE_NOT_ALLOWED),
                ("reference_known", OUTSIDE_WINDOW),
                ("stepped_up", STEP_UP_REQUIRED),
                ("stored", NOTHING_ON_FILE),
            ],
        ),
        (
            FINANCE,
            [
                ("reference_known", OUTSIDE_WINDOW),
                ("stepped_up", STEP_UP_REQUIRED),
                ("stored", NOTHING_ON_FILE),
            ],
        ),
    ],
    ids=["compliance", "operations", "traveller", "finance"],
)
def test_refusals_come_in_their_order(ask, order):
    """Granting one condition after the other walks through the refusals in the contract's order."""
    granted = dict(BAD)
    for condition, refusal in order:
        assert decide_reveal(**ask, **granted) == refusal
        granted[condition] = True
    assert decide_reveal(**ask, **granted) is None


def test_every_refusal_has_a_status():
    """Four refusals are 403; that nothing is on file is 404."""
    assert list(STATUS_OF_REFUSAL.items()) == [
        ("passengers:purpose_not_allowed", 403),
        ("passengers:outside_window", 403),
        ("passengers:second_person_required", 403),
        ("passengers:step_up_required", 403),
        ("passengers:nothing_on_file", 404),
    ]


def _open(role, field, **over):
    asked = {"is_own": False, "in_window": True, "second_person": False, "stored": True, "place": "eu"}
    return purposes_open(role=role, field=field, **(asked | over))


def test_the_purposes_listed_are_those_open_now():
    """Nothing is listed outside the window, for another's record, without a second person or a value."""
    assert _open("operations", "passport.number") == MATRIX.rule("operations", "passport.number").purposes
    assert _open("operations", "passport.number", in_window=False) == ()
    assert _open("operations", "passport.number", stored=False) == ()
    assert _open("traveller", "iban", is_own=True) == ("own_record",)
    assert _open("traveller", "iban") == ()
    assert _open("compliance", "iban") == ()
    assert _open("compliance", "iban", second_person=True) == (
        "identity_check",
        "rights_request",
        "legal_hold",
    )
    assert _open("finance", "card.number", in_window=False) == ("payment_settlement", "refund", "chargeback")
    assert _open("sales", "passport.number", is_own=True, second_person=True) == ()


def test_a_purpose_is_listed_exactly_if_asking_for_it_would_be_granted():
    """For every cell and condition the list and the decision agree, given a good reference and a step-up."""
    conditions = ("is_own", "in_window", "second_person", "stored")
    for role, field in itertools.product(ROLES, FIELDS):
        for values in itertools.product((True, False), repeat=len(conditions)):
            now = dict(zip(conditions, values, strict=True))
            listed = purposes_open(role=role, field=field, place="eu", **now)
            granted = tuple(
                purpose
                for purpose in PURPOSES
                if decide_reveal(
                    role=role,
                    field=field,
                    purpose=purpose,
                    reference_known=True,
                    stepped_up=True,
                    place="eu",
                    **now,
                )
                is None
            )
            assert listed == granted


def test_what_a_page_shows_is_the_cells_tier():
    """The tier shown is the matrix's, and hidden for whom it does not name."""
    assert tier_shown("booker", "card.number") == "masked"
    assert tier_shown("booker", "name") == "clear"
    assert tier_shown("sales", "card.number") == tier_shown("stranger", "name") == "hidden"


def test_where_the_matrix_does_not_name_the_place_nothing_opens():
    """A purpose opens in the regions that its cell names, and in another nobody learns more than that."""
    rule = replace(MATRIX.rule("operations", "passport.number"), places=("eu", "me"))
    narrow = MATRIX.with_rule("documents", "operations", rule)
    for place, refusal in (
        ("eu", None),
        ("me", None),
        ("cn", PURPOSE_NOT_ALLOWED),
        ("us", PURPOSE_NOT_ALLOWED),
    ):
        asked = OPERATIONS | GOOD | {"place": place}
        assert decide_reveal(**asked, matrix=narrow) == refusal
        listed = _open("operations", "passport.number", place=place, matrix=narrow)
        assert listed == (() if refusal else rule.purposes)
