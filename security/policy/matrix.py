"""The access matrix: read from `matrix.toml` once, and refused whole if it leaves anything unanswered or unsafe."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NoReturn, TypeVar

import msgspec

from security.actor import ROLES
from security.fields import FIELDS, OPEN_FIELDS
from security.policy.invariants import faults
from security.policy.lines import line_of, line_of_word, line_told
from security.policy.places import PLACES
from security.policy.rule import HIDDEN, Group, Matrix, MatrixRefused, Rule, Tier, matrix_of
from security.purposes import PURPOSES

__all__ = ["HIDDEN", "MATRIX", "SOURCE", "Group", "Matrix", "MatrixRefused", "Rule", "Tier", "load_matrix"]

SOURCE: Final = Path(__file__).with_name("matrix.toml")
_VERSION: Final = 2
_BARE: Final[Mapping[str, Tier]] = {"hidden": "hidden", "masked": "masked", "clear": "clear"}
_TABLES: Final = frozenset({"version", "reveals", "groups"})
_Read = TypeVar("_Read", bound=msgspec.Struct)


class _Reveal(msgspec.Struct, forbid_unknown_fields=True):
    purposes: tuple[str, ...]
    own: bool
    window: bool
    second_person: bool
    places: tuple[str, ...]


class _Group(msgspec.Struct, forbid_unknown_fields=True):
    fields: tuple[str, ...]
    cells: dict[str, str]


def load_matrix(text: str) -> Matrix:
    """Return the matrix of a TOML text; raise `MatrixRefused` unless each role answers safely for each field."""
    return _Reader(text).matrix()


class _Reader:
    """Reads one text and names the line of what it refuses."""

    def __init__(self, text: str) -> None:
        self._text = text
        try:
            self._file = tomllib.loads(text)
        except tomllib.TOMLDecodeError as refused:
            raise MatrixRefused("unreadable", "", line_told(str(refused))) from None
        if self._file.get("version") != _VERSION:
            self._refuse("unknown_version", "version", "", "version")
        for name in self._file:
            if name not in _TABLES:
                self._refuse("unknown_table", name, name)

    def matrix(self) -> Matrix:
        """Read everything, then judge the whole."""
        reveals = {name: self._reveal(name, given) for name, given in self._table("reveals").items()}
        groups = {
            name: self._read(f"groups.{name}", given, _Group) for name, given in self._table("groups").items()
        }
        self._refuse_incomplete(groups)
        made = matrix_of(tuple(self._group(code, group, reveals) for code, group in groups.items()))
        self._refuse_unused(groups, reveals)
        for fault in faults(made):
            group, _, role = fault.where.rpartition(".")
            self._refuse(fault.code, fault.where, f"groups.{group}.cells", role)
        return made

    def _table(self, name: str) -> Mapping[str, Any]:
        found = self._file.get(name)
        if not isinstance(found, dict):
            self._refuse("missing_table", name, name)
        return found

    def _read(self, where: str, given: Any, shape: type[_Read]) -> _Read:
        try:
            return msgspec.convert(given, shape)
        except msgspec.ValidationError as refused:
            keys = [name for name in (*shape.__struct_fields__, *_keys(given)) if f"`{name}`" in str(refused)]
            keys += [name for name in shape.__struct_fields__ if f"$.{name}" in str(refused)]
            self._refuse("unreadable", where, where, keys[0] if keys else None)

    def _reveal(self, name: str, given: Any) -> Rule:
        where = f"reveals.{name}"
        if name in _BARE:
            self._refuse("reserved_name", name, where)
        read = self._read(where, given, _Reveal)
        for part, said, known, code in (
            ("purposes", read.purposes, PURPOSES, "unknown_purpose"),
            ("places", read.places, PLACES, "unknown_place"),
        ):
            if not said or len(set(said)) != len(said) or not set(said) <= set(known):
                self._refuse(code, name, where, part)
        if ("own_record" in read.purposes) != read.own:
            self._refuse("own_record_is_own", name, where, "own")
        return Rule("masked", read.purposes, read.window, read.second_person, read.own, read.places)

    def _refuse_unused(self, groups: Mapping[str, _Group], reveals: Mapping[str, Rule]) -> None:
        used = {cell for group in groups.values() for cell in group.cells.values()}
        for name in reveals:
            if name not in used:
                self._refuse("unused_reveal", name, f"reveals.{name}")

    def _refuse_incomplete(self, groups: Mapping[str, _Group]) -> None:
        named = [(code, name) for code, group in groups.items() for name in group.fields]
        answerable = {*OPEN_FIELDS, *FIELDS}
        seen: set[str] = set()
        for code, name in named:
            if name not in answerable:
                raise MatrixRefused("unknown_field", name, line_of_word(self._text, name))
            if name in seen:
                self._refuse("field_twice", name, f"groups.{code}", "fields")
            seen.add(name)
        for name in sorted(answerable - seen):
            raise MatrixRefused("missing_field", name)

    def _group(self, code: str, group: _Group, reveals: Mapping[str, Rule]) -> Group:
        cells = f"groups.{code}.cells"
        for role in group.cells:
            if role not in ROLES:
                self._refuse("unknown_role", f"{code}.{role}", cells, role)
        for role in ROLES:
            if role not in group.cells:
                self._refuse("missing_role", f"{code}.{role}", cells)
        rules = {role: self._cell(code, role, group.cells[role], reveals) for role in ROLES}
        if len({name in FIELDS for name in group.fields}) > 1:
            self._refuse("open_and_sealed", code, f"groups.{code}", "fields")
        return Group(code, group.fields, MappingProxyType(rules))

    def _cell(self, code: str, role: str, cell: str, reveals: Mapping[str, Rule]) -> Rule:
        tier = _BARE.get(cell)
        rule = reveals.get(cell) if tier is None else Rule(tier)
        if rule is None:
            self._refuse("unknown_cell", f"{code}.{role}", f"groups.{code}.cells", role)
        return rule

    def _refuse(self, reason: str, where: str, table: str, key: str | None = None) -> NoReturn:
        raise MatrixRefused(reason, where, line_of(self._text, table, key))


def _keys(given: Any) -> tuple[str, ...]:
    return tuple(given) if isinstance(given, dict) else ()


MATRIX: Final = load_matrix(SOURCE.read_text(encoding="utf-8"))
"""The matrix of the file, on top of which changes come; a product whose matrix is refused does not start."""
