"""What a matrix is made of: a rule for each role and group of fields, and the whole that answers for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from security.actor import ROLES
from security.policy.places import PLACES

Tier = Literal["hidden", "masked", "clear"]
TIERS: Final[tuple[Tier, ...]] = ("hidden", "masked", "clear")


@dataclass(frozen=True, slots=True)
class Rule:
    """What one role may see of one field, and on which conditions and in which places it may open it."""

    tier: Tier
    purposes: tuple[str, ...] = ()
    window: bool = False
    second_person: bool = False
    own: bool = False
    places: tuple[str, ...] = PLACES

    def purposes_at(self, place: str) -> tuple[str, ...]:
        """Return the purposes for which this may be opened when it is asked in this place."""
        return self.purposes if place in self.places else ()


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
    windowed: frozenset[str]
    """Roles of which some rule depends on a leg's window."""

    def rule(self, role: str, field: str) -> Rule:
        """Return the rule of a role for a field; `HIDDEN` for a role or field it does not name."""
        return self.rules.get((role, field), HIDDEN)

    def group(self, code: str) -> Group | None:
        """Return the group of this code, if there is one."""
        return next((group for group in self.groups if group.code == code), None)

    def with_rule(self, group: str, role: str, rule: Rule) -> "Matrix":
        """Return the matrix with another rule in one cell."""
        return matrix_of(
            tuple(
                replace(one, rules=MappingProxyType({**one.rules, role: rule})) if one.code == group else one
                for one in self.groups
            )
        )


def matrix_of(groups: tuple[Group, ...]) -> Matrix:
    """Make the matrix of these groups."""
    rules = {(role, name): group.rules[role] for group in groups for name in group.fields for role in ROLES}
    windowed = frozenset(role for (role, _), rule in rules.items() if rule.window)
    return Matrix(groups, MappingProxyType(rules), windowed)


class MatrixRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """The matrix is not to be trusted: `reason` and `where` name what is missing, unknown or wrong.

    `line` is where in the file it stands, if a line can be named.
    """

    code = "security:matrix_refused"

    def __init__(self, reason: str, where: str, line: int | None = None) -> None:
        super().__init__(reason, where, line)
        self.reason = reason
        self.where = where
        self.line = line
        self.fields = {"reason": f"{reason} {where}".strip()}  # what a process that waits for it says
