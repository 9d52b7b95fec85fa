"""The matrix as a page shows it: one row per group of fields, one cell per role, conditions as codes."""

from dataclasses import dataclass
from typing import Literal

from security.actor import ROLES
from security.policy.matrix import MATRIX
from security.policy.rule import Matrix, Rule, Tier

Condition = Literal["own", "window", "second_person", "step_up", "reference"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One role's answer for one row: what it sees, what for it may open it, on which conditions, and where."""

    role: str
    tier: Tier
    purposes: tuple[str, ...]
    conditions: tuple[Condition, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One group of fields (`profile`, `documents`, `birth_date`, `cards`, `bank_account`), role by role."""

    group: str
    fields: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class MatrixPage:
    """The whole matrix: the roles of its columns, and its rows in reading order."""

    roles: tuple[str, ...]
    rows: tuple[Row, ...]


def matrix_page(matrix: Matrix = MATRIX) -> MatrixPage:
    """Return the whole matrix for rendering; every row has one cell for each of `roles`, in that order."""
    rows = tuple(
        Row(group.code, group.fields, tuple(_cell(role, group.rules[role]) for role in ROLES))
        for group in matrix.groups
    )
    return MatrixPage(ROLES, rows)


def _cell(role: str, rule: Rule) -> Cell:
    return Cell(role, rule.tier, rule.purposes, _conditions(rule), rule.places if rule.purposes else ())


def _conditions(rule: Rule) -> tuple[Condition, ...]:
    if not rule.purposes:
        return ()
    asked: tuple[tuple[bool, Condition], ...] = (
        (rule.own, "own"),
        (True, "reference"),
        (rule.window, "window"),
        (rule.second_person, "second_person"),
        (True, "step_up"),
    )
    return tuple(condition for wanted, condition in asked if wanted)
