"""What falls short, in words: which flight, which document, until when it must be good, and by which rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from i18n.catalogs import translations
from i18n.formats import Formats
from i18n.messages import N_, N_n
from portal.passengers.validity import Shortfall
from portal.passengers.words import KINDS
from portal.web.places import state_name

SENTENCES: Mapping[str, str] = {
    "no_document": N_("No document that counts for %(place)s is on file. It must be good until %(needed)s."),
    "no_expiry": N_(
        "The expiry of this document is not on file: %(document)s. For %(place)s it must be good until %(needed)s."
    ),
    "expired": N_("This document ends on %(expires)s, before %(place)s is reached: %(document)s."),
    "too_short": N_(
        "This document ends on %(expires)s: %(document)s. For %(place)s it must be good until %(needed)s."
    ),
    "visa_ends": N_(
        "This visa ends on %(expires)s: %(document)s. The stay in %(place)s lasts until %(needed)s."
    ),
}
ON_ARRIVAL = N_("Rule: good on the day of arrival.")
ON_LEAVING = N_("Rule: good until the day of leaving.")
MONTHS = {
    "arrival": N_n(
        "Rule: good for %(num)s month after arrival.", "Rule: good for %(num)s months after arrival."
    ),
    "leaving": N_n(
        "Rule: good for %(num)s month after leaving.", "Rule: good for %(num)s months after leaving."
    ),
}
DAYS = {
    "arrival": N_n("Rule: good for %(num)s day after arrival.", "Rule: good for %(num)s days after arrival."),
    "leaving": N_n("Rule: good for %(num)s day after leaving.", "Rule: good for %(num)s days after leaving."),
}
EXPIRIES: Mapping[str, tuple[str, str]] = {
    "unknown": (N_("Expiry not on file"), "warn"),
    "expired": (N_("Expired"), "bad"),
    "soon": (N_("Expires soon"), "warn"),
}
TONES: Mapping[str, str] = {"expired": "bad", "no_document": "bad"}


@dataclass(frozen=True, slots=True)
class Warned:
    """A shortfall in words: the sentence, the rule, where the rule stands, and the trip it is about."""

    tone: str
    text: str
    rule: str
    source: str
    trip: UUID


def say_shortfall(tag: str, formats: Formats, found: Shortfall) -> Warned:
    """Put a shortfall into words."""
    say = translations(tag).say
    values = {"place": found.flight.place, "needed": formats.date(found.needed_until)}
    if found.paper is not None:
        values["document"] = f"{say(KINDS[found.paper.kind])}, {state_name(found.paper.issuing_state, tag)}"
        if found.paper.expires_on is not None:
            values["expires"] = formats.date(found.paper.expires_on)
    return Warned(
        TONES.get(found.code, "warn"),
        say(SENTENCES[found.code], **values),
        _rule_words(tag, found),
        found.rule.source,
        found.flight.trip,
    )


def _rule_words(tag: str, found: Shortfall) -> str:
    rule, say = found.rule, translations(tag).say
    if found.code == "visa_ends":
        return say(ON_LEAVING)
    if rule.months:
        return say(MONTHS[rule.base], rule.months)
    if rule.days:
        return say(DAYS[rule.base], rule.days)
    return say(ON_ARRIVAL if rule.base == "arrival" else ON_LEAVING)
