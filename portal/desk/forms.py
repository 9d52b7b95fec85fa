"""What is submitted about cases; errors as codes by field."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from i18n.locales import LOCALES
from portal.desk.rules import CLIENT_STEPS, DESK_STEPS, KINDS, NEED_WORDS, OWING, TEAMS
from portal.desk.work import SOURCES, Wanted
from portal.directory.world import KIND_NAMES
from portal.web.forms import DIRECTION, is_blank
from portal.web.ids import inner
from portal.web.refusals import FormRefused
from security.vault.cards import CardRefused, check_pan

MAX_WORDS = 4000
_NUMBERS = re.compile(r"\d(?:[ -]?\d){12,18}")


@dataclass(frozen=True, slots=True)
class CaseInput:
    """A case as a client submits it."""

    kind: str
    words: str
    passenger: UUID | None
    trip: UUID | None
    entry: int | None = None  # of the ledger, which the own trail shows


@dataclass(frozen=True, slots=True)
class StepInput:
    """A step as submitted: which, with what words, and for `hand_over` to whom."""

    step: str
    words: str
    team: str | None


def read_case(given: Mapping[str, Any], region: str) -> CaseInput:
    """Read a case. Raises FormRefused, OtherRegion, NotFound."""
    errors: dict[str, str] = {}
    kind = given.get("kind")
    if kind not in KINDS:
        errors["kind"] = "desk:unknown_kind"
    words = read_words(given.get("words"), errors, needed=True)
    if errors:
        raise FormRefused(errors)
    return CaseInput(str(kind), words, _id(given, "passenger", region), _id(given, "trip", region))


def read_step(given: Mapping[str, Any]) -> StepInput:
    """Read a step. Raises FormRefused."""
    errors: dict[str, str] = {}
    step = str(given.get("step") or "")
    if step not in CLIENT_STEPS | DESK_STEPS:
        errors["step"] = "desk:unknown_step"
    team = given.get("team") or None
    if step == "hand_over" and team not in TEAMS:
        errors["team"] = "desk:unknown_team"
    words = read_words(given.get("words"), errors, needed=step in NEED_WORDS)
    if errors:
        raise FormRefused(errors)
    return StepInput(step, words, str(team) if step == "hand_over" else None)


def read_wanted(query: Mapping[str, str], account: UUID, team: str | None = None) -> Wanted:
    """Read the filters of open work; what is not known filters nothing. `team`: which one unless told."""
    asked = query.get("team") or team
    held = query.get("held")
    return Wanted(
        team=asked if asked in OWING else None,
        source=query.get("source") if query.get("source") in SOURCES else None,
        kind=query.get("kind") if query.get("kind") in KIND_NAMES else None,
        language=query.get("language") if query.get("language") in LOCALES else None,
        held_by=account if held == "me" else None,
        unheld=held == "nobody",
    )


def _id(given: Mapping[str, Any], name: str, region: str) -> UUID | None:
    text = given.get(name)
    if text in {None, ""}:
        return None
    if not isinstance(text, str):
        raise FormRefused({name: "web:invalid"})
    return inner(region, text)


def read_words(given: Any, errors: dict[str, str], *, needed: bool) -> str:
    """Read people's own words; what is wrong goes into `errors`."""
    if given is not None and not isinstance(given, str):
        errors["words"] = "web:invalid"
        return ""
    words = DIRECTION.sub("", unicodedata.normalize("NFC", given or "").replace("\r\n", "\n")).strip()
    if needed and is_blank(words):
        errors["words"] = "web:required"
    elif len(words) > MAX_WORDS:
        errors["words"] = "web:too_long"
    elif any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in words):
        errors["words"] = "web:control_character"
    elif holds_card_number(words):
        errors["words"] = "desk:holds_card_number"
    return words


def holds_card_number(words: str) -> bool:
    """Say whether a text holds a card number of a known brand: it belongs sealed, not in a case."""
    return any(_is_card(found.group()) for found in _NUMBERS.finditer(words))


def _is_card(text: str) -> bool:
    try:
        return check_pan(text).brand != "other"
    except CardRefused:
        return False
