"""Is this a card number, and of which brand? By ISO/IEC 7812-1's check digit and the issuers' ranges.

There is no function here for a verification code (CVV), and there must never be one: it is stored nowhere.
"""

from dataclasses import dataclass, field
from typing import Final

from security.vault.normalise import digits

SHORTEST: Final = 12
LONGEST: Final = 19
TEXT_LIMIT: Final = 64
OTHER: Final = "other"

# Brand, first and last prefix of a range (same width), allowed lengths. The first match wins.
_RANGES: Final = (
    ("amex", "34", "34", (15,)),
    ("amex", "37", "37", (15,)),
    ("mir", "2200", "2204", (16, 17, 18, 19)),
    ("mastercard", "2221", "2720", (16,)),
    ("mastercard", "51", "55", (16,)),
    ("jcb", "3528", "3589", (16, 17, 18, 19)),
    ("diners", "300", "305", (14, 15, 16, 17, 18, 19)),
    ("diners", "3095", "3095", (14, 15, 16, 17, 18, 19)),
    ("diners", "36", "36", (14, 15, 16, 17, 18, 19)),
    ("diners", "38", "39", (14, 15, 16, 17, 18, 19)),
    ("discover", "6011", "6011", (16, 17, 18, 19)),
    ("discover", "644", "649", (16, 17, 18, 19)),
    ("discover", "65", "65", (16, 17, 18, 19)),
    ("unionpay", "62", "62", (16, 17, 18, 19)),
    ("unionpay", "81", "81", (16, 17, 18, 19)),
    ("maestro", "50", "50", tuple(range(12, 20))),
    ("maestro", "56", "58", tuple(range(12, 20))),
    ("maestro", "6304", "6304", tuple(range(12, 20))),
    ("maestro", "6759", "6763", tuple(range(12, 20))),
    ("visa", "4", "4", (13, 16, 19)),
    ("uatp", "1", "1", (15,)),
)

BRANDS: Final = (*dict.fromkeys(brand for brand, *_ in _RANGES), OTHER)
"""Every brand code that a mask can carry."""


class CardRefused(ValueError):  # noqa: N818 - errors are named for what was refused
    """Not a card number; `reason` is `length` or `check_digit`."""

    code = "passengers:bad_card_number"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Pan:
    """A card number that passed its check digit; it does not print."""

    number: str = field(repr=False)
    brand: str


def check_pan(text: str) -> Pan:
    """Return the digits and brand of a card number typed with spaces or hyphens; raise `CardRefused`."""
    number = digits(text) if len(text) <= TEXT_LIMIT else ""
    strange = any(char.isalpha() for char in text[:TEXT_LIMIT])
    brand = brand_of(number)
    if strange or len(number) not in _lengths(number):
        raise CardRefused("length")
    if not luhn_ok(number):
        raise CardRefused("check_digit")
    return Pan(number, brand)


def luhn_ok(number: str) -> bool:
    """Say whether ASCII digits end in their own check digit (ISO/IEC 7812-1 Annex B); False for none."""
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number)))
    return bool(number) and sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004 - the digits of a two-digit number are summed by taking nine away


def brand_of(number: str) -> str:
    """Return the brand's code by the issuer's range of an ASCII number, `other` where no range is known."""
    return next((brand for brand, low, high, _ in _RANGES if low <= number[: len(low)] <= high), OTHER)


def _lengths(number: str) -> tuple[int, ...]:
    known = (sizes for _, low, high, sizes in _RANGES if low <= number[: len(low)] <= high)
    return next(known, tuple(range(SHORTEST, LONGEST + 1)))
