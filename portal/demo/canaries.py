"""Values planted among the sealed ones, so that tests can look for them where they must never be.

Each is recognisable and stands nowhere in the clear: a page, an answer, a log line, an entry or a dump that holds
one where the reader is not entitled has leaked it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

BIRTH_DATE = "1931-01-31"
"""The birth date of all four; nobody else has it."""


@dataclass(frozen=True, slots=True)
class Canary:
    """What one passenger holds in sealed fields."""

    passport: str = field(repr=False)
    national_id: str = field(repr=False)
    card: str = field(repr=False)
    holder: str = field(repr=False)
    iban: str = field(repr=False)


CANARIES: Mapping[int, Canary] = MappingProxyType(
    {
        1: Canary(
            "CANARY7X1", "CANARYID1", "4111117777111170", "CANARY HOLDER ONE", "QA60ZZZZCANARYACCOUNT00000001"
        ),
        2: Canary(
            "CANARY7X2", "CANARYID2", "5555557777222222", "CANARY HOLDER TWO", "QA33ZZZZCANARYACCOUNT00000002"
        ),
        3: Canary(
            "CANARY7X3",
            "CANARYID3",
            "6200007777333337",
            "CANARY HOLDER THREE",
            "QA06ZZZZCANARYACCOUNT00000003",
        ),
        4: Canary(
            "CANARY7X4", "CANARYID4", "378282777744440", "CANARY HOLDER FOUR", "QA76ZZZZCANARYACCOUNT00000004"
        ),
    }
)
"""By the number that stands in known.toml."""

SEALED: tuple[str, ...] = (
    BIRTH_DATE,
    *(
        value
        for canary in CANARIES.values()
        for value in (canary.passport, canary.national_id, canary.card, canary.holder, canary.iban)
    ),
)
"""All of them, for a test that searches."""
