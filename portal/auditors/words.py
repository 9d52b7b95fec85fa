"""What rooms of the ledger, classes of fields and states of an access are called."""

from collections.abc import Mapping

from i18n.messages import N_

ROOM_NAMES: Mapping[str, str] = {
    "accounts": N_("Preferences"),
    "approvals": N_("Approvals"),
    "audit": N_("The ledger itself"),
    "auditors": N_("External auditors"),
    "desk": N_("Cases"),
    "exports": N_("Files of documents"),
    "extracts": N_("Extracts of the ledger"),
    "findings": N_("Findings"),
    "links": N_("One-time links"),
    "manifests": N_("Manifests"),
    "notices": N_("Notices"),
    "oversight": N_("Reading of the ledger"),
    "passengers": N_("Passengers and their sealed fields"),
    "quotes": N_("Quotes"),
    "scans": N_("Scans of documents"),
    "security": N_("Sign-in, keys and the matrix"),
    "trail": N_("Trails"),
    "trips": N_("Trips"),
}
FIELD_CLASS_NAMES: Mapping[str, str] = {
    "passport": N_("Passport"),
    "visa": N_("Visa"),
    "national_id": N_("National identity card"),
    "residence_permit": N_("Residence permit"),
    "known_traveller": N_("Known traveller"),
    "birth_date": N_("Date of birth"),
    "card": N_("Card"),
    "iban": N_("IBAN"),
    "bic": N_("BIC"),
    "document": N_("Document scan"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "invited": (N_("Invited"), "info"),
    "coming": (N_("Not begun"), "info"),
    "active": (N_("Has access"), "ok"),
    "ended": (N_("Ended"), "neutral"),
    "revoked": (N_("Revoked"), "bad"),
}
MAIL_SUBJECT = N_("You are invited to audit the ledger")
MAIL_LEAD = N_(
    "You may read a part of the access ledger until %(end)s. Everything that you open is recorded."
)
MAIL_ASK = N_("Choose a password here. The link works once, within seven days:")
MAIL_FOOT = N_("If you did not expect this, do not open the link; nothing happens without it.")
