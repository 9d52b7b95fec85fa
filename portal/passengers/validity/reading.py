"""The entry rules as they stand in `entry.toml`: read once, refused whole if anything in them is unknown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from security.fields import DOCUMENT_KINDS

SOURCE = Path(__file__).with_name("entry.toml")
OWN, ANY = "own", "any"
Base = Literal["arrival", "leaving"]


class RulesRefused(Exception):  # noqa: N818 -- named for what was refused
    """The entry rules are not to be trusted; `where` says which part."""

    code = "passengers:entry_rules_refused"

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: for which destinations and issuers, and until when a document of these kinds must be good."""

    code: str
    states: frozenset[str]
    only_for: frozenset[str]
    not_for: frozenset[str]
    base: Base
    months: int
    days: int
    kinds: tuple[str, ...]
    source: str

    def fits(self, destination: str, issuer: str) -> bool:
        """Whether this rule is for a document of this issuer at this destination."""
        there = (
            ANY in self.states or destination in self.states or (OWN in self.states and destination == issuer)
        )
        return there and (not self.only_for or issuer in self.only_for) and issuer not in self.not_for


@dataclass(frozen=True, slots=True)
class EntryRules:
    """All rules in their order, the areas without borders, and codes that mean the same issuer."""

    rules: tuple[Rule, ...]
    areas: tuple[frozenset[str], ...]
    same: Mapping[str, str]
    soon_months: int

    def rule(self, destination: str, issuer: str) -> Rule:
        """Give the first rule that fits; the last fits always."""
        state = self.same.get(issuer, issuer)
        return next(rule for rule in self.rules if rule.fits(destination, state))

    def area(self, state: str) -> frozenset[str]:
        """Give the states that one enters by entering this one."""
        return next((area for area in self.areas if state in area), frozenset({state}))


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    states: list[str]
    base: Base
    source: str
    months: int = 0
    days: int = 0
    only_for: list[str] = []
    not_for: list[str] = []
    kinds: tuple[str, ...] = ("passport",)


class _Expiry(msgspec.Struct, forbid_unknown_fields=True):
    months: int


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: Literal[1]
    expiry: _Expiry
    same: dict[str, str]
    groups: dict[str, list[str]]
    areas: dict[str, str]
    rules: list[_Rule]


def read_rules(text: str, known: Iterable[str]) -> EntryRules:
    """Read the rules; `known` are the states there are. Raises RulesRefused."""
    try:
        file = msgspec.toml.decode(text, type=_File)
    except msgspec.DecodeError as refused:
        raise RulesRefused(str(refused)) from None
    states = frozenset(known)
    rules = tuple(_rule(file, given, states) for given in file.rules)
    codes = [rule.code for rule in rules]
    if not rules or rules[-1].states != {ANY} or rules[-1].only_for or rules[-1].not_for:
        raise RulesRefused("last")
    if len(set(codes)) != len(codes):
        raise RulesRefused("code_twice")
    areas = tuple(_states(file, [name], states) for name in file.areas.values())
    return EntryRules(rules, areas, file.same, file.expiry.months)


def _rule(file: _File, given: _Rule, known: frozenset[str]) -> Rule:
    if not given.source or not set(given.kinds) <= set(DOCUMENT_KINDS) or min(given.months, given.days) < 0:
        raise RulesRefused(given.code)
    return Rule(
        given.code,
        _states(file, given.states, known | {OWN, ANY}),
        _states(file, given.only_for, known),
        _states(file, given.not_for, known),
        given.base,
        given.months,
        given.days,
        given.kinds,
        given.source,
    )


def _states(file: _File, names: list[str], known: frozenset[str]) -> frozenset[str]:
    found: set[str] = set()
    for name in names:
        members = file.groups.get(name[1:], []) if name.startswith("@") else [name]
        if not members or not known.issuperset(members):
            raise RulesRefused(name)
        found.update(members)
    return frozenset(found)


@cache
def entry_rules(known: frozenset[str]) -> EntryRules:
    """Give the rules in force."""
    return read_rules(SOURCE.read_text("utf-8"), known)
