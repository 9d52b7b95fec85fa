"""What is submitted about findings and notes; errors as codes by field."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from portal.findings.rules import MOST_ENTRIES, SEVERITIES, STEPS
from portal.web.forms import DIRECTION, is_blank, plain_line
from portal.web.refusals import FormRefused

MAX_TITLE = 160
MAX_WORDS = 4000
LONGEST = timedelta(days=730)
_BETWEEN = re.compile(r"[\s,;،，]+")
_DIGITS = len(str(2**62))


@dataclass(frozen=True, slots=True)
class FindingInput:
    """A finding as an auditor opens it."""

    title: str
    severity: str
    words: str
    entries: list[int]
    due_on: date


@dataclass(frozen=True, slots=True)
class NoteInput:
    """A note on entries."""

    words: str
    entries: list[int]


@dataclass(frozen=True, slots=True)
class StepInput:
    """A step with its words."""

    step: str
    words: str


def read_finding(given: Mapping[str, Any], today: date) -> FindingInput:
    """Read a finding. Raises FormRefused."""
    errors: dict[str, str] = {}
    title = plain_line(str(given.get("title") or ""))
    if not title:
        errors["title"] = "web:required"
    elif len(title) > MAX_TITLE:
        errors["title"] = "web:too_long"
    severity = str(given.get("severity") or "")
    if severity not in SEVERITIES:
        errors["severity"] = "findings:unknown_severity"
    words = _words(given.get("words"), errors)
    entries = _entries(given.get("entries"), errors)
    due_on = _due(given.get("due_on"), today, errors)
    if errors or due_on is None:
        raise FormRefused(errors)
    return FindingInput(title, severity, words, entries, due_on)


def read_note(given: Mapping[str, Any]) -> NoteInput:
    """Read a note. Raises FormRefused."""
    errors: dict[str, str] = {}
    found = NoteInput(_words(given.get("words"), errors), _entries(given.get("entries"), errors))
    if errors:
        raise FormRefused(errors)
    return found


def read_step(given: Mapping[str, Any]) -> StepInput:
    """Read a step. Raises FormRefused."""
    errors: dict[str, str] = {}
    step = str(given.get("step") or "")
    if step not in STEPS:
        errors["step"] = "findings:unknown_step"
    words = _words(given.get("words"), errors)
    if errors:
        raise FormRefused(errors)
    return StepInput(step, words)


def _due(given: Any, today: date, errors: dict[str, str]) -> date | None:
    text = str(given or "").strip()
    if not text:
        errors["due_on"] = "web:required"
        return None
    try:
        due = date.fromisoformat(text)
    except ValueError:
        errors["due_on"] = "web:bad_time"
        return None
    if not today <= due <= today + LONGEST:
        errors["due_on"] = "findings:due_in_the_past"
    return due


def _entries(given: Any, errors: dict[str, str]) -> list[int]:
    texts = (
        [str(one) for one in given] if isinstance(given, list) else _BETWEEN.split(str(given or "").strip())
    )
    found = sorted({int(one) for one in texts if one.isdecimal() and len(one) < _DIGITS})
    if (
        len(found) > MOST_ENTRIES
        or not found
        or not all(one.isdecimal() and len(one) < _DIGITS for one in texts)
    ):
        errors["entries"] = "findings:bad_entries"
    return found


def _words(given: Any, errors: dict[str, str]) -> str:
    text = given if isinstance(given, str) else ""
    words = DIRECTION.sub("", unicodedata.normalize("NFC", text).replace("\r\n", "\n")).strip()
    if is_blank(words):
        errors["words"] = "web:required"
    elif len(words) > MAX_WORDS:
        errors["words"] = "web:too_long"
    elif any(unicodedata.category(sign) == "Cc" and sign not in "\n\t" for sign in words):
        errors["words"] = "web:control_character"
    return words
