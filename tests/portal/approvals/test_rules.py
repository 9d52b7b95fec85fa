"""Rules of approvals: every combination, not the few that people think of."""

# ruff: noqa: FBT001 -- hypothesis gives arguments by place

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.approvals.rules import STATES, kinds_offered, may_decide, need_of, standing
from portal.approvals.words import STATES as STATE_NAMES
from portal.exports.rules import STATES as FILE_STATES
from portal.exports.rules import how_it_stands, neutral
from portal.exports.words import STATES as FILE_STATE_NAMES
from security.actor import ROLES
from security.fields import FIELDS
from security.keeper.standing import Approved, Standing, judge, standing_of
from security.policy.approvals import (
    SOURCE,
    approvers_of,
    decide_with_approvals,
    load_approvals,
    may_ask_others,
)
from security.policy.decide import STATUS_OF_REFUSAL
from security.policy.matrix import MATRIX, MatrixRefused
from security.purposes import PURPOSES

NOW = datetime(2026, 3, 1, tzinfo=UTC)
moments = st.datetimes(datetime(2026, 2, 1), datetime(2026, 4, 1), timezones=st.just(UTC))  # noqa: DTZ001
refusals = st.sampled_from([None, *STATUS_OF_REFUSAL])
ONE, TWO = UUID(int=1), UUID(int=2)


@given(refusals, st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_approvals_only_ever_lift_what_they_may(
    refused: str | None, breaks: bool, asked: bool, agreed: bool, stepped_up: bool, stored: bool
) -> None:
    """Nothing opens without a step-up and a stored value, nor against a client who asks, unless glass was broken."""
    if refused is None:
        stepped_up = stored = True
    final = decide_with_approvals(
        refused,
        breaks_glass=breaks,
        client_asked=asked,
        client_agreed=agreed,
        stepped_up=stepped_up,
        stored=stored,
    )
    if final is None:
        assert stepped_up
        assert stored
        assert breaks or refused is None
        assert breaks or agreed or not asked
    elif final != "passengers:client_approval_required" and not breaks:
        assert final == refused


@given(st.sampled_from(ROLES), st.sampled_from(list(FIELDS)), st.sampled_from(PURPOSES))
def test_nobody_unentitled_is_the_second_person_of_a_reveal(role: str, field: str, purpose: str) -> None:
    """Only whom the matrix entitles to the same field and purpose may approve a reveal of it."""
    may = role in approvers_of("reveal", field, purpose, MATRIX)
    rule = MATRIX.rule(role, field)
    assert may == (purpose in rule.purposes and not rule.own)


@given(st.sampled_from(ROLES), st.sampled_from(list(FIELDS)), st.sets(st.sampled_from(PURPOSES)))
def test_what_is_offered_is_what_may_be_asked(role: str, field: str, asks: set[str]) -> None:
    """A form offers a kind of request only where people's approval could open the field, and no own record."""
    offered = kinds_offered(role, field, sorted(asks), MATRIX)
    assert not offered or may_ask_others(role, field, MATRIX) or asks
    assert "own_record" not in {purpose for purposes in offered.values() for purpose in purposes}


@given(st.sampled_from(["waiting", "approved", "declined", "withdrawn"]), moments, moments, st.booleans())
def test_a_request_stands_in_one_named_way(
    state: str, expires: datetime, usable: datetime, used: bool
) -> None:
    """Every state has a name; only one that waits in time can be decided, only one approved in time be used."""
    stands = standing(state, expires, usable, used=used, at=NOW)
    assert stands in STATES
    assert stands in STATE_NAMES
    assert (stands == "waiting") == (state == "waiting" and expires > NOW)
    assert (stands == "approved") == (state == "approved" and not used and usable > NOW)
    assert not may_decide(ONE, ONE, "second_person", stands)
    assert may_decide(ONE, TWO, "client", stands) == (stands == "waiting")


needs = st.sets(st.sampled_from(["second_person", "client"]), min_size=1)


@given(needs, needs | st.just(set()), st.sampled_from(ROLES), st.booleans())
def test_a_need_is_filled_by_its_own_kind_of_person(
    asked: set[str], given_: set[str], role: str, of_client: bool
) -> None:
    """The client's need is filled by the client's administrator alone, the other by the named roles alone."""
    found = need_of(sorted(asked), sorted(given_), ["compliance"], role=role, of_client=of_client)
    assert found is None or (found in asked and found not in given_)
    assert (found == "client") == ("client" in asked - given_ and role == "client_admin" and of_client)
    assert (found == "second_person") == ("second_person" in asked - given_ and role == "compliance")


@given(st.booleans(), st.booleans(), st.sampled_from(["", "second_person", "client", "second_person,client"]))
def test_an_approval_counts_for_what_it_is(matrix_asks: bool, client_asks: bool, agreed: str) -> None:
    """A reveal passes only when each person who must agree has; what is not needed is not used up."""
    lines = [f"reveal|refund|{agreed}|{ONE}|{TWO}|{ONE}"] if agreed else []
    lines += ["client|refund"] if client_asks else []
    found = standing_of(lines, "refund", ONE)

    def matrix(second_person: bool) -> str | None:
        return None if second_person or not matrix_asks else "passengers:second_person_required"

    judged = judge(found, matrix, stepped_up=True, stored=True)
    enough = ("second_person" in agreed or not matrix_asks) and ("client" in agreed or not client_asks)
    assert (judged.refused is None) == enough
    if judged.refused is None:
        assert (judged.approved is not None) == (matrix_asks or client_asks)


@pytest.mark.parametrize(("purpose", "row"), [("refund", TWO), ("chargeback", ONE), ("refund", None)])
def test_an_approval_of_something_else_is_none(purpose: str, row: UUID | None) -> None:
    """Another purpose or another row is not what was approved."""
    line = f"reveal|refund|second_person|{ONE}|{TWO}|{ONE}"
    assert standing_of([line], purpose, row) == Standing()
    known = standing_of([line], "refund", ONE)
    assert known.reveal == Approved(ONE, TWO, frozenset({"second_person"}))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version = 1", "version = 2"),
        ("usable = 30", "usable = 0"),
        ('asks = ["operations"]', 'asks = ["traveller"]'),
        ('"birth_date",', '"shoe.size",'),
        ('exempt = ["own_record"', 'exempt = ["whim"'),
        ("[client]", "[customer]"),
        ('approves = ["compliance", "operations"]', 'approves = ["compliance", "compliance"]'),
    ],
)
def test_rules_that_leave_a_doubt_are_refused(old: str, new: str) -> None:
    """An unknown role, field, purpose, version or time keeps the product from starting."""
    text = SOURCE.read_text()
    assert old in text
    with pytest.raises(MatrixRefused):
        load_approvals(text.replace(old, new, 1))


@given(st.text(max_size=12))
def test_no_cell_is_a_formula(text: str) -> None:
    """Whatever a name begins with, a spreadsheet reads text; and nothing of it is lost."""
    assert not neutral(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert neutral(text).endswith(text)


@given(
    st.sampled_from(["waiting", "approved", "declined", "withdrawn"]),
    st.sampled_from([None, "building", "ready", "failed", "revoked", "expired"]),
    moments,
    moments,
)
def test_a_file_stands_in_one_named_way(
    request: str, file: str | None, ends: datetime, usable: datetime
) -> None:
    """Every state of a file has a name, and one kept too long is not ready any more."""
    stands = how_it_stands(request, file, ends_at=ends, usable_until=usable, at=NOW)
    assert stands in FILE_STATES
    assert stands in FILE_STATE_NAMES
    assert (stands == "ready") == (file == "ready" and ends > NOW)
