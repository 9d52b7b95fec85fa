"""What states of reports are called."""

from collections.abc import Mapping

from i18n.messages import N_

STATES: Mapping[str, tuple[str, str]] = {
    "waiting": (N_("Asked for"), "neutral"),
    "making": (N_("Being made"), "info"),
    "ready": (N_("Ready"), "ok"),
    "failed": (N_("Failed"), "bad"),
}
