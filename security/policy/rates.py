"""How often who may ask to open something: numbers as data, complete or refused."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from security.actor import ROLES
from security.policy.rule import MatrixRefused

SOURCE: Final = Path(__file__).with_name("rates.toml")
_VERSION: Final = 1
Number = Annotated[int, Meta(ge=1, le=1_000_000)]


class RoleRate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one person of a role, and all its people together, may ask."""

    person_minute: Number
    person_hour: Number
    role_minute: Number


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    rates: dict[str, RoleRate]


def load_rates(text: str) -> Mapping[str, RoleRate]:
    """Read the numbers; raise `MatrixRefused` for a role that is missing or unknown, or numbers without sense."""
    try:
        file = msgspec.toml.decode(text, type=_File)
    except msgspec.MsgspecError as refused:
        raise MatrixRefused("unreadable", str(refused)) from None
    if file.version != _VERSION:
        raise MatrixRefused("unknown_version", str(file.version))
    for role in sorted(set(file.rates) ^ set(ROLES)):
        raise MatrixRefused("missing_role" if role in ROLES else "unknown_role", role)
    for role, rate in file.rates.items():
        if not rate.person_minute <= rate.person_hour or not rate.person_minute <= rate.role_minute:
            raise MatrixRefused("rate_without_sense", role)
    return MappingProxyType(file.rates)


RATES = load_rates(SOURCE.read_text(encoding="utf-8"))
"""The numbers in force; a product whose numbers are refused does not start."""
