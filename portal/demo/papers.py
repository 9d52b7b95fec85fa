"""Which documents, cards and accounts a passenger has; numbers are invented and hold, dates count from today."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final
from uuid import UUID

from schwifty import IBAN

from portal.demo.dice import weighted
from portal.demo.numbers import issuers, luhn_digit, number_of
from portal.web.ids import new_id

YEAR: Final = timedelta(days=365)
ADULT: Final = 16  # from this age a passport holds for ten years instead of five
# How long a passport still holds: most for years, some not for the six months many states ask, some no more.
LASTING: Final = {"years": 87, "soon": 9, "expired": 4}
PREFIXES: Final = {
    "411111": (16, 26),
    "401288": (16, 12),
    "555555": (16, 24),
    "510510": (16, 8),
    "378282": (15, 12),
    "371449": (15, 6),
    "620000": (16, 10),
    "353011": (16, 2),
}
# A bank that does not exist in the right form of each country: bank, branch, digits of the account.
BANKS: Final = {
    "AE": ("999", "", 16),
    "AT": ("99999", "", 11),
    "BE": ("999", "", 7),
    "BG": ("ZZZZ", "0001", 8),
    "CH": ("99999", "", 12),
    "DE": ("99999999", "", 10),
    "ES": ("9999", "0001", 10),
    "FR": ("99999", "00001", 11),
    "GB": ("ZZZZ", "000000", 8),
    "IT": ("99999", "00001", 12),
    "LU": ("999", "", 13),
    "NL": ("ZZZZ", "", 10),
    "QA": ("ZZZZ", "", 21),
    "SA": ("99", "", 18),
}
BANK_OF: Final = {
    "ARE": "AE",
    "AUT": "AT",
    "BEL": "BE",
    "BGR": "BG",
    "CHE": "CH",
    "DEU": "DE",
    "ESP": "ES",
} | {
    "FRA": "FR",
    "GBR": "GB",
    "ITA": "IT",
    "QAT": "QA",
    "SAU": "SA",
    "CHN": "DE",
}
VISA_FOR: Final = {
    "CHN": ("DEU", "FRA", "GBR", "USA"),
    "ARE": ("GBR", "USA"),
    "SAU": ("FRA", "GBR", "USA"),
} | {
    "IND": ("DEU", "GBR", "USA"),
    "KAZ": ("DEU", "FRA"),
    "EGY": ("FRA", "GBR"),
    "TUR": ("DEU", "FRA"),
}


@dataclass(frozen=True, slots=True)
class Paper:
    """A travel document; its number is to be sealed."""

    kind: str
    issuing_state: str
    expires_on: date | None
    number: str = field(repr=False)
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Card:
    """A payment card: number, `MM/YY`, name as printed; all to be sealed."""

    number: str = field(repr=False)
    expiry: str = field(repr=False)
    holder: str = field(repr=False)
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account; its IBAN and BIC are to be sealed."""

    iban: str = field(repr=False)
    id: UUID = field(default_factory=new_id)

    @property
    def bic(self) -> str:
        """The BIC of a bank that does not exist, in the account's country."""
        return f"ZZZZ{self.iban[:2]}2X"


def passport(chance: Random, state: str, born: date, today: date, number: str | None = None) -> Paper:
    """Invent a passport. A given number belongs to somebody with a part to play: it holds for years."""
    lasting = "years" if number else weighted(chance, LASTING)
    longest = 9 if (today - born) > ADULT * YEAR else 4
    low, high = {"years": (200, longest * 365), "soon": (5, 180), "expired": (-400, -3)}[lasting]
    # One draw whatever the span: who turns sixteen tomorrow must not change everybody after him.
    expires = today + timedelta(days=low + int(chance.random() * (high - low)))
    return Paper("passport", state, expires, number or number_of(chance, "passport", state, born))


def further(chance: Random, kind: str, state: str, born: date, today: date) -> Paper | None:
    """Invent a document of another kind, or None where this person would have none."""
    options = VISA_FOR.get(state, ()) if kind == "visa" else [s for s in issuers(kind) if s == state]
    if kind in {"known_traveller", "residence_permit"}:
        options = [s for s in issuers(kind) if s != state]
    if not options:
        return None
    issuer = chance.choice(list(options))
    expires = today + timedelta(days=chance.randint(20, 1_600))
    return Paper(kind, issuer, expires, number_of(chance, kind, issuer, born))


def card(chance: Random, holder: str, today: date, *, state: str) -> Card:
    """Invent a card in a range that issuers keep for tests."""
    weights = {prefix: weight for prefix, (_, weight) in PREFIXES.items()}
    prefix = "620000" if state == "CHN" and chance.random() < 0.6 else weighted(chance, weights)  # noqa: PLR2004 -- more than half
    body = prefix + "".join(chance.choices("0123456789", k=PREFIXES[prefix][0] - len(prefix) - 1))
    month = today.year * 12 + today.month + chance.randint(1, 58)
    return Card(body + luhn_digit(body), f"{month % 12 + 1:02d}/{month // 12 % 100:02d}", holder)


def account(chance: Random, country: str) -> Account:
    """Invent an account at a bank that does not exist, with the check digits of its country."""
    bank, branch, size = BANKS[country]
    number = "".join(chance.choices("0123456789", k=size))
    return Account(str(IBAN.generate(country, bank_code=bank, branch_code=branch, account_code=number)))
