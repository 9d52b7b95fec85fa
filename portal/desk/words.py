"""What the codes of this room are called."""

from collections.abc import Mapping

from i18n.messages import N_
from portal.directory.world import KIND_NAMES, TEAM_NAMES

KINDS: Mapping[str, str] = {
    **KIND_NAMES,
    "alarm": N_("Alarm"),
    "access_review": N_("Access review"),
    "finding": N_("Audit finding"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "opened": (N_("Waiting for the desk"), "warn"),
    "taken": (N_("In work"), "info"),
    "answered": (N_("Answered"), "ok"),
    "closed": (N_("Closed"), "neutral"),
    "told": (N_("Waiting for the client"), "neutral"),
}
STEPS: Mapping[str, str] = {
    "opened": N_("Case opened"),
    "taken": N_("Taken"),
    "handed_over": N_("Handed over to %(team)s"),
    "answered": N_("Answered"),
    "replied": N_("Written by the client"),
    "closed": N_("Case closed"),
}
ICONS: Mapping[str, str] = {
    "opened": "plus",
    "taken": "user",
    "handed_over": "users",
    "answered": "mail",
    "replied": "pencil",
    "closed": "check",
}
TEAMS: Mapping[str, str] = TEAM_NAMES
SOURCE_NAMES: Mapping[str, str] = {
    "case": N_("Case"),
    "quote": N_("Quote"),
    "notice": N_("Notice"),
    "review": N_("Review"),
    "alarm": N_("Alarm"),
    "access_review": N_("Access review"),
    "finding": N_("Audit finding"),
}
URGENCIES: Mapping[str, tuple[str, str]] = {
    "on_time": (N_("%(span)s left"), "ok"),
    "soon": (N_("only %(span)s left"), "warn"),
    "late": (N_("%(span)s overdue"), "bad"),
    "no_clock": (N_("Nothing is owed now"), "neutral"),
}
