"""Numbers of documents: a check digit that is known must hold, an unusual shape is asked about and taken."""

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.demo.numbers import issuers, number_of
from portal.passengers.numbers import is_usual, number_problem
from portal.passengers.numbers.rules import checks
from security.fields import DOCUMENT_KINDS

# From the descriptions of the rules: GB 11643-1999 for China, python-stdnum's own examples for the others.
SPECIMENS = (
    ("national_id", "BEL", "591191706458"),
    ("national_id", "BGR", "8032056031"),
    ("national_id", "CHN", "11010519491231002X"),
    ("national_id", "ESP", "54362315K"),
    ("national_id", "EST", "36805280109"),
    ("national_id", "HRV", "33392005961"),
    ("national_id", "ISR", "039337423"),
    ("national_id", "LTU", "33309240064"),
    ("national_id", "POL", "44051401359"),
    ("national_id", "PRT", "000000000ZZ4"),
    ("national_id", "ROU", "1630615123457"),
    ("national_id", "SAU", "1000000008"),
    ("national_id", "THA", "3100600445635"),
    ("national_id", "TUR", "17291716060"),
    ("national_id", "ZAF", "7503305044089"),
    ("residence_permit", "ESP", "X2482300W"),
)
numbers = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=4, max_size=20)


@pytest.mark.parametrize(("kind", "state", "number"), SPECIMENS)
def test_published_specimens_hold(kind: str, state: str, number: str) -> None:
    """A number that a rule's description has as its example passes, with another digit it does not."""
    assert number_problem(kind, state, number) is None
    wrong = [n for n in range(10) if number_problem(kind, state, number[:-2] + str(n) + number[-1])]
    assert len(wrong) >= 8
    assert number_problem(kind, "NOR", number[:-2] + "0" + number[-1]) is None


def test_every_check_has_a_specimen() -> None:
    """No check of the data file goes without an example that it passes."""
    assert {(kind, state) for kind, state, _ in SPECIMENS} == set(checks())


@given(st.sampled_from(DOCUMENT_KINDS), st.sampled_from(["CHN", "ESP", "TUR", "USA", "UTO", ""]), numbers)
def test_no_number_breaks_a_check(kind: str, state: str, number: str) -> None:
    """Whatever is typed, the answer is a code or none, and an unknown state judges nothing."""
    assert number_problem(kind, state, number) in {None, "passengers:bad_check_digit"}
    assert number_problem(kind, "UTO", number) is None
    assert is_usual(kind, "UTO", number) or len(number) > 9


@pytest.mark.parametrize(
    ("state", "number", "usual"),
    [
        ("GBR", "123456789", True),
        ("GBR", "12345678", False),
        ("FRA", "12AB34567", True),
        ("FRA", "AB1234567", False),
        ("USA", "A12345678", True),
        ("USA", "AB1234567", False),
        ("MEX", "G12345678", True),
        ("MEX", "G123456789", False),
    ],
)
def test_shapes_of_passports(state: str, number: str, *, usual: bool) -> None:
    """A passport's number is compared with its state's shape, where none is known with the nine places for it."""
    assert is_usual("passport", state, number) is usual


def test_the_demo_invents_numbers_that_hold() -> None:
    """No number that the demo invents has a wrong check digit."""
    chance = Random(4)  # noqa: S311 -- invented numbers
    for kind in ("passport", "national_id", "residence_permit", "visa", "known_traveller"):
        for state in issuers(kind):
            number = number_of(chance, kind, state, date(1980, 5, 6))
            assert number_problem(kind, state, number) is None, (kind, state)
