"""What states of reports are called."""

from collections.abc import Mapping

from i18n.messages import N_

STATES: Mapping[str, tuple[str, str]] = {
    "waiting": (N_("Asked for"), "neutral"),
    "making": (N_("Being made"), "info"),
    "ready": (N_("Ready"), "ok"),
    "failed": (N_("Failed"), "bad"),
}
# Rows of people and clients are counted by table; those that a reader knows have a name.
TABLES: Mapping[str, str] = {
    "organisation": N_("Organisations"),
    "passenger": N_("Passengers"),
    "travel_document": N_("Travel documents"),
    "payment_card": N_("Payment cards"),
    "bank_account": N_("Bank accounts"),
    "trip": N_("Trips"),
    "leg": N_("Legs"),
    "quote": N_("Quotes"),
    "notice": N_("Notices"),
    "desk_case": N_("Cases"),
}
