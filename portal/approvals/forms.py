"""What is submitted about requests; errors as codes by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.approvals.rules import FINDINGS
from portal.web.refusals import FormRefused

MAX_WORDS = 1000


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


def read_ask(given: Mapping[str, Any], kinds: Mapping[str, Sequence[str]]) -> AskInput:
    """Read a request. Raises FormRefused."""
    errors: dict[str, str] = {}
    kind, purpose = str(given.get("kind") or ""), str(given.get("purpose") or "")
    if kind not in kinds:
        errors["kind"] = "approvals:unknown_kind"
    elif purpose not in kinds[kind]:
        errors["purpose"] = "passengers:unknown_purpose"
    reference, reason = str(given.get("reference") or ""), str(given.get("reason") or "").strip()
    if not reference:
        errors["reference"] = "web:required"
    if not reason:
        errors["reason"] = "approvals:reason_required"
    elif len(reason) > MAX_WORDS:
        errors["reason"] = "web:too_long"
    if errors:
        raise FormRefused(errors)
    return AskInput(kind, purpose, reference, reason)


def read_finding(given: Mapping[str, Any]) -> FindingInput:
    """Read a finding. Raises FormRefused."""
    errors: dict[str, str] = {}
    finding, words = str(given.get("finding") or ""), str(given.get("words") or "").strip()
    if finding not in FINDINGS:
        errors["finding"] = "approvals:unknown_finding"
    if not words:
        errors["words"] = "web:required"
    elif len(words) > MAX_WORDS:
        errors["words"] = "web:too_long"
    if errors:
        raise FormRefused(errors)
    return FindingInput(finding, words)
