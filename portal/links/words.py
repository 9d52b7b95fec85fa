"""Words of this room: how far a link is, and the mail that brings it."""

from collections.abc import Mapping

from i18n.messages import N_, N_p

STATES: Mapping[str, tuple[str, str]] = {
    "waiting": (N_("Being sent"), "neutral"),
    "sent": (N_("Sent"), "info"),
    "undelivered": (N_("Could not be delivered"), "bad"),
    "opened": (N_("Opened"), "warn"),
    "complete": (N_("Complete"), "ok"),
    "expired": (N_("Expired"), "neutral"),
    "withdrawn": (N_("Withdrawn"), "neutral"),
}
# A mail is not read in the portal, and what it says of safety must be in the reader's language.
SUBJECT = N_p("legal", "Please enter your travel documents")
LEAD = N_p(
    "legal",
    "%(name)s asks you to enter your travel documents for a trip. Only you see the numbers: they are sealed as soon"
    " as you send them.",
)
ASK = N_p("legal", "Open this page on your phone or computer:")
NOTE = N_p(
    "legal",
    "The link works once, until %(end)s. Whoever has it can enter documents in your name, so please do not pass this"
    " message on. If you did not expect it, do nothing and ask whoever books your travel.",
)
FOOT = N_p("legal", "This message was sent by a program. Answers to it are not read.")
