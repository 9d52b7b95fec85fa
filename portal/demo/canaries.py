"""Values planted among the sealed ones, so that tests can look for them where they must never be.

Each is recognisable and stands nowhere in the clear: a page, an answer, a log line, an entry or a dump that holds
one where the reader is not entitled has leaked it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

BIRTH_DATES: Mapping[str, str] = MappingProxyType(
    {"eu": "1931-01-31", "cn": "1932-02-29", "us": "1933-03-31", "me": "1934-04-30"}
)
"""The birth date of all those of a region; nobody else has it."""
PLANTED: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"eu": (1, 2, 3, 4), "cn": (5, 6), "us": (7,), "me": (8,)}
)
"""Which of them stand in which region."""


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
        5: Canary(
            "CANARY7X5",
            "CANARYID5",
            "6200007777555509",
            "CANARY HOLDER FIVE",
            "QA49ZZZZCANARYACCOUNT00000005",
        ),
        6: Canary(
            "CANARY7X6",
            "CANARYID6",
            "4111117777666603",
            "CANARY HOLDER SIX",
            "QA22ZZZZCANARYACCOUNT00000006",
        ),
        7: Canary(
            "CANARY7X7",
            "CANARYID7",
            "5555557777777704",
            "CANARY HOLDER SEVEN",
            "QA92ZZZZCANARYACCOUNT00000007",
        ),
        8: Canary(
            "CANARY7X8",
            "CANARYID8",
            "4111117777888801",
            "CANARY HOLDER EIGHT",
            "QA65ZZZZCANARYACCOUNT00000008",
        ),
    }
)
"""By the number that stands in known.toml."""


def canaries_of(region: str) -> list[Canary]:
    """Give the canaries that are planted in a region."""
    return [CANARIES[number] for number in PLANTED[region]]


def sealed_of(region: str) -> tuple[str, ...]:
    """Give every planted value of a region, for a test that searches."""
    values = (
        value
        for canary in canaries_of(region)
        for value in (canary.passport, canary.national_id, canary.card, canary.holder, canary.iban)
    )
    return (BIRTH_DATES[region], *values)
