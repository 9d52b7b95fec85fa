"""How the codes of this room are called."""

from collections.abc import Mapping

from i18n.messages import N_

KINDS: Mapping[str, str] = {
    "reveal": N_("Reveal"),
    "break_glass": N_("Break-glass"),
    "export": N_("Export of documents"),
}
KIND_CHOICES: Mapping[str, str] = {
    "reveal": N_("Reveal, with the approval of another person"),
    "break_glass": N_("Break-glass: an emergency outside the window"),
}
NEEDS: Mapping[str, str] = {
    "second_person": N_("A second person"),
    "client": N_("The client"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "waiting": (N_("Waiting for approval"), "warn"),
    "approved": (N_("Approved"), "ok"),
    "used": (N_("Used"), "neutral"),
    "lapsed": (N_("Approved, not used in time"), "neutral"),
    "expired": (N_("Nobody decided in time"), "neutral"),
    "declined": (N_("Declined"), "bad"),
    "withdrawn": (N_("Withdrawn"), "neutral"),
}
DECISIONS: Mapping[str, tuple[str, str, str]] = {
    "approve": (N_("Approved by %(name)s"), "ok", "check"),
    "decline": (N_("Declined by %(name)s"), "bad", "stop"),
}
FINDINGS: Mapping[str, tuple[str, str]] = {
    "justified": (N_("Justified"), "ok"),
    "unjustified": (N_("Not justified"), "bad"),
    "unused": (N_("Approved, but nothing was opened"), "neutral"),
}
