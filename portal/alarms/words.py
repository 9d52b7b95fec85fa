"""What the kinds of alarms are called."""

from collections.abc import Mapping

from i18n.messages import N_

KINDS: Mapping[str, str] = {
    "rate_reached": N_("The rate was reached"),
    "refused_again": N_("Refused again and again"),
    "decoy_opened": N_("A decoy was opened, or somebody tried"),
    "decoy_looked_at": N_("A decoy was looked at"),
    "decoy_searched": N_("A decoy was searched for"),
}
