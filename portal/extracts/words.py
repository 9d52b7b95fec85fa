"""What layouts, columns and rhythms are called."""

from collections.abc import Mapping

from i18n.catalogs import translations
from i18n.locales import DEFAULT, LOCALES
from i18n.messages import N_
from portal.extracts.files import Speech
from portal.oversight.words import KIND_NAMES

LAYOUT_NAMES: Mapping[str, str] = {"csv": "CSV", "xlsx": "XLSX", "parquet": "Parquet", "jsonl": "JSON"}
COLUMN_NAMES: Mapping[str, str] = {
    "entry": N_("Entry"),
    "time": N_("Time"),
    "happened_at": N_("Happened at"),
    "region": N_("Region"),
    "kind": N_("Kind"),
    "decision": N_("Decision"),
    "actor": N_("Actor"),
    "role": N_("Role"),
    "field": N_("Field"),
    "shown_as": N_("Shown as"),
    "purpose": N_("Purpose"),
    "subject": N_("Subject pseudonym"),
    "list": N_("Set of those shown"),
    "reference": N_("Reference"),
    "grant": N_("Grant"),
    "request": N_("Request"),
}
SHEET = N_("Ledger")
IN_WORDS = N_("Kind, in words")
RHYTHM_NAMES: Mapping[str, str] = {"weekly": N_("Every week"), "monthly": N_("Every month")}
WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
STATES: Mapping[str, tuple[str, str]] = {
    "waiting": (N_("Waiting"), "info"),
    "building": (N_("Being made"), "info"),
    "ready": (N_("Ready"), "ok"),
    "failed": (N_("Failed"), "bad"),
    "expired": (N_("Expired"), "neutral"),
}
MAIL_SUBJECT = N_("A scheduled report is ready")
MAIL_LEAD = N_(
    "The report on the ledger that you scheduled has been made. Sign in to fetch it; it is kept for seven days."
)
MAIL_FOOT = N_("This mail holds nothing of the report. You can pause or delete it on the same page.")


def speech(language: str) -> Speech:
    """Say how a sheet speaks in a language."""
    tag = language if language in LOCALES else DEFAULT
    say = translations(tag).gettext
    headings = [*(say(name) for name in COLUMN_NAMES.values()), say(IN_WORDS)]
    kinds = {kind: say(name) for kind, name in KIND_NAMES.items()}
    return Speech(say(SHEET), headings, kinds, LOCALES[tag].direction == "rtl")
