"""Document numbers that are invented but hold: the shape of each state, and its check digits where it has them."""

import string
import tomllib
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

SAFE = "CFGHJKLMNPRTVWXYZ0123456789"  # the letters of German documents: no vowels, nothing like a digit
SPANISH = "TRWAGMYFPDXBNJZSQVHLCKE"  # Real Decreto 1553/2005: the letter is the number modulo 23
CHINESE = "10X98765432"  # GB 11643-1999: check characters by the weighted sum modulo 11
_NOUGHTS = 10


@cache
def _shapes() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("papers.toml").read_text("utf-8"))


def number_of(chance: Random, kind: str, state: str, born: date) -> str:
    """Invent a number of this kind of document and issuing state."""
    reckoned = _RECKONED.get((kind, state))
    return reckoned(chance, born) if reckoned else _filled(chance, _shapes()[kind][state])


def issuers(kind: str) -> list[str]:
    """List the states whose documents of this kind can be invented."""
    return sorted({*_shapes()[kind], *(state for known, state in _RECKONED if known == kind)})


def luhn_digit(body: str) -> str:
    """Give the check digit of ISO/IEC 7812-1 Annex B for the digits before it."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled >= _NOUGHTS else doubled
    return str(-total % 10)


def digits(chance: Random, count: int) -> str:
    """Draw digits, the first not a nought."""
    return f"{chance.randrange(10 ** (count - 1), 10**count)}"


def _filled(chance: Random, shape: str) -> str:
    pools = {"#": string.digits, "@": string.ascii_uppercase.replace("O", "").replace("I", ""), "*": SAFE}
    return "".join(chance.choice(pools[place]) if place in pools else place for place in shape)


def _spanish(chance: Random, _born: date) -> str:
    number = chance.randrange(10_000_000, 99_999_999)
    return f"{number}{SPANISH[number % len(SPANISH)]}"


def _chinese(chance: Random, born: date) -> str:
    """Region 990000 is given to nobody, so that the number is no living person's."""
    body = f"990000{born:%Y%m%d}{chance.randrange(1, 1000):03d}"
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    return body + CHINESE[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def _emirati(chance: Random, born: date) -> str:
    body = f"784{born.year}{digits(chance, 7)}"
    return body + luhn_digit(body)


def _saudi(chance: Random, _born: date) -> str:
    body = f"1{digits(chance, 8)}"
    return body + luhn_digit(body)


_RECKONED: dict[tuple[str, str], Callable[[Random, date], str]] = {
    ("national_id", "ESP"): _spanish,
    ("national_id", "CHN"): _chinese,
    ("national_id", "ARE"): _emirati,
    ("national_id", "SAU"): _saudi,
}
