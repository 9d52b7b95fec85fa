"""Filters of the ledger, from a query string: codes, pseudonyms and times; no personal value has a place in them."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from audit.catalogue import KINDS
from audit.ledger import Filter
from portal.oversight.spans import PRESETS, preset_span, read_moment
from portal.oversight.words import FIELD_CLASSES, NOUNS, WHY_NAMES
from portal.web.forms import is_blank, plain_line
from portal.web.refusals import FormRefused
from portal.web.settings import KNOWN_REGIONS
from security.actor import ROLES

CODE: Final = re.compile(r"[A-Za-z0-9_:.-]{1,64}")
PSEUDONYM: Final = re.compile(r"[A-Za-z0-9_-]{43}")
FIELDS: Final = (
    "actor",
    "role",
    "kind",
    "subject",
    "field",
    "purpose",
    "region",
    "decision",
    "when",
    "from",
    "to",
)
TIMES: Final = ("when", "from", "to")
LONGEST_NAME: Final = 80
LONGEST: Final = 128


def given(query: Mapping[str, str], names: Iterable[str] = FIELDS) -> dict[str, str]:
    """Keep the filters that say something; days that are named win over a preset."""
    kept = {name: query.get(name, "").strip()[:LONGEST] for name in names}
    kept = {name: text for name, text in kept.items() if text}
    if kept.keys() & {"from", "to"}:
        kept.pop("when", None)
    return kept


def link(path: str, query: Mapping[str, str], **changes: str | None) -> str:
    """Write an address with these filters; a change of None leaves that one out."""
    kept = {name: text for name, text in {**query, **changes}.items() if text}
    return f"{path}?{urlencode(kept)}" if kept else path


def read_filters(
    query: Mapping[str, str], *, at: datetime | None = None, zone: str = "UTC", region: str | None = None
) -> Filter:
    """Read filters; days are those of `zone`, `to` as a day is included. Raises FormRefused naming each bad field."""
    errors: dict[str, str] = {}

    def code(name: str, allowed: Iterable[str] | None = None) -> str | None:
        text = query.get(name, "").strip()
        if not text:
            return None
        if not CODE.fullmatch(text) or (allowed is not None and text not in allowed):
            errors[name] = "web:invalid"
        return text

    since, until = _span(query, at, zone, errors)
    fields = code("field", {*NOUNS, *FIELD_CLASSES})
    _check_region(code("region", KNOWN_REGIONS), region, errors)
    found = Filter(
        who=code("actor"),
        role=code("role", {*ROLES, "system", "process", "unknown"}),
        kind=code("kind", KINDS),
        subject=_subject(query, errors),
        decision=code("decision", {"allow", "deny"}),
        fields=FIELD_CLASSES.get(fields, (fields,)) if fields else (),
        purpose=code("purpose", WHY_NAMES),
        since=since,
        until=until,
    )
    if errors:
        raise FormRefused(errors)
    return found


def _check_region(asked: str | None, own: str | None, errors: dict[str, str]) -> None:
    if asked and own and asked != own and "region" not in errors:
        errors["region"] = "oversight:other_region"


def _subject(query: Mapping[str, str], errors: dict[str, str]) -> str | None:
    text = query.get("subject", "").strip()
    if text and not PSEUDONYM.fullmatch(text):
        errors["subject"] = "oversight:not_a_pseudonym"
    return text or None


def _span(
    query: Mapping[str, str], at: datetime | None, zone: str, errors: dict[str, str]
) -> tuple[datetime | None, datetime | None]:
    since = _moment(query, "from", zone, errors)
    until = _moment(query, "to", zone, errors, ends=True)
    if since and until and until <= since:
        errors["to"] = "oversight:ends_before_it_begins"
    preset = query.get("when", "").strip()
    if preset and preset not in PRESETS:
        errors["when"] = "web:invalid"
    elif preset and at is not None and not (since or until):
        return preset_span(preset, at, zone)
    return since, until


def _moment(
    query: Mapping[str, str], name: str, zone: str, errors: dict[str, str], *, ends: bool = False
) -> datetime | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        return read_moment(text, zone, ends=ends)
    except (ValueError, OverflowError):
        errors[name] = "web:bad_time"
        return None


def read_name(text: str) -> str:
    """Read the name of a search: a line of one's own words. Raises FormRefused."""
    name = plain_line(text)
    if not name or is_blank(name):
        raise FormRefused({"name": "web:required"})
    if len(name) > LONGEST_NAME:
        raise FormRefused({"name": "web:too_long"})
    return name
