"""The pass to the world queue: only a cell's token makes one, it ends, and nothing in it can be changed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.directory.passes import LASTS, PassRefused, check_pass, make_pass, region_of_pass, token_digest

AT = datetime(2026, 3, 29, 0, 55, tzinfo=UTC)
TOKEN = "a token of this test"
DIGEST = token_digest(TOKEN)


def test_a_pass_lets_in_until_it_ends() -> None:
    """A pass says region and zone, is good for a quarter of an hour, over a change of clocks too, and then no more."""
    made = make_pass(TOKEN, "eu", "Europe/Berlin", AT)
    assert region_of_pass(made) == "eu"
    shown = check_pass(made, DIGEST, AT + LASTS - timedelta(seconds=1))
    assert (shown.region, shown.zone, shown.ends_at) == ("eu", "Europe/Berlin", AT + LASTS)
    for late in (AT + LASTS, AT + timedelta(days=1), AT - timedelta(hours=1)):
        with pytest.raises(PassRefused):
            check_pass(made, DIGEST, late)


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_no_sign_of_a_pass_can_be_changed(place: int, sign: str) -> None:
    """A pass with any sign changed is refused, or is the same pass."""
    made = make_pass(TOKEN, "eu", "Asia/Shanghai", AT)
    place %= len(made)
    changed = made[:place] + sign + made[place + 1 :]
    if changed != made:
        with pytest.raises(PassRefused):
            check_pass(changed, DIGEST, AT)


@given(st.text(max_size=600))
def test_anything_else_is_refused(text: str) -> None:
    """Whatever is no pass is refused, not a fault."""
    with pytest.raises(PassRefused):
        check_pass(text, DIGEST, AT)
    with pytest.raises(PassRefused):
        region_of_pass(text)


def test_another_cells_token_makes_no_pass() -> None:
    """A pass signed with one cell's token is none of another cell's, and an unknown zone lets nobody in."""
    with pytest.raises(PassRefused):
        check_pass(make_pass("the token of cn", "eu", "UTC", AT), DIGEST, AT)
    with pytest.raises(PassRefused):
        check_pass(make_pass(TOKEN, "eu", "Mars/Olympus", AT), DIGEST, AT)
