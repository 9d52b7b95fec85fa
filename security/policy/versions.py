"""A matrix as one text with one hash: what is stored, compared and named in the ledger. Pure.

The text is RFC 8785 JSON, so that equal matrices have equal bytes; its SHA-256 is the version's hash.
"""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from audit.jcs import canonical
from security.actor import ROLES
from security.policy.invariants import faults
from security.policy.matrix import MATRIX
from security.policy.rule import Group, Matrix, MatrixRefused, Rule, Tier, matrix_of


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    tier: Tier
    purposes: tuple[str, ...]
    window: bool
    second_person: bool
    own: bool
    places: tuple[str, ...]


class _Group(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    fields: tuple[str, ...]
    cells: dict[str, _Rule]


def rule_text(rule: Rule) -> str:
    """Write one rule."""
    return canonical(_written(rule)).decode()


def read_rule(text: str) -> Rule:
    """Read one rule; raise `MatrixRefused`."""
    try:
        return _rule(msgspec.json.decode(text, type=_Rule))
    except msgspec.MsgspecError:
        raise MatrixRefused("unreadable", "rule") from None


def matrix_text(matrix: Matrix) -> str:
    """Write a whole matrix."""
    written = [
        {
            "code": group.code,
            "fields": list(group.fields),
            "cells": {role: _written(group.rules[role]) for role in ROLES},
        }
        for group in matrix.groups
    ]
    return canonical(written).decode()


def digest_of(text: str) -> str:
    """Return the hash that names a version: SHA-256 of its text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_matrix(text: str, digest: str) -> Matrix:
    """Read a whole matrix that has this hash; raise `MatrixRefused` for another hash, a gap or a fault."""
    if digest_of(text) != digest:
        raise MatrixRefused("other_hash", digest)
    try:
        read = msgspec.json.decode(text, type=list[_Group])
    except msgspec.MsgspecError:
        raise MatrixRefused("unreadable", digest) from None
    if any(set(group.cells) != set(ROLES) for group in read):
        raise MatrixRefused("missing_role", digest)
    made = matrix_of(tuple(_group(group) for group in read))
    for fault in faults(made):
        raise MatrixRefused(fault.code, fault.where)
    return made


def _group(read: _Group) -> Group:
    rules = {role: _rule(read.cells[role]) for role in ROLES}
    return Group(read.code, read.fields, MappingProxyType(rules))


def _rule(read: _Rule) -> Rule:
    return Rule(read.tier, read.purposes, read.window, read.second_person, read.own, read.places)


def _written(rule: Rule) -> dict[str, Any]:
    return {
        "tier": rule.tier,
        "purposes": list(rule.purposes),
        "window": rule.window,
        "second_person": rule.second_person,
        "own": rule.own,
        "places": list(rule.places),
    }


_known: dict[str, Matrix] = {"": MATRIX, digest_of(matrix_text(MATRIX)): MATRIX}
KNOWN: Final[Mapping[str, Matrix]] = MappingProxyType(_known)
"""Every version that this process has read, by its hash; "" is the file's. A hash names the same matrix for ever."""


def learn(text: str, digest: str) -> Matrix:
    """Read a version once; raise `MatrixRefused`."""
    if digest not in _known:
        _known[digest] = read_matrix(text, digest)
    return _known[digest]
