"""What severities, states and steps of a finding are called."""

from collections.abc import Mapping

from i18n.messages import N_

SEVERITY_NAMES: Mapping[str, tuple[str, str]] = {
    "low": (N_("Low"), "neutral"),
    "medium": (N_("Medium"), "info"),
    "high": (N_("High"), "warn"),
    "critical": (N_("Critical"), "bad"),
}
STATE_NAMES: Mapping[str, tuple[str, str]] = {
    "open": (N_("Waits for compliance"), "warn"),
    "answered": (N_("Answered, remediation under way"), "info"),
    "remediated": (N_("Remediated, waits for the auditor"), "info"),
    "closed": (N_("Closed, waits for sign-off"), "info"),
    "signed_off": (N_("Signed off"), "ok"),
}
STEP_NAMES: Mapping[str, str] = {
    "open": N_("Finding opened"),
    "answer": N_("Finding answered"),
    "remediate": N_("Remediation of a finding reported"),
    "return": N_("Returned to compliance"),
    "close": N_("Finding closed"),
    "sign_off": N_("Finding signed off"),
}
STEP_BUTTONS: Mapping[str, str] = {
    "answer": N_("Answer the finding"),
    "remediate": N_("Report the remediation"),
    "return": N_("Return it to compliance"),
    "close": N_("Close the finding"),
    "sign_off": N_("Sign it off"),
}
