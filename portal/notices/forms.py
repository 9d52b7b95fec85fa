"""What is submitted: a change to a leg, and an answer to a notice; field errors as codes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from portal.notices.rules import Leg, instant, instants, local_of, written, written_local
from portal.trips.airports import Airport, airport
from portal.trips.fleet import aircraft_types
from portal.trips.rules import is_sensible
from portal.web.forms import plain_line
from portal.web.refusals import FormRefused

CHANGEABLE = (
    "from",
    "to",
    "departs_local",
    "departs_at",
    "departs_which",
    "arrives_local",
    "arrives_at",
    "arrives_which",
    "aircraft",
    "tail",
)
WHICH = ("first", "second")
ANSWERS = ("acknowledge", "comment", "accept", "alternative", "decline", "refund", "credit")
BY_LINK = ("acknowledge", "comment")
LONGEST_LEG = timedelta(hours=24)
LONGEST_NOTE = 500
TAIL = re.compile(r"[A-Z0-9][A-Z0-9-]{1,9}")
Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a notice, bound to what was shown."""

    answer: str
    content_hash: str
    comment: str


def read_change(fields: Fields, was: Leg, at: datetime) -> Leg:
    """Read what a leg shall be; what is not sent stays: also the local time, when only the airport changes.

    A departure is moved into the future only; an arrival also after the leg has left. Raises FormRefused.
    """
    errors: dict[str, str] = {}
    origin = _airport(fields, "from", was.origin, errors)
    destination = _airport(fields, "to", was.destination, errors)
    made = replace(was, origin=origin.icao, destination=destination.icao)
    made = _timed(fields, "departs", made, was, origin, errors)
    made = _timed(fields, "arrives", made, was, destination, errors)
    aircraft = plain_line(fields.get("aircraft") or was.aircraft)
    tail = plain_line(fields.get("tail") or was.tail).upper()
    if tail != was.tail and not TAIL.fullmatch(tail):
        errors["tail"] = "notices:bad_tail"
    made = replace(made, aircraft=aircraft, tail=tail)
    if not errors and made.origin == made.destination:
        errors["to"] = "notices:same_airport"
    if made.aircraft != was.aircraft and made.aircraft not in aircraft_types():
        errors["aircraft"] = "trips:unknown_aircraft"
    errors |= {} if errors else _impossible(made, was, at)
    if errors:
        raise FormRefused(errors)
    return made


def _impossible(made: Leg, was: Leg, at: datetime) -> dict[str, str]:
    departs_at, arrives_at = instant(made.departs_at), instant(made.arrives_at)
    if made.departs_at != was.departs_at and departs_at < at:
        return {"departs_local": "notices:departs_in_the_past"}
    if arrives_at <= departs_at:
        return {"arrives_local": "notices:arrives_before_departing"}
    if arrives_at - departs_at > LONGEST_LEG:
        return {"arrives_local": "notices:leg_too_long"}
    return {}


def _airport(fields: Fields, name: str, was: str, errors: dict[str, str]) -> Airport:
    wanted = fields.get(name, "").strip().upper()
    if wanted:
        try:
            return airport(wanted)
        except KeyError:
            errors[name] = "notices:unknown_airport"
    return airport(was)


def _timed(fields: Fields, name: str, made: Leg, was: Leg, place: Airport, errors: dict[str, str]) -> Leg:
    """Set a time: by an instant, by the clock of its airport, or by the same clock at another airport."""
    local_text, at_text = fields.get(f"{name}_local", ""), fields.get(f"{name}_at", "")
    old_place = was.origin if name == "departs" else was.destination
    if not local_text and not at_text and place.icao == airport(old_place).icao:
        return made
    if at_text and local_text:
        errors[f"{name}_at"] = "notices:one_time_only"
        return made
    at = _instant(at_text) if at_text else None
    if at_text and at is None:
        errors[f"{name}_at"] = "web:bad_time"
        return made
    if at is None:
        at = _by_the_clock(fields, name, local_text or getattr(was, f"{name}_local"), place, errors)
    if at is None:
        return made
    local = written_local(local_of(at, place.zone))
    if name == "departs":
        return replace(made, departs_at=written(at), departs_local=local)
    return replace(made, arrives_at=written(at), arrives_local=local)


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.replace(second=0, microsecond=0) if at.tzinfo is not None and is_sensible(at) else None


def _by_the_clock(
    fields: Fields, name: str, text: str, place: Airport, errors: dict[str, str]
) -> datetime | None:
    """Find the instant an airport's clock shows; one that it never shows is refused, one it shows twice is asked."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        local = None
    if local is None or local.tzinfo is not None or not is_sensible(local):
        errors[f"{name}_local"] = "notices:bad_local_time"
        return None
    found = instants(local.replace(second=0, microsecond=0), place.zone)
    if not found:
        errors[f"{name}_local"] = "notices:no_such_local_time"
        return None
    which = fields.get(f"{name}_which", "")
    if len(found) > 1 and which not in WHICH:
        errors[f"{name}_local"] = "notices:ambiguous_local_time"
        return None
    return found[-1] if which == "second" else found[0]


def read_note(text: str) -> str:
    """Read the desk's own note beside a change. Raises FormRefused."""
    note = plain_line(text)
    if len(note) > LONGEST_NOTE:
        raise FormRefused({"note": "web:too_long"})
    return note


def read_answer(fields: Fields, *, allowed: tuple[str, ...] = ANSWERS) -> Answer:
    """Read an answer. Raises FormRefused."""
    errors = {}
    answer = fields.get("answer", "")
    comment = fields.get("comment", "").strip()
    if answer not in allowed:
        errors["answer"] = "notices:unknown_answer"
    if answer == "comment" and not comment:
        errors["comment"] = "web:required"
    if len(comment) > LONGEST_NOTE:
        errors["comment"] = "web:too_long"
    if not fields.get("content_hash"):
        errors["content_hash"] = "web:required"
    if errors:
        raise FormRefused(errors)
    return Answer(answer, fields["content_hash"], comment)
