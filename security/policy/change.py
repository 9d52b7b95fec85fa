"""Changing the matrix: one cell at a time, on top of the file, refused where a rule of the house would break. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from security.fields import FIELDS
from security.policy.invariants import Fault, faults, faults_of
from security.policy.places import PLACES
from security.policy.rule import Group, Matrix, MatrixRefused, Rule
from security.purposes import PURPOSES

PROPOSERS: Final = frozenset({"compliance", "administrator"})
"""Who may propose a change, and who may decide one: never both for the same; one of the two is compliance."""
LIFE: Final = timedelta(days=7)
"""How long a proposal waits for a second person."""

NOT_YOURS: Final = "policy:not_your_change"
SAME_PERSON: Final = "policy:same_person"
COMPLIANCE_NEEDED: Final = "policy:compliance_needed"
NOT_WAITING: Final = "policy:not_waiting"
EXPIRED: Final = "policy:expired"
OVERTAKEN: Final = "policy:overtaken"
UNKNOWN_CELL: Final = "policy:unknown_cell"
NOTHING_CHANGES: Final = "policy:nothing_changes"
OPEN_FIELDS_STAY: Final = "policy:open_fields_stay"
UNSAFE: Final = "policy:unsafe"


@dataclass(frozen=True, slots=True)
class Edit:
    """One cell as it shall be from now on."""

    group: str
    role: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in one cell, as codes: `aspect` tier, purpose, window, second_person or place.

    `before` and `after` are codes, "" where something comes or goes.
    """

    group: str
    role: str
    aspect: str
    before: str
    after: str


class ChangeRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """This change may not come into force; `fault` is the rule it would break, "" for other refusals."""

    def __init__(self, code: str, fault: str = "") -> None:
        super().__init__(code, fault)
        self.code = code
        self.fault = fault


def in_order(rule: Rule) -> Rule:
    """Return the rule with purposes and places in their own order; one with mistakes as it is, to be refused."""
    purposes = tuple(code for code in PURPOSES if code in rule.purposes)
    places = tuple(code for code in PLACES if code in rule.places)
    if len(purposes) != len(rule.purposes) or len(places) != len(rule.places):
        return rule
    if not purposes:  # where nothing opens it does not matter where
        return replace(rule, purposes=(), places=PLACES)
    return replace(rule, purposes=purposes, places=places)


def changed(matrix: Matrix, edit: Edit) -> Matrix:
    """Return the matrix after one edit; raise `ChangeRefused`."""
    group = matrix.group(edit.group)
    if group is None or edit.role not in group.rules:
        raise ChangeRefused(UNKNOWN_CELL)
    if not any(name in FIELDS for name in group.fields):
        # Names are what desks find people by: hiding them is not something that one cell can do.
        raise ChangeRefused(OPEN_FIELDS_STAY)
    if group.rules[edit.role] == edit.rule:
        raise ChangeRefused(NOTHING_CHANGES)
    for fault in faults_of(group, edit.role, edit.rule):
        raise ChangeRefused(UNSAFE, fault.code)
    return matrix.with_rule(edit.group, edit.role, edit.rule)


def on_top(base: Matrix, edits: Sequence[Edit]) -> Matrix:
    """Put edits on top of the file's matrix; raise `MatrixRefused` where one fits no longer."""
    made = base
    for edit in edits:
        group = made.group(edit.group)
        if group is None or edit.role not in group.rules:
            raise MatrixRefused("unknown_cell", f"{edit.group}.{edit.role}")
        made = made.with_rule(edit.group, edit.role, edit.rule)
    found: tuple[Fault, ...] = faults(made)
    for fault in found:
        raise MatrixRefused(fault.code, fault.where)
    return made


def edits_between(base: Matrix, matrix: Matrix) -> tuple[Edit, ...]:
    """Return the edits that make one matrix of the other, cell by cell in reading order."""
    return tuple(
        Edit(group.code, role, rule)
        for group in matrix.groups
        for role, rule in group.rules.items()
        if (was := base.group(group.code)) is None or was.rules[role] != rule
    )


def differences(before: Matrix, after: Matrix) -> tuple[Difference, ...]:
    """Return all that differs, cell by cell; a group that came or went is one line of its own."""
    return tuple(_differences(before, after))


def _differences(before: Matrix, after: Matrix) -> Iterator[Difference]:
    for group in before.groups:
        if after.group(group.code) is None:
            yield Difference(group.code, "", "group", group.code, "")
    for group in after.groups:
        was = before.group(group.code)
        if was is None:
            yield Difference(group.code, "", "group", "", group.code)
        else:
            yield from _of_group(was, group)


def _of_group(was: Group, group: Group) -> Iterator[Difference]:
    for name in sorted(set(was.fields) ^ set(group.fields)):
        here = name in group.fields
        yield Difference(group.code, "", "field", "" if here else name, name if here else "")
    for role, rule in group.rules.items():
        if was.rules[role] != rule:
            for aspect, old, new in _of_rules(was.rules[role], rule):
                yield Difference(group.code, role, aspect, old, new)


def _of_rules(old: Rule, new: Rule) -> Iterator[tuple[str, str, str]]:
    if old.tier != new.tier:
        yield "tier", old.tier, new.tier
    yield from _of_codes("purpose", old.purposes, new.purposes)
    for aspect in ("window", "second_person"):
        was, now = getattr(old, aspect), getattr(new, aspect)
        if was != now:
            yield aspect, "required" if was else "", "required" if now else ""
    if old.purposes and new.purposes:
        yield from _of_codes("place", old.places, new.places)


def _of_codes(aspect: str, old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    yield from ((aspect, code, "") for code in old if code not in new)
    yield from ((aspect, "", code) for code in new if code not in old)


def what_forbids(*, proposer: str, decider: str, is_same: bool) -> str | None:
    """Name the code of what forbids this second person to approve; None: nothing does."""
    if decider not in PROPOSERS:
        return NOT_YOURS
    if is_same:
        return SAME_PERSON
    return None if "compliance" in {proposer, decider} else COMPLIANCE_NEEDED
