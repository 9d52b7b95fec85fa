"""Judging a document's number by what is publicly known of it. Pure: a number comes in, a code or yes goes out."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import msgspec

SOURCE = Path(__file__).with_name("shapes.toml")
READ_BY_MACHINES = ("passport", "visa")


@dataclass(frozen=True, slots=True)
class Check:
    """A shape whose check digit is known."""

    shape: re.Pattern[str]
    holds: Callable[[str], bool]


class _Check(msgspec.Struct, forbid_unknown_fields=True):
    shape: str
    check: str


class _Usual(msgspec.Struct, forbid_unknown_fields=True):
    length: int
    passport: dict[str, str]
    known_traveller: dict[str, str]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    checked: dict[str, dict[str, _Check]]
    usual: _Usual


@cache
def _file() -> _File:
    return msgspec.toml.decode(SOURCE.read_text("utf-8"), type=_File)


@cache
def checks() -> dict[tuple[str, str], Check]:
    """Give the checks by kind and state; each is a function of python-stdnum."""
    return {
        (kind, state): Check(re.compile(given.shape), import_module(f"stdnum.{given.check}").is_valid)
        for kind, states in _file().checked.items()
        for state, given in states.items()
    }


@cache
def _shapes() -> dict[tuple[str, str], re.Pattern[str]]:
    by_kind = {"passport": _file().usual.passport, "known_traveller": _file().usual.known_traveller}
    return {
        (kind, state): re.compile(shape)
        for kind, shapes in by_kind.items()
        for state, shape in shapes.items()
    }


def number_problem(kind: str, state: str, number: str) -> str | None:
    """Say that the check digit of a normalised number is wrong, where its shape has one."""
    check = checks().get((kind, state))
    if check is None or not check.shape.fullmatch(number) or check.holds(number):
        return None
    return "passengers:bad_check_digit"


def is_usual(kind: str, state: str, number: str) -> bool:
    """Whether a normalised number looks like others of its kind and state; what is not known is usual."""
    if kind in READ_BY_MACHINES and len(number) > _file().usual.length:
        return False
    shape = _shapes().get((kind, state))
    return shape is None or shape.fullmatch(number) is not None
