"""What rules of alarms are called, what each means, and why one fired, in words."""

from collections.abc import Mapping

from i18n.messages import N_

KINDS: Mapping[str, str] = {
    "mass_reveal": N_("Very many values opened"),
    "off_shift": N_("At work outside working hours"),
    "unusual_region": N_("Clients of an unusual country"),
    "own_record": N_("The own record, or the own organisation’s"),
    "vip": N_("Several well-known passengers"),
    "unused_reveal": N_("Opened without later use"),
    "break_glass": N_("Glass broken again"),
    "rate_reached": N_("The rate was reached"),
    "refused_again": N_("Refused again and again"),
    "decoy_opened": N_("A decoy was opened, or somebody tried"),
    "decoy_looked_at": N_("A decoy was looked at"),
    "decoy_searched": N_("A decoy was searched for"),
}
"""By rule."""
MEANINGS: Mapping[str, str] = {
    "mass_reveal": N_(
        "One person opened far more values than the work of a day needs. Values opened by agreement of "
        "others do not count."
    ),
    "off_shift": N_(
        "Staff looked at people’s records, or opened values, outside the working hours of the "
        "role, by the clock of that"
        " person’s own time zone."
    ),
    "unusual_region": N_(
        "Values were opened for clients of a country for whose clients this person has hardly worked in "
        "the last 30 days."
    ),
    "own_record": N_(
        "Somebody of the staff looked at a passenger with the own e-mail address, or at one of the same "
        "organisation."
    ),
    "vip": N_(
        "One person looked at several different passengers whom compliance has marked as well known, "
        "within a short time."
    ),
    "unused_reveal": N_(
        "Values were opened for a trip or a case, and then nothing was done on it: no manifest, no "
        "notice, no file, no answer."
    ),
    "break_glass": N_(
        "Somebody asked for an emergency opening again. Each one has a review of its own; this is about "
        "how often."
    ),
    "rate_reached": N_("Somebody asked to open more than the rate of the role allows, and was held back."),
    "refused_again": N_("Somebody asked again and again for what the role does not give."),
    "decoy_opened": N_(
        "A passenger who does not exist was opened. Nobody has a reason to; how they came to it is the "
        "question."
    ),
    "decoy_looked_at": N_("Somebody looked at a passenger who does not exist."),
    "decoy_searched": N_("A search of somebody found a passenger who does not exist."),
}
"""By explanation key of a rule."""
LAST_OFF_SHIFT = N_(
    "The last was at %(local)s by the clock of %(zone)s; working hours of the role are from %(from)s to %(to)s."
)
LAST_UNUSUAL = N_("The last was for a client of %(area)s. Usual for this person: %(usual)s.")
NO_USUAL = N_("none yet")
OWN: Mapping[str, str] = {
    "self": N_("The record is this person’s own: the e-mail address is the same."),
    "organisation": N_("The record is of an organisation for which this person travels too."),
}
IDLE = N_("Nothing was done on their references within %(hours)s.")
SEVERITIES: Mapping[str, tuple[str, str]] = {
    "high": (N_("Severity: high"), "bad"),
    "medium": (N_("Severity: medium"), "warn"),
    "low": (N_("Severity: low"), "neutral"),
}
VERDICTS: Mapping[str, tuple[str, str]] = {
    "confirmed": (N_("Confirmed"), "bad"),
    "false_positive": (N_("False positive"), "ok"),
}
STEPS: Mapping[str, tuple[str, str]] = {
    "taken": (N_("Taken"), "user"),
    "noted": (N_("Note"), "pencil"),
    "closed": (N_("Alarm closed"), "check"),
    "unmuted": (N_("Silence ended"), "alert"),
}
MUTE_DAYS = (0, 1, 7, 30)
