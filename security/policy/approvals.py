"""Who must agree before a value is opened, read from `approvals.toml` once; and the pure rules that read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from security.actor import DESK_ROLES, ROLES
from security.fields import FIELDS
from security.policy.decide import (
    NOTHING_ON_FILE,
    OUTSIDE_WINDOW,
    PURPOSE_NOT_ALLOWED,
    SECOND_PERSON_REQUIRED,
    STATUS_OF_REFUSAL,
    STEP_UP_REQUIRED,
)
from security.policy.rule import Matrix, MatrixRefused
from security.purposes import PURPOSES

SOURCE: Final = Path(__file__).with_name("approvals.toml")
CLIENT_APPROVAL_REQUIRED: Final = "passengers:client_approval_required"
USED_UP: Final = "approvals:used_up"
STATUSES: Final = STATUS_OF_REFUSAL | {CLIENT_APPROVAL_REQUIRED: 403, USED_UP: 409}
"""HTTP status of every refusal of a reveal but that there is no such passenger."""
REVEAL: Final = "reveal"
BREAK_GLASS: Final = "break_glass"
EXPORT: Final = "export"
SECOND_PERSON: Final = "second_person"
CLIENT: Final = "client"
CLIENT_APPROVER: Final = "client_admin"
_VERSION: Final = 1
LIFTED: Final = frozenset({PURPOSE_NOT_ALLOWED, OUTSIDE_WINDOW, SECOND_PERSON_REQUIRED})
"""What broken glass lifts: who may ask for what, and when."""
_LATER: Final = frozenset({None, STEP_UP_REQUIRED, NOTHING_ON_FILE})


class _Reveal(msgspec.Struct, forbid_unknown_fields=True):
    waits: int
    usable: int


class _BreakGlass(msgspec.Struct, forbid_unknown_fields=True):
    asks: tuple[str, ...]
    approves: tuple[str, ...]
    fields: tuple[str, ...]
    purposes: tuple[str, ...]
    waits: int
    usable: int
    review: int


class _Export(msgspec.Struct, forbid_unknown_fields=True):
    asks: tuple[str, ...]
    approves: tuple[str, ...]
    fields: tuple[str, ...]
    purposes: tuple[str, ...]
    waits: int
    usable: int
    kept: int


class _Client(msgspec.Struct, forbid_unknown_fields=True):
    roles: tuple[str, ...]
    exempt: tuple[str, ...]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    reveal: _Reveal
    break_glass: _BreakGlass
    export: _Export
    client: _Client


@dataclass(frozen=True, slots=True)
class Special:
    """What opens beside the matrix: who may ask and approve, for which fields and purposes."""

    asks: tuple[str, ...]
    approves: tuple[str, ...]
    fields: tuple[str, ...]
    purposes: tuple[str, ...]

    def covers(self, role: str, field: str, purpose: str) -> bool:
        """Say whether this role may ask for this field and purpose."""
        return role in self.asks and field in self.fields and purpose in self.purposes


@dataclass(frozen=True, slots=True)
class Approvals:
    """The rules in force; `waits` and `usable` by kind of request."""

    waits: Mapping[str, timedelta]
    usable: Mapping[str, timedelta]
    review: timedelta
    kept: timedelta
    break_glass: Special
    export: Special
    client_roles: tuple[str, ...]
    client_purposes: tuple[str, ...]


def load_approvals(text: str) -> Approvals:
    """Read the rules; raises `MatrixRefused` naming what is unknown, missing or without sense."""
    try:
        file = msgspec.toml.decode(text, type=_File)
    except msgspec.DecodeError as refused:
        raise MatrixRefused("unreadable", str(refused)) from None
    if file.version != _VERSION:
        raise MatrixRefused("unknown_version", str(file.version))
    for name, given in (("break_glass", file.break_glass), ("export", file.export)):
        _known(f"{name}.asks", given.asks, DESK_ROLES)
        _known(f"{name}.approves", given.approves, DESK_ROLES)
        _known(f"{name}.fields", given.fields, FIELDS)
        _known(f"{name}.purposes", given.purposes, set(PURPOSES) - {"own_record"})
    _known("client.roles", file.client.roles, DESK_ROLES)
    _known("client.exempt", file.client.exempt, PURPOSES)
    return _read(file)


def _known(where: str, named: tuple[str, ...], known: object) -> None:
    if not named or len(set(named)) != len(named) or any(name not in known for name in named):  # type: ignore[operator]
        raise MatrixRefused("unknown_name", where)


def _read(file: _File) -> Approvals:
    glass, export = file.break_glass, file.export
    return Approvals(
        waits={kind: _span(f"{kind}.waits", given.waits) for kind, given in _by_kind(file)},
        usable={kind: _span(f"{kind}.usable", given.usable) for kind, given in _by_kind(file)},
        review=_span("break_glass.review", glass.review),
        kept=_span("export.kept", export.kept),
        break_glass=Special(glass.asks, glass.approves, glass.fields, glass.purposes),
        export=Special(export.asks, export.approves, export.fields, export.purposes),
        client_roles=file.client.roles,
        client_purposes=tuple(purpose for purpose in PURPOSES if purpose not in file.client.exempt),
    )


def _by_kind(file: _File) -> tuple[tuple[str, _Reveal | _BreakGlass | _Export], ...]:
    return ((REVEAL, file.reveal), (BREAK_GLASS, file.break_glass), (EXPORT, file.export))


def _span(where: str, minutes: int) -> timedelta:
    if minutes < 1:
        raise MatrixRefused("bad_time", where)
    return timedelta(minutes=minutes)


APPROVALS: Final = load_approvals(SOURCE.read_text(encoding="utf-8"))
"""The rules in force; a product whose rules are refused does not start."""


def approvers_of(
    kind: str, field: str, purpose: str, matrix: Matrix, *, rules: Approvals = APPROVALS
) -> tuple[str, ...]:
    """Give the roles one of whom must approve as the second person, never the same person who asks.

    For a reveal they are those whom the matrix entitles to the same field for the same purpose.
    """
    if kind == BREAK_GLASS:
        return rules.break_glass.approves
    if kind == EXPORT:
        return rules.export.approves
    held = ((role, matrix.rule(role, field)) for role in ROLES)
    return tuple(role for role, rule in held if purpose in rule.purposes and not rule.own)


def may_ask_others(role: str, field: str, matrix: Matrix, *, rules: Approvals = APPROVALS) -> bool:
    """Say whether people's approval could open this field for this role, on some ground."""
    rule = matrix.rule(role, field)
    by_client = role in rules.client_roles and any(p in rules.client_purposes for p in rule.purposes)
    glass = rules.break_glass
    return rule.second_person or by_client or (role in glass.asks and field in glass.fields)


def decide_with_approvals(
    refused: str | None,
    *,
    breaks_glass: bool,
    client_asked: bool,
    client_agreed: bool,
    stepped_up: bool,
    stored: bool,
) -> str | None:
    """Judge what the matrix said (`refused`) again, in the light of what people approved.

    `breaks_glass`: an approved emergency for exactly this; it lifts the matrix and its window, and does not wait for
    the client. `client_asked`: the passenger's organisation wants to be asked for this role and purpose.
    """
    if breaks_glass:
        if refused in LIFTED:
            return _last(stepped_up=stepped_up, stored=stored)
        return refused
    if client_asked and not client_agreed and refused in _LATER:
        return CLIENT_APPROVAL_REQUIRED
    return refused


def _last(*, stepped_up: bool, stored: bool) -> str | None:
    if not stepped_up:
        return STEP_UP_REQUIRED
    return None if stored else NOTHING_ON_FILE
