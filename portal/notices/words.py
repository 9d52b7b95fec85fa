"""A notice in words: one set of sentences a language, made from the structured difference, no fact left out.

A time is that of its airport with the name of its city and the clock's distance from UTC; the recipient's own
stands beside it where it differs. Every value is isolated, so that no line is turned around by what it says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from i18n.catalogs import Translations, fill, translations
from i18n.formats import formats_for
from i18n.isolates import FIRST_STRONG, POP, isolate
from i18n.messages import N_, N_p, Phrase
from portal.notices.rules import Difference, Leg, instant
from portal.trips.airports import airport

LEFT_TO_RIGHT = "\u2066"
HEADING = N_p("legal", "Leg %(number)s, %(origin)s to %(destination)s")
LINES: Mapping[str, Phrase] = {
    "from": N_p("legal", "Departure airport: now %(new)s, before %(old)s"),
    "to": N_p("legal", "Arrival airport: now %(new)s, before %(old)s"),
    "departs": N_p("legal", "Departure: now %(new)s, before %(old)s"),
    "arrives": N_p("legal", "Arrival: now %(new)s, before %(old)s"),
    "aircraft": N_p("legal", "Aircraft: now %(new)s, before %(old)s"),
    "tail": N_p("legal", "Registration: now %(new)s, before %(old)s"),
}
SUBJECTS: Mapping[str, Phrase] = {
    "change": N_p("legal", "Your trip has changed"),
    "retraction": N_p("legal", "A change to your trip was taken back"),
}
LEADS: Mapping[str, Phrase] = {
    "change": N_p("legal", "Your trip %(name)s has changed. This is what is different from what you knew:"),
    "retraction": N_p(
        "legal",
        "A change to your trip %(name)s that we told you about was taken back. It is again as you knew it:",
    ),
}
MINIMAL: Mapping[str, Phrase] = {
    "change": N_p("legal", "One of your trips has changed. What is different stands in the portal:"),
    "retraction": N_p(
        "legal", "A change to one of your trips was taken back. The details stand in the portal:"
    ),
}
ASK = N_p("legal", "Please confirm that you have read this:")
LINK_NOTE = N_p(
    "legal",
    "The link opens the notice. Nothing is confirmed until you press the button there. Whoever has the link can"
    " do that for you, so please do not pass this message on.",
)
FOOT = N_p("legal", "This message was sent by a program. Answers to it are not read; answer in the portal.")

STATES: Mapping[str, tuple[str, str]] = {
    "pending": (N_("Waiting to be sent"), "neutral"),
    "sent": (N_("Sent, not acknowledged"), "warn"),
    "acknowledged": (N_("Acknowledged"), "ok"),
    "answered": (N_("Answered"), "info"),
    "superseded": (N_("Replaced by a newer notice"), "neutral"),
    "retracted": (N_("Taken back"), "neutral"),
}
GRADES: Mapping[str, tuple[str, str]] = {
    "minor": (N_("Minor"), "info"),
    "material": (N_("Material"), "warn"),
    "cancellation": (N_("Cancellation"), "bad"),
}
DELIVERIES: Mapping[str, str] = {
    "created": N_("Waiting"),
    "sending": N_("Being sent"),
    "sent": N_("Sent"),
    "delivered": N_("Delivered"),
    "bounced": N_("Returned"),
    "failed": N_("Failed"),
    "expired": N_("No longer needed"),
}
FAILURES: Mapping[str, str] = {
    "delivery:no_mail_server": N_("no mail server is set up"),
    "delivery:mail_server_away": N_("the mail server is away; it is tried again"),
    "delivery:mail_server_busy": N_("the mail server is busy; it is tried again"),
    "delivery:mail_server_refuses_us": N_("the mail server does not let us in; it is tried again"),
    "delivery:address_refused": N_("the mail server refuses the address"),
    "delivery:no_address": N_("no address is on file"),
}
OTHER_FAILURE = N_("it failed; it is tried again")
ANSWERS: Mapping[str, str] = {
    "acknowledge": N_("Acknowledged"),
    "comment": N_("Commented"),
    "accept": N_("Accepted"),
    "alternative": N_("Wants an alternative"),
    "decline": N_("Declined"),
    "refund": N_("Asks for a refund"),
    "credit": N_("Asks for a credit"),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom it is said: language, and his own zone if it is known."""

    locale: str
    time_zone: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """One leg's part of a notice: a heading and a line for each field."""

    heading: str
    lines: tuple[str, ...]


def _say(speech: Translations, phrase: Phrase, **parts: str) -> str:
    """Say a legal sentence; each part is isolated as it is, because it may hold isolates of its own."""
    ready = {name: f"{FIRST_STRONG}{part}{POP}" for name, part in parts.items()}
    return fill(speech.pgettext(phrase.context, phrase.message), ready)


def say(locale: str, phrase: Phrase, **values: Any) -> str:
    """Say a sentence of a notice without times in it."""
    return translations(locale).say(phrase, **values)


def _ltr(text: str) -> str:
    return f"{LEFT_TO_RIGHT}{text}{POP}"


def place(code: str) -> str:
    """Name an airport: its city and the code people say."""
    found = airport(code)
    return f"{isolate(found.city)} {_ltr(f'({found.code})')}"


def moment(reader: Reader, at_text: str, code: str) -> str:
    """Say an instant by the airport's clock, its zone, and the reader's own clock where it differs."""
    at, there = instant(at_text), airport(code)
    zone = there.zone
    formats = formats_for(reader.locale, reader.time_zone or zone)
    seen = formats.local_and_own(at, zone, there.city)
    local = f"{seen.local} {_ltr(_distance(at.astimezone(ZoneInfo(zone)).strftime('%z')))}"
    if seen.own is None:
        return local
    return f"{local} ({FIRST_STRONG}{seen.own}{POP})"


def _distance(offset: str) -> str:
    return f"UTC{offset[:3]}:{offset[3:5]}"


def _value(reader: Reader, field: str, leg: Leg) -> str:
    if field == "departs":
        return moment(reader, leg.departs_at, leg.origin)
    if field == "arrives":
        return moment(reader, leg.arrives_at, leg.destination)
    if field in {"from", "to"}:
        return place(leg.origin if field == "from" else leg.destination)
    return leg.aircraft if field == "aircraft" else _ltr(leg.tail)


def say_differences(reader: Reader, found: Sequence[Difference]) -> list[Said]:
    """Say what is different, leg by leg."""
    speech = translations(reader.locale)
    said: dict[str, list[str]] = {}
    legs: dict[str, Leg] = {}
    for one in found:
        line = _say(
            speech,
            LINES[one.field],
            new=_value(reader, one.field, one.after),
            old=_value(reader, one.field, one.before),
        )
        said.setdefault(one.after.id, []).append(line)
        legs[one.after.id] = one.after
    return [
        Said(
            _say(
                speech,
                HEADING,
                number=str(legs[leg].position),
                origin=place(legs[leg].origin),
                destination=place(legs[leg].destination),
            ),
            tuple(lines),
        )
        for leg, lines in said.items()
    ]
