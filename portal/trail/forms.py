"""What is asked of the trail and said about an entry; errors as codes by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, cast

from portal.desk.forms import read_words
from portal.trail.rules import BY_DEED, BYS, begins
from portal.web.refusals import BadCursor, FormRefused
from security.actor import ROLES
from security.keeper.trail_messages import Asked

FIELDS = ("from", "to", "what", "role", "by", "decision")
_LONGEST = 18  # digits of a number that fits a bigint


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked, as text for the form, and as the keeper takes it."""

    query: Mapping[str, str]
    only: Asked

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return any(self.query.values())


def read_filters(given: Mapping[str, str], zone: str) -> Filters:
    """Read the filters; days are the reader's own, `to` included. Raises FormRefused."""
    query = {name: str(given.get(name) or "") for name in FIELDS}
    errors: dict[str, str] = {}
    first, last = _day(query, "from", errors), _day(query, "to", errors)
    known = {"what": tuple(BY_DEED), "role": (*ROLES, "system"), "by": BYS, "decision": ("allow", "deny")}
    errors |= {
        name: "web:invalid" for name, codes in known.items() if query[name] and query[name] not in codes
    }
    if errors:
        raise FormRefused(errors)
    only = Asked(
        since=begins(first, zone) if first else None,
        until=begins(last + timedelta(days=1), zone) if last else None,
        acts=BY_DEED[query["what"]] if query["what"] else [],
        role=query["role"] or None,
        by=cast("Literal['all', 'others', 'me']", query["by"] or "all"),
        refused=query["decision"] == "deny",
    )
    return Filters(query, only)


def _day(query: Mapping[str, str], name: str, errors: dict[str, str]) -> date | None:
    if not query[name]:
        return None
    try:
        day = date.fromisoformat(query[name])
        begins(day + timedelta(days=2), "UTC")
        begins(day - timedelta(days=2), "UTC")
    except (ValueError, OverflowError):
        errors[name] = "web:invalid"
        return None
    return day


def read_before(text: str | None) -> int | None:
    """Read `?before=`: an entry's number. Raises BadCursor."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST:
        raise BadCursor({"before": "web:bad_cursor"})
    return int(text)


def read_size(text: str | None, name: str) -> int:
    """Read the size of a tree: a positive number. Raises BadCursor."""
    size = read_before(text or "")
    if not size:
        raise BadCursor({name: "web:bad_cursor"})
    return size


def read_dispute(given: Mapping[str, object]) -> str:
    """Read the words said about an entry, which may be left out. Raises FormRefused."""
    errors: dict[str, str] = {}
    words = read_words(given.get("words"), errors, needed=False)
    if errors:
        raise FormRefused(errors)
    return words
