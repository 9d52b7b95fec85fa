"""How the codes of this room are called, and what a file says of itself."""

from collections.abc import Mapping

from i18n.messages import N_

STATES: Mapping[str, tuple[str, str]] = {
    "waiting": (N_("Waiting for approval"), "warn"),
    "declined": (N_("Declined"), "bad"),
    "withdrawn": (N_("Withdrawn"), "neutral"),
    "lapsed": (N_("Approved, not used in time"), "neutral"),
    "approved": (N_("Approved, being made"), "info"),
    "building": (N_("Being made"), "info"),
    "ready": (N_("Ready"), "ok"),
    "failed": (N_("Could not be made"), "bad"),
    "revoked": (N_("Revoked"), "bad"),
    "expired": (N_("Expired"), "neutral"),
}
LAYOUTS: Mapping[str, str] = {
    "xlsx": N_("Excel workbook (XLSX), closed with a password"),
    "csv": N_("CSV, closed with age (age-encryption.org)"),
}
TITLE = N_("Manifest")
MARK = (
    N_("Confidential: made for %(name)s"),
    N_("Trip %(trip)s"),
    N_("Made %(time)s"),
    N_("Approved in entry %(entry)s"),
    N_("File %(file)s"),
)
HEADINGS: Mapping[str, str] = {
    "family_name": N_("Family name"),
    "given_name": N_("Given name"),
    "nationality": N_("Nationality"),
    "issuing_state": N_("Issued by"),
    "expires_on": N_("Expires"),
}
