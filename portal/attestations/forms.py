"""What is submitted about access reviews; errors as codes by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.attestations.rules import DECISIONS, REVIEWED
from portal.web.forms import is_blank, plain_line
from portal.web.refusals import FormRefused

MAX_WORDS = 500


@dataclass(frozen=True, slots=True)
class Attestation:
    """What somebody says of a person's access."""

    decision: str
    to_role: str | None
    words: str


def read_attestation(given: Mapping[str, Any], role: str) -> Attestation:
    """Read an attestation of somebody who holds a role. Raises FormRefused."""
    errors: dict[str, str] = {}
    decision, to_role = given.get("decision"), given.get("to_role") or None
    words = plain_line(given["words"]) if isinstance(given.get("words"), str) else ""
    if decision not in DECISIONS:
        errors["decision"] = "attestations:decision_required"
    if decision == "change" and (to_role not in REVIEWED or to_role == role):
        errors["to_role"] = "attestations:other_role_required"
    if decision in {"remove", "change"} and is_blank(words):
        errors["words"] = "attestations:reason_required"
    elif len(words) > MAX_WORDS:
        errors["words"] = "web:too_long"
    if errors:
        raise FormRefused(errors)
    return Attestation(str(decision), str(to_role) if decision == "change" else None, words)
