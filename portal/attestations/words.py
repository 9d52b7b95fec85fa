"""What decisions of access reviews are called."""

from collections.abc import Mapping

from i18n.messages import N_

DECISIONS: Mapping[str, tuple[str, str]] = {
    "keep": (N_("Keeps the access"), "ok"),
    "remove": (N_("Take the access away"), "bad"),
    "change": (N_("Change the role"), "warn"),
}
