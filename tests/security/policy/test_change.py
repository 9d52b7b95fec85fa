"""A change of the matrix: what comes of it, what its difference says, and what no change may bring."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from security.actor import ROLES
from security.policy.change import (
    COMPLIANCE_NEEDED,
    NOT_YOURS,
    NOTHING_CHANGES,
    OPEN_FIELDS_STAY,
    SAME_PERSON,
    UNKNOWN_CELL,
    ChangeRefused,
    Difference,
    Edit,
    changed,
    differences,
    edits_between,
    in_order,
    on_top,
    what_forbids,
)
from security.policy.invariants import CODES, faults
from security.policy.matrix import MATRIX
from security.policy.places import PLACES
from security.policy.rule import TIERS, MatrixRefused, Rule
from security.policy.versions import digest_of, matrix_text, read_matrix, read_rule, rule_text
from security.purposes import PURPOSES

FLIGHT = MATRIX.rule("operations", "passport.number")
RULES = st.builds(
    Rule,
    st.sampled_from(TIERS),
    st.lists(st.sampled_from(PURPOSES), unique=True, max_size=3).map(tuple),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.lists(st.sampled_from(PLACES), unique=True).map(tuple),
)
CELLS = st.tuples(st.sampled_from([group.code for group in MATRIX.groups]), st.sampled_from(ROLES))


def refused(edit):
    """Name how an edit is refused."""
    with pytest.raises(ChangeRefused) as caught:
        changed(MATRIX, edit)
    return caught.value.code, caught.value.fault


@settings(max_examples=400, deadline=None)
@given(CELLS, RULES)
def test_whatever_is_proposed_the_result_is_safe_or_refused(cell, rule):
    """No edit at all leads to a matrix with a fault, and one that is taken changes its cell and no other."""
    group, role = cell
    try:
        after = changed(MATRIX, Edit(group, role, in_order(rule)))
    except ChangeRefused:
        return
    assert not faults(after)
    told = differences(MATRIX, after)
    assert told
    assert {(one.group, one.role) for one in told} == {(group, role)}
    assert edits_between(MATRIX, after) == (Edit(group, role, in_order(rule)),)
    assert on_top(MATRIX, edits_between(MATRIX, after)) == after


@settings(max_examples=200, deadline=None)
@given(RULES)
def test_a_rule_survives_being_written(rule):
    """Written and read again a rule is the same, and so is the matrix that holds it, under one hash."""
    assert read_rule(rule_text(rule)) == rule
    text = matrix_text(MATRIX)
    assert read_matrix(text, digest_of(text)) == MATRIX


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (Edit("shoes", "operations", Rule("hidden")), (UNKNOWN_CELL, "")),
        (Edit("documents", "stranger", Rule("hidden")), (UNKNOWN_CELL, "")),
        (Edit("profile", "sales", Rule("hidden")), (OPEN_FIELDS_STAY, "")),
        (Edit("documents", "operations", FLIGHT), (NOTHING_CHANGES, "")),
        (
            Edit("documents", "operations", Rule("masked", (), True)),
            ("policy:unsafe", "condition_without_purpose"),
        ),
        (
            Edit("documents", "operations", replace(FLIGHT, places=())),
            ("policy:unsafe", "purpose_without_place"),
        ),
        (Edit("documents", "traveller", replace(FLIGHT)), ("policy:unsafe", "traveller_of_others")),
        (Edit("documents", "traveller", Rule("hidden")), ("policy:unsafe", "traveller_sees_own")),
        (Edit("documents", "auditor", Rule("masked")), ("policy:unsafe", "role_without_passengers")),
        (Edit("iban", "finance", Rule("hidden")), (UNKNOWN_CELL, "")),
        (
            Edit("bank_account", "finance", Rule("masked", ("border_filing",))),
            ("policy:unsafe", "purpose_of_other_field"),
        ),
    ],
)
def test_what_cannot_be_changed_is_refused_by_name(edit, code):
    """Each refusal names why: the cell, the fields that stay open, or the rule that it would break."""
    assert refused(edit) == code


def test_a_difference_says_every_aspect():
    """Tier, purposes that come and go, window, second person and places each have a line of their own."""
    after = changed(
        MATRIX,
        Edit("documents", "operations", Rule("masked", ("border_filing",), False, True, False, ("eu",))),
    )
    of = ("documents", "operations")
    assert differences(MATRIX, after) == (
        *(Difference(*of, "purpose", gone, "") for gone in FLIGHT.purposes[1:]),
        Difference(*of, "window", "required", ""),
        Difference(*of, "second_person", "", "required"),
        *(Difference(*of, "place", gone, "") for gone in PLACES[1:]),
    )
    hidden = changed(MATRIX, Edit("cards", "service_agent", Rule("hidden")))
    assert differences(MATRIX, hidden) == (Difference("cards", "service_agent", "tier", "masked", "hidden"),)


def test_edits_that_no_longer_fit_a_new_file_are_refused():
    """When the file changes beneath people's edits, what fits no longer is named and never dropped in silence."""
    with pytest.raises(MatrixRefused) as caught:
        on_top(MATRIX, (Edit("scans", "operations", Rule("hidden")),))
    assert (caught.value.reason, caught.value.where) == ("unknown_cell", "scans.operations")
    with pytest.raises(MatrixRefused) as unsafe:
        on_top(MATRIX, (Edit("documents", "booker", FLIGHT),))
    assert unsafe.value.reason == "client_opens"


@pytest.mark.parametrize(
    ("proposer", "decider", "is_same", "code"),
    [
        ("compliance", "administrator", False, None),
        ("administrator", "compliance", False, None),
        ("compliance", "compliance", False, None),
        ("compliance", "compliance", True, SAME_PERSON),
        ("administrator", "administrator", False, COMPLIANCE_NEEDED),
        ("compliance", "operations", False, NOT_YOURS),
        ("compliance", "auditor", False, NOT_YOURS),
    ],
)
def test_two_people_of_whom_one_is_compliance(proposer, decider, is_same, code):
    """Two different people decide, both entitled, and at least one of them is compliance."""
    assert what_forbids(proposer=proposer, decider=decider, is_same=is_same) == code


def test_a_text_of_another_hash_is_refused():
    """A stored text that does not have the hash it is named by, or lacks a role, is not read."""
    text = matrix_text(MATRIX)
    for bad, digest in ((text, digest_of("x")), ("[]x", digest_of("[]x"))):
        with pytest.raises(MatrixRefused):
            read_matrix(bad, digest)
    gap = text.replace('"sales"', '"nobody"')
    with pytest.raises(MatrixRefused) as caught:
        read_matrix(gap, digest_of(gap))
    assert caught.value.reason == "missing_role"


def test_every_rule_of_the_house_can_fail():
    """Each fault in the list is found in some matrix: none of the rules is dead."""
    seen = set()
    for group in MATRIX.groups:
        for role in ROLES:
            for tier in TIERS:
                for purposes in (
                    (),
                    ("own_record",),
                    ("own_record", "refund"),
                    ("border_filing",),
                    ("legal_hold",),
                    ("fun",),
                ):
                    for window, own in ((False, False), (True, False), (False, True)):
                        for places in (PLACES, (), ("mars",)):
                            rule = Rule(tier, purposes, window, False, own, places)
                            seen |= {fault.code for fault in faults(MATRIX.with_rule(group.code, role, rule))}
    rights = Rule("masked", ("rights_request",), window=True, second_person=True)
    seen |= {fault.code for fault in faults(MATRIX.with_rule("bank_account", "compliance", rights))}
    assert seen == set(CODES)
