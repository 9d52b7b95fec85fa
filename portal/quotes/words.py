"""Words of this room: how states, needs and price lines are called."""

from collections.abc import Mapping

from i18n.messages import N_

STATES: Mapping[str, tuple[str, str]] = {
    "asked": (N_("Asked"), "info"),
    "answered": (N_("Answered"), "warn"),
    "accepted": (N_("Accepted"), "ok"),
    "declined": (N_("Declined"), "bad"),
    "expired": (N_("Expired"), "neutral"),
    "withdrawn": (N_("Withdrawn"), "neutral"),
}
NEEDS: Mapping[str, str] = {
    "baggage": N_("Special baggage"),
    "sports": N_("Sports equipment"),
    "pets": N_("Pets"),
    "catering": N_("Catering"),
    "diet": N_("Special diet"),
    "medical": N_("Medical equipment or escort"),
    "wheelchair": N_("Wheelchair"),
    "infant": N_("Infant aboard"),
    "ground": N_("Ground transport"),
    "hotel": N_("Hotel"),
    "visa": N_("Help with visas"),
}
PRICES: Mapping[str, str] = {
    "charter": N_("Aircraft with crew"),
    "positioning": N_("Positioning flights"),
    "handling": N_("Handling and landing"),
    "catering": N_("Catering"),
    "ground": N_("Ground transport"),
    "tax": N_("Taxes"),
}
HOURS = (6, 12, 24, 48, 72, 168)
