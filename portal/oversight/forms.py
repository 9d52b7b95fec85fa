"""Filters of the ledger, from a query string."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from audit.catalogue import KINDS
from audit.ledger import Filter
from portal.web.refusals import FormRefused
from security.actor import ROLES

CODE = re.compile(r"[A-Za-z0-9_:.-]{1,64}")


def read_filters(query: Mapping[str, str]) -> Filter:
    """Read filters; `to` as a day includes that day (UTC). Raises FormRefused naming the field."""
    errors: dict[str, str] = {}

    def code(name: str, allowed: frozenset[str] | None = None) -> str | None:
        text = query.get(name, "").strip()
        if not text:
            return None
        if not CODE.fullmatch(text) or (allowed is not None and text not in allowed):
            errors[name] = "web:invalid"
        return text

    found = Filter(
        who=code("actor"),
        role=code("role", frozenset(ROLES) | {"system", "unknown"}),
        kind=code("kind", frozenset(KINDS)),
        subject=code("subject"),
        decision=code("decision", frozenset({"allow", "deny"})),
        since=_moment(query.get("from", ""), "from", errors),
        until=_moment(query.get("to", ""), "to", errors, whole_day=True),
    )
    if errors:
        raise FormRefused(errors)
    return found


def _moment(text: str, name: str, errors: dict[str, str], *, whole_day: bool = False) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        errors[name] = "web:bad_time"
        return None
    if len(text.strip()) == 10 and whole_day:  # noqa: PLR2004 -- a bare day
        at += timedelta(days=1)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
