"""What remains to be seen of a sealed value: made once, when it is sealed, and kept beside it by role.

Width is constant, so that a mask tells no length; never more than half of a value is shown.
"""

from typing import Final

from security.vault.cards import brand_of
from security.vault.normalise import alphanumeric, digits

BULLET: Final = "•"
DOCUMENT_WIDTH: Final = 9
DOCUMENT_SHOWN: Final = 3
LAST_SHOWN: Final = 4
_HIDDEN: Final = 4


def mask_document(number: str) -> str:
    """Return nine characters: bullets, then the last three letters or digits; fewer of a value under six."""
    return _tail(alphanumeric(number), shown=DOCUMENT_SHOWN, width=DOCUMENT_WIDTH)


def mask_card(pan: str) -> tuple[str, str]:
    """Return the brand's code (`visa`, …, `other`) and four bullets with the last four digits."""
    number = digits(pan)
    return brand_of(number), _tail(number, shown=LAST_SHOWN, width=_HIDDEN + LAST_SHOWN)


def mask_iban(iban: str) -> tuple[str, str]:
    """Return the country (ISO 3166-1 alpha-2) and eight characters: four bullets, then the last four."""
    plain = alphanumeric(iban)
    return plain[:2], _tail(plain, shown=LAST_SHOWN, width=_HIDDEN + LAST_SHOWN)


def _tail(value: str, *, shown: int, width: int) -> str:
    count = min(shown, len(value) // 2)
    return BULLET * (width - count) + value[len(value) - count :]
