"""One spelling per value, so that a blind index finds what was typed otherwise."""

import re
import unicodedata
from typing import Final

VERSION: Final = 1
"""Version of the three normalisers below; a change needs a new one and a rebuilt index."""

_NOT_ALPHANUMERIC: Final = re.compile(r"[^A-Z0-9]+")


class NothingLeft(ValueError):  # noqa: N818 - errors are named for what was refused
    """After normalisation nothing was left to index; carries no value."""

    code = "security:value_empty"


def normalise_document(number: str, issuing_state: str) -> str:
    """Return `STATE|NUMBER`, both NFKC, upper case, A–Z and 0–9 only; raise `NothingLeft`."""
    return f"{_something(alphanumeric(issuing_state))}|{_something(alphanumeric(number))}"


def normalise_pan(pan: str) -> str:
    """Return the digits of a card number in ASCII; raise `NothingLeft`."""
    return _something(digits(pan))


def normalise_iban(iban: str) -> str:
    """Return the account number in upper case without spaces; raise `NothingLeft`."""
    return _something("".join(unicodedata.normalize("NFKC", iban).upper().split()))


def alphanumeric(text: str) -> str:
    """Return the A–Z and 0–9 of the NFKC form in upper case; may be empty."""
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", text).upper())


def digits(text: str) -> str:
    """Return the decimal digits of any script as ASCII; may be empty."""
    found = (unicodedata.decimal(char, None) for char in unicodedata.normalize("NFKC", text))
    return "".join(str(digit) for digit in found if digit is not None)


def _something(text: str) -> str:
    if not text:
        raise NothingLeft
    return text
