"""What an auditor asks on a page: filters read from the address, kept as chips, and the choices of their form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from audit.catalogue import KINDS
from audit.ledger import Filter
from portal.oversight.forms import FIELDS, given, link, read_filters
from portal.oversight.spans import DAY_LENGTH, PRESETS, read_moment
from portal.oversight.words import (
    ACTOR_NAMES,
    DECISION_NAMES,
    FIELD_CLASS_NAMES,
    FIELD_CLASSES,
    FILTER_NAMES,
    KIND_NAMES,
    NOUNS,
    PRESET_NAMES,
    WHY_NAMES,
)
from portal.web.places import region_name
from portal.web.refusals import FormRefused
from portal.web.render import formats_of, language_of
from portal.web.sentences import sentence
from portal.web.settings import KNOWN_REGIONS
from portal.web.unit import unit_of
from security.actor import ROLES

SHOWN = timedelta(days=30)  # by charts, where no time is chosen


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters as they stand in the address, as the ledger takes them, and what is wrong with them (sentences)."""

    query: dict[str, str]
    only: Filter
    errors: dict[str, str]
    zone: str

    @property
    def status(self) -> int:
        """The answer's status."""
        return 422 if self.errors else 200


def read_asked(request: Any) -> Asked:
    """Read the filters of a page; those that cannot be read filter nothing and are told."""
    unit = unit_of(request)
    query = given(request.query_params)
    only, errors = Filter(), {}
    try:
        only = read_filters(query, at=unit.at, zone=unit.who.time_zone, region=unit.settings.region)
    except FormRefused as refused:
        tag = language_of(request)
        errors = {name: sentence(tag, code) for name, code in refused.errors.items()}
    return Asked(query, only, errors, unit.who.time_zone)


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is on: what it is called, its value in words (or a code), and the page without it."""

    name: str
    label: str
    value: str
    is_code: bool
    without: str


_NAMES: Mapping[str, Mapping[str, str]] = {
    "role": ACTOR_NAMES,
    "kind": KIND_NAMES,
    "field": {**NOUNS, **FIELD_CLASS_NAMES},
    "purpose": WHY_NAMES,
    "decision": DECISION_NAMES,
    "when": PRESET_NAMES,
}


def chips(request: Any, asked: Asked, path: str, kept: Mapping[str, str]) -> list[Chip]:
    """Give a chip for each filter; `kept` is what else stays in the address."""
    found = []
    for name, text in asked.query.items():
        value, is_code = _said(request, asked, name, text)
        without = link(path, {**kept, **asked.query}, **{name: None})
        found.append(Chip(name, FILTER_NAMES[name], value, is_code, without))
    return found


def _said(request: Any, asked: Asked, name: str, text: str) -> tuple[str, bool]:
    """Put a filter's value into words; the second says that it is a code. Words are still to be translated."""
    if name in asked.errors:
        return text, True
    if name in _NAMES:
        return _NAMES[name].get(text, text), False
    if name == "region":
        return region_name(text, language_of(request)), False
    if name in {"from", "to"}:
        formats = formats_of(request)
        at = read_moment(text, asked.zone)
        return (formats.date(at) if len(text) == DAY_LENGTH else formats.datetime(at)), False
    return text if len(text) <= 16 else f"{text[:12]}…", True  # noqa: PLR2004 -- a pseudonym is told by its beginning


@cache
def choices(tag: str) -> dict[str, list[tuple[str, str]]]:
    """Give the choices of the form's lists as (code, words still to be translated); the region's are names already."""
    kinds = sorted((code, KIND_NAMES[code]) for code in KINDS)
    classes = [(code, FIELD_CLASS_NAMES[code]) for code in FIELD_CLASSES]
    return {
        "kind": kinds,
        "role": [(role, ACTOR_NAMES[role]) for role in (*ROLES, "system", "process", "unknown")],
        "field": [*classes, *sorted(NOUNS.items())],
        "purpose": sorted(WHY_NAMES.items()),
        "decision": list(DECISION_NAMES.items()),
        "when": [(preset, PRESET_NAMES[preset]) for preset in PRESETS],
        "region": [(region, region_name(region, tag)) for region in KNOWN_REGIONS],
    }


def kept_beside(request: Any, *names: str) -> dict[str, str]:
    """Give what else stands in the address besides filters: how a chart is looked at."""
    return given(request.query_params, names)


__all__ = ["FIELDS", "SHOWN", "Asked", "Chip", "chips", "choices", "kept_beside", "read_asked"]
