"""What is submitted about requests; errors as codes by field."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.approvals.rules import FINDINGS
from portal.desk.forms import holds_card_number
from portal.web.forms import DIRECTION, is_blank
from portal.web.refusals import FormRefused

MAX_WORDS = 1000
NO_REASON = "approvals:reason_required"


@dataclass(frozen=True, slots=True)
class AskInput:
    """A request as submitted; purpose and reference are the keeper's to judge."""

    kind: str
    purpose: str
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class FindingInput:
    """A reviewer's finding."""

    finding: str
    words: str


def read_words(given: object, name: str, errors: dict[str, str], *, needed: str = "") -> str:
    """Read people's own words; what is wrong goes into `errors`. `needed`: the code if there are none."""
    text = given if isinstance(given, str) else ""
    words = DIRECTION.sub("", unicodedata.normalize("NFC", text).replace("\r\n", "\n")).strip()
    if is_blank(words) and needed:
        errors[name] = needed
    elif len(words) > MAX_WORDS:
        errors[name] = "web:too_long"
    elif any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in words):
        errors[name] = "web:control_character"
    elif holds_card_number(words):
        errors[name] = "desk:holds_card_number"
    return words


def checked_words(given: object, name: str, *, needed: str = "") -> str:
    """Read people's own words alone. Raises FormRefused."""
    errors: dict[str, str] = {}
    words = read_words(given, name, errors, needed=needed)
    if errors:
        raise FormRefused(errors)
    return words


def read_ask(given: Mapping[str, Any], kinds: Mapping[str, Sequence[str]]) -> AskInput:
    """Read a request. Raises FormRefused."""
    errors: dict[str, str] = {}
    kind, purpose = str(given.get("kind") or ""), str(given.get("purpose") or "")
    if kind not in kinds:
        errors["kind"] = "approvals:unknown_kind"
    elif purpose not in kinds[kind]:
        errors["purpose"] = "passengers:unknown_purpose"
    reference = str(given.get("reference") or "")
    if not reference:
        errors["reference"] = "web:required"
    reason = read_words(given.get("reason"), "reason", errors, needed=NO_REASON)
    if errors:
        raise FormRefused(errors)
    return AskInput(kind, purpose, reference, reason)


def read_finding(given: Mapping[str, Any]) -> FindingInput:
    """Read a finding. Raises FormRefused."""
    errors: dict[str, str] = {}
    finding = str(given.get("finding") or "")
    if finding not in FINDINGS:
        errors["finding"] = "approvals:unknown_finding"
    words = read_words(given.get("words"), "words", errors, needed="web:required")
    if errors:
        raise FormRefused(errors)
    return FindingInput(finding, words)
