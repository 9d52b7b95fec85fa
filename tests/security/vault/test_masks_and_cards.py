"""Masks of constant width that never show more than half, and card numbers that pass their check digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.vault.cards import BRANDS, CardRefused, brand_of, check_pan, luhn_ok
from security.vault.masks import BULLET, mask_card, mask_document, mask_iban

UPPER = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", max_size=40)


def _with_check_digit(body):
    return next(body + digit for digit in "0123456789" if luhn_ok(body + digit))


@given(UPPER)
def test_a_document_mask_is_nine_wide_and_shows_at_most_three_and_at_most_half(number):
    """A document mask is nine characters; what shows is the end of the number, never over half of it."""
    mask = mask_document(number)
    shown = mask.lstrip(BULLET)
    assert len(mask) == 9
    assert number.endswith(shown)
    assert len(shown) == min(3, len(number) // 2)


@given(UPPER)
def test_an_iban_mask_shows_country_and_at_most_four(iban):
    """An account's mask is eight characters of which four at most, and never over half, are the account's."""
    country, mask = mask_iban(iban)
    assert country == iban[:2]
    assert len(mask) == 8
    assert len(mask.lstrip(BULLET)) == min(4, len(iban) // 2)


def test_masks_do_not_depend_on_how_a_value_was_typed():
    """Spaces, hyphens and case leave the mask as it is."""
    assert mask_document("l898902-c3 ") == mask_document("L898902C3") == "••••••2C3"
    assert mask_card("4111 1111 1111 1111") == mask_card("4111-1111-1111-1111") == ("visa", "••••1111")
    assert mask_iban("gb82 west 1234 5698 7654 32") == ("GB", "••••5432")


@pytest.mark.parametrize(
    ("number", "brand"),
    [
        ("4111111111111111", "visa"),
        ("5555555555554444", "mastercard"),
        ("2223003122003222", "mastercard"),
        ("378282246310005", "amex"),
        ("6011111111111117", "discover"),
        ("30569309025904", "diners"),
        ("3530111333300000", "jcb"),
        ("6200000000000005", "unionpay"),
        ("2200000000000004", "mir"),
        (_with_check_digit("13540000000000"), "uatp"),
        (_with_check_digit("675900000000000"), "maestro"),
        (_with_check_digit("990000000000000"), "other"),
    ],
)
def test_well_known_test_numbers_have_their_brand(number, brand):
    """The schemes' published test numbers, and one of each other range, are recognised."""
    assert check_pan(number).brand == brand
    assert brand in BRANDS


@given(st.integers(10**11, 10**18 - 1), st.data())
def test_one_wrong_digit_never_passes(body, data):
    """Changing any one digit of a number breaks its check digit."""
    number = _with_check_digit(str(body))
    place = data.draw(st.integers(0, len(number) - 1))
    digit = data.draw(st.sampled_from("0123456789".replace(number[place], "")))
    assert not luhn_ok(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("4111111111111112", "check_digit"),
        ("4111 1111 1111", "length"),
        ("", "length"),
        ("4111x11111111111", "length"),
        ("0" * 10_000_000, "length"),
        (_with_check_digit("41111111111111"), "length"),
    ],
)
def test_what_is_no_card_number_is_refused_by_reason_and_never_repeated(typed, reason):
    """A refusal names the reason and holds nothing of what was typed."""
    with pytest.raises(CardRefused) as caught:
        check_pan(typed)
    assert (caught.value.code, caught.value.reason) == ("passengers:bad_card_number", reason)
    assert caught.value.args == (reason,)


def test_a_checked_number_does_not_print():
    """The checked card number shows its brand and not its digits."""
    assert "4111" not in repr(check_pan("4111 1111 1111 1111"))


def test_ranges_do_not_hide_one_another():
    """The edges of neighbouring ranges fall to their own brand."""
    expected = {
        "2204": "mir",
        "2205": "other",
        "2220": "other",
        "2221": "mastercard",
        "2720": "mastercard",
        "2721": "other",
        "3527": "other",
        "3528": "jcb",
        "3589": "jcb",
        "3590": "other",
    }
    assert {prefix: brand_of(prefix + "000000000000") for prefix in expected} == expected
