"""The life of a finding: which step leads where, and who may take it. Pure."""

from dataclasses import dataclass
from uuid import UUID

SEVERITIES = ("low", "medium", "high", "critical")
MOST_ENTRIES = 100
AUDITOR, COMPLIANCE = "auditor", "compliance"
# step: (whose it is, from which states, to which)
STEPS: dict[str, tuple[str, frozenset[str], str]] = {
    "answer": (COMPLIANCE, frozenset({"open"}), "answered"),
    "remediate": (COMPLIANCE, frozenset({"answered"}), "remediated"),
    "return": (AUDITOR, frozenset({"answered", "remediated", "closed"}), "open"),
    "close": (AUDITOR, frozenset({"answered", "remediated"}), "closed"),
    "sign_off": (AUDITOR, frozenset({"closed"}), "signed_off"),
}
STATES = ("open", "answered", "remediated", "closed", "signed_off")
UNKNOWN = "findings:unknown_step"
NOT_YOURS = "findings:not_your_step"
NOT_NOW = "findings:not_now"
SECOND = "findings:second_auditor_required"


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a finding decides about its next step."""

    state: str
    author: UUID
    closer: UUID | None


def problem(now: Standing, step: str, role: str, me: UUID) -> str | None:
    """Say why this person may not take this step, or None."""
    if step not in STEPS:
        return UNKNOWN
    whose, before, _ = STEPS[step]
    if role != whose:
        return NOT_YOURS
    if now.state not in before:
        return NOT_NOW
    if step == "sign_off" and me in {now.author, now.closer}:
        return SECOND
    return None


def offered(now: Standing, role: str, me: UUID) -> list[str]:
    """Name the steps that this person may take now."""
    return [step for step in STEPS if problem(now, step, role, me) is None]


def leads_to(step: str) -> str:
    """Name the state that a step leads to."""
    return STEPS[step][2]
