"""The access matrix: read from `matrix.toml` once, and refused whole if it leaves anything unanswered."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from security.actor import ROLES
from security.fields import FIELDS, OPEN_FIELDS
from security.purposes import PURPOSES

Tier = Literal["hidden", "masked", "clear"]
SOURCE: Final = Path(__file__).with_name("matrix.toml")
_VERSION: Final = 1
_BARE: Final[Mapping[str, Tier]] = {"hidden": "hidden", "masked": "masked", "clear": "clear"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What one role may see of one field, and on which conditions it may open it."""

    tier: Tier
    purposes: tuple[str, ...] = ()
    window: bool = False
    second_person: bool = False
    own: bool = False


HIDDEN: Final = Rule("hidden")
"""The answer for whatever the matrix does not name."""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that share a row of the matrix, and the rule of each role."""

    code: str
    fields: tuple[str, ...]
    rules: Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A complete matrix: its groups in reading order, and the rule of each role and field."""

    groups: tuple[Group, ...]
    rules: Mapping[tuple[str, str], Rule]

    def rule(self, role: str, field: str) -> Rule:
        """Return the rule of a role for a field; `HIDDEN` for a role or field it does not name."""
        return self.rules.get((role, field), HIDDEN)


class MatrixRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """The matrix is not to be trusted: `reason` and `where` name what is missing, unknown or wrong."""

    code = "security:matrix_refused"

    def __init__(self, reason: str, where: str) -> None:
        super().__init__(reason, where)
        self.reason = reason
        self.where = where


class _Reveal(msgspec.Struct, forbid_unknown_fields=True):
    purposes: tuple[str, ...]
    own: bool
    window: bool
    second_person: bool


class _Group(msgspec.Struct, forbid_unknown_fields=True):
    fields: tuple[str, ...]
    cells: dict[str, str]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    reveals: dict[str, _Reveal]
    groups: dict[str, _Group]


def load_matrix(text: str) -> Matrix:
    """Return the matrix of a TOML text; raise `MatrixRefused` unless each role answers for each field."""
    try:
        file = msgspec.toml.decode(text, type=_File)
    except msgspec.DecodeError as refused:
        raise MatrixRefused("unreadable", str(refused)) from None
    if file.version != _VERSION:
        raise MatrixRefused("unknown_version", str(file.version))
    reveals = {name: _reveal_rule(name, reveal) for name, reveal in file.reveals.items()}
    _refuse_incomplete_fields(file)
    groups = tuple(_group(code, group, reveals) for code, group in file.groups.items())
    _refuse_unused(file)
    rules = {(role, name): group.rules[role] for group in groups for name in group.fields for role in ROLES}
    return Matrix(groups, MappingProxyType(rules))


def _reveal_rule(name: str, reveal: _Reveal) -> Rule:
    purposes = reveal.purposes
    if name in _BARE:
        raise MatrixRefused("reserved_name", name)
    if not purposes or len(set(purposes)) != len(purposes) or not set(purposes) <= set(PURPOSES):
        raise MatrixRefused("unknown_purpose", name)
    if ("own_record" in purposes) != reveal.own:
        raise MatrixRefused("own_record_is_own", name)
    return Rule("masked", purposes, reveal.window, reveal.second_person, reveal.own)


def _refuse_unused(file: _File) -> None:
    used = {cell for group in file.groups.values() for cell in group.cells.values()}
    for name in file.reveals:
        if name not in used:
            raise MatrixRefused("unused_reveal", name)


def _refuse_incomplete_fields(file: _File) -> None:
    named = [name for group in file.groups.values() for name in group.fields]
    answerable = {*OPEN_FIELDS, *FIELDS}
    for name in named:
        if name not in answerable:
            raise MatrixRefused("unknown_field", name)
        if named.count(name) > 1:
            raise MatrixRefused("field_twice", name)
    for name in sorted(answerable - set(named)):
        raise MatrixRefused("missing_field", name)


def _group(code: str, group: _Group, reveals: Mapping[str, Rule]) -> Group:
    for role in group.cells:
        if role not in ROLES:
            raise MatrixRefused("unknown_role", f"{code}.{role}")
    for role in ROLES:
        if role not in group.cells:
            raise MatrixRefused("missing_role", f"{code}.{role}")
    rules = {role: _cell(f"{code}.{role}", group, group.cells[role], reveals) for role in ROLES}
    return Group(code, group.fields, MappingProxyType(rules))


def _cell(where: str, group: _Group, cell: str, reveals: Mapping[str, Rule]) -> Rule:
    tier = _BARE.get(cell)
    rule = reveals.get(cell) if tier is None else Rule(tier)
    if rule is None:
        raise MatrixRefused("unknown_cell", where)
    sealed = any(name in FIELDS for name in group.fields)
    if (sealed and rule.tier == "clear") or (not sealed and rule.tier == "masked"):
        raise MatrixRefused("tier_of_field", where)
    return rule


MATRIX: Final = load_matrix(SOURCE.read_text(encoding="utf-8"))
"""The matrix in force; a product whose matrix is refused does not start."""
