"""Who can sign in to the demo, and for which organisations: the names that tests and the demo share."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class DemoOrganisation:
    """A client organisation: `key` is its name inside the demo, `country` ISO 3166-1 alpha-2."""

    key: str
    name: str
    country: str
    locale: str
    domain: str
    passengers: int


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody who can sign in; `org` is an organisation's key, empty for staff."""

    role: str
    email: str
    name: str
    locale: str
    time_zone: str
    org: str = ""
    firm: str = ""  # of an auditor from outside
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Give everyone a password of their own that is easy to type."""
        first = self.email.partition("@")[0].partition(".")[0]
        object.__setattr__(self, "password", self.password or f"waxwing {first} demo")


@dataclass(frozen=True, slots=True)
class DemoRegion:
    """The people of one region; `trips` is how many there are, as a share of the largest demo."""

    organisations: tuple[DemoOrganisation, ...]
    accounts: tuple[DemoAccount, ...]
    trips: float


@cache
def regions() -> Mapping[str, DemoRegion]:
    """Read who is at home where."""
    read = tomllib.loads(Path(__file__).with_name("people.toml").read_text("utf-8"))
    return {
        region: DemoRegion(
            tuple(DemoOrganisation(**row) for row in found["organisation"]),
            tuple(DemoAccount(**row) for row in found["account"]),
            found["trips"],
        )
        for region, found in read.items()
    }


def organisations_of(region: str) -> tuple[DemoOrganisation, ...]:
    """Give the organisations that are at home in a region."""
    return regions()[region].organisations


def accounts_of(region: str) -> tuple[DemoAccount, ...]:
    """Give those who can sign in in a region."""
    return regions()[region].accounts


EDITORS: Final = frozenset({"booker", "client_admin"})
"""Roles that add an organisation's passengers; every organisation has one of them."""
