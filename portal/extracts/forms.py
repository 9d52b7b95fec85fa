"""What is submitted about extracts and schedules; errors as codes by field."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit.entry import timestamp
from audit.extract import LAYOUTS
from audit.jcs import canonical
from audit.ledger import Filter
from portal.accounts.zones import is_zone
from portal.extracts.rules import LAST_DAY, RHYTHMS, WEEK
from portal.oversight.forms import FIELDS as FILTER_FIELDS
from portal.oversight.forms import TIMES, read_filters
from portal.oversight.forms import given as chosen
from portal.web.forms import plain_line
from portal.web.refusals import FormRefused

MAX_TITLE = 80
HOURS = 24


@dataclass(frozen=True, slots=True)
class ExtractInput:
    """An extract as asked for: a layout, and the filters as the ledger's page takes them."""

    layout: str
    filters: dict[str, str]

    @property
    def stored(self) -> str:
        """The filters as they are kept."""
        return canonical(self.filters).decode()


@dataclass(frozen=True, slots=True)
class ScheduleInput:
    """A report on a rhythm: `day` is a weekday from 0 (Monday), or a day of the month."""

    title: str
    extract: ExtractInput
    rhythm: str
    day: int
    hour: int
    time_zone: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: when, by which clock, in which region."""

    at: datetime
    zone: str
    region: str


def read_extract(given: Mapping[str, Any], reader: Reader) -> ExtractInput:
    """Read layout and filters; days and presets become instants, as the reader means them. Raises FormRefused."""
    layout = str(given.get("layout") or "")
    filters = {name: str(given.get(name) or "").strip() for name in FILTER_FIELDS}
    errors: dict[str, str] = {} if layout in LAYOUTS else {"layout": "extracts:unknown_layout"}
    filters, only = chosen(filters), Filter()
    try:
        only = read_filters(filters, at=reader.at, zone=reader.zone, region=reader.region)
    except FormRefused as refused:
        errors |= refused.errors
    if errors:
        raise FormRefused(errors)
    kept = {name: value for name, value in filters.items() if name not in TIMES}
    kept |= {"from": timestamp(only.since)} if only.since else {}
    return ExtractInput(layout, kept | ({"to": timestamp(only.until)} if only.until else {}))


def stored_filters(text: str) -> dict[str, str]:
    """Read filters as they were kept."""
    kept: dict[str, str] = json.loads(text)
    return kept


def filter_of(filters: Mapping[str, str]) -> Filter:
    """Make the ledger's filter: the one way, which the ledger's page takes too. Raises FormRefused."""
    return read_filters(filters)


def read_schedule(given: Mapping[str, Any], reader: Reader) -> ScheduleInput:
    """Read a report on a rhythm; its filters name no period, because each run has its own. Raises FormRefused."""
    errors: dict[str, str] = {}
    title = plain_line(str(given.get("title") or ""))
    if not title:
        errors["title"] = "web:required"
    elif len(title) > MAX_TITLE:
        errors["title"] = "web:too_long"
    rhythm = str(given.get("rhythm") or "")
    if rhythm not in RHYTHMS:
        errors["rhythm"] = "extracts:unknown_rhythm"
    day = _number(given.get("day" if "day" in given else ("weekday" if rhythm == "weekly" else "month_day")))
    allowed = range(WEEK) if rhythm == "weekly" else range(1, LAST_DAY + 1)
    if day not in allowed:
        errors["day"] = "extracts:bad_day"
    hour = _number(given.get("hour"))
    if hour not in range(HOURS):
        errors["hour"] = "extracts:bad_hour"
    zone = str(given.get("time_zone") or reader.zone)
    if not is_zone(zone):
        errors["time_zone"] = "web:invalid"
    try:
        extract = read_extract({**given, **dict.fromkeys(TIMES, "")}, reader)
    except FormRefused as refused:
        raise FormRefused(errors | refused.errors) from None
    if errors or day is None or hour is None:
        raise FormRefused(errors)
    return ScheduleInput(title, extract, rhythm, day, hour, zone)


def _number(given: Any) -> int | None:
    text = str(given if given is not None else "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else None  # noqa: PLR2004
