"""What is submitted about external auditors; errors as codes by field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from i18n.locales import LOCALES
from portal.accounts.zones import is_zone
from portal.web.forms import DIRECTION, plain_line
from portal.web.refusals import FormRefused
from security.keeper.auditors import FIELD_CLASSES, ROOMS

MAX_LINE = 120
MAX_EMAIL = 254
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who is invited, until when, and to which part of the ledger; None: no limit."""

    email: str
    name: str
    firm: str
    locale: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    rooms: list[str] | None
    fields: list[str] | None
    since: datetime | None
    until: datetime | None

    def __repr__(self) -> str:
        return "<Invitation>"


def read_invitation(
    given: Mapping[str, Any], rooms: list[str], fields: list[str], zone: str, at: datetime
) -> Invitation:
    """Read an invitation; its days are days in the inviter's zone, the last one included. Raises FormRefused."""
    errors: dict[str, str] = {}
    email = str(given.get("email") or "").strip()
    if len(email) > MAX_EMAIL or not _EMAIL.fullmatch(email) or DIRECTION.search(email):
        errors["email"] = "auditors:bad_email"
    name, firm = _line(given, "name", errors), _line(given, "firm", errors)
    locale = str(given.get("locale") or "en")
    if locale not in LOCALES:
        errors["locale"] = "web:invalid"
    time_zone = str(given.get("time_zone") or zone)
    if not is_zone(time_zone):
        errors["time_zone"] = "web:invalid"
    starts = read_day(given, "starts_on", zone, errors) or at
    ends = read_day(given, "ends_on", zone, errors, over=True)
    since, until = read_day(given, "since", zone, errors), read_day(given, "until", zone, errors, over=True)
    if ends is None and "ends_on" not in errors:
        errors["ends_on"] = "web:required"
    for field, wrong in (
        ("since", since and ends and since >= ends),
        ("until", since and until and since >= until),
    ):
        if wrong:  # nothing would ever be seen
            errors.setdefault(field, "auditors:bad_scope")
    if not set(rooms) <= ROOMS:
        errors["rooms"] = "auditors:bad_scope"
    if not set(fields) <= FIELD_CLASSES:
        errors["fields"] = "auditors:bad_scope"
    if errors or ends is None:
        raise FormRefused(errors)
    window = (max(starts, at), ends, sorted(rooms) or None, sorted(fields) or None, since, until)
    return Invitation(email, name, firm, locale, time_zone, *window)


def read_day(
    given: Mapping[str, Any], name: str, zone: str, errors: dict[str, str], *, over: bool = False
) -> datetime | None:
    """Read a day as the instant at which it begins in a zone, or with `over` is over; "" is none."""
    text = str(given.get(name) or "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=over)
        return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        errors[name] = "web:bad_time"
        return None


def _line(given: Mapping[str, Any], name: str, errors: dict[str, str]) -> str:
    text = plain_line(str(given.get(name) or ""))
    if not text:
        errors[name] = "web:required"
    elif len(text) > MAX_LINE:
        errors[name] = "web:too_long"
    return text
