"""The list of passengers: each form of its page and of its lines is drawn once and then filled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from markupsafe import Markup

from portal.passengers.finding import Box, box_of
from portal.passengers.listing import PassengerLine
from portal.web.ids import outer
from portal.web.places import state_name
from portal.web.render import environment, language_of, page_token_of
from portal.web.stencil import Stencil, fill_all

HOLES = ("id", "name", "native", "nationality", "org", "mask", "contact", "host")


@cache
def _form(tag: str, has_native: bool, has_org: bool, has_at: bool, state: str) -> Stencil:  # noqa: FBT001
    return Stencil(
        environment(tag),
        "passengers/row.html",
        HOLES,
        has_native=has_native,
        has_org=has_org,
        has_at=has_at,
        state=state,
        url=lambda path: f"/{tag}{path}",
    )


@dataclass(frozen=True, slots=True)
class ListForm:
    """What the page of the list differs by, beside its lines."""

    has_rows: bool
    has_orgs: bool
    has_q: bool
    has_next: bool
    paged: bool
    may_add: bool
    desk: tuple[str, str, str] | None = None  # role, matrix and place of who may search by a whole number


@cache
def _list(tag: str, form: ListForm) -> Stencil:
    return Stencil(
        environment(tag),
        "passengers/list.html",
        ("rows", "q", "next_href", "first_href", "csrf"),
        form=form,
        box=box_of(*form.desk) if form.desk else Box((), ()),
        url=lambda path: f"/{tag}{path}",
    )


def draw_list(
    request: Any, form: ListForm, rows: Markup, sought: tuple[str, str], cursor: str | None
) -> Markup:
    """Draw the page of the list around its lines: for words, as read and as they stand in an address."""
    tag, (q, closed) = language_of(request), sought
    here = f"/{tag}/passengers?"
    return _list(tag, form).fill(
        rows=rows,
        q=q,
        next_href=here + urlencode({"s": closed, "cursor": cursor}),
        first_href=here + urlencode({"s": closed}),
        csrf=page_token_of(request),
    )


def draw_rows(request: Any, lines: Sequence[PassengerLine], orgs: Mapping[UUID, str]) -> Markup:
    """Draw the lines; with the organisation where `orgs` names any."""
    tag, region = language_of(request), request.app.state.settings.region
    return fill_all([_row(tag, region, line, orgs) for line in lines])


def _row(
    tag: str, region: str, line: PassengerLine, orgs: Mapping[UUID, str]
) -> tuple[Stencil, dict[str, str]]:
    contact, at, host = (line.contact or "—").partition("@")
    form = _form(tag, bool(line.native), bool(orgs), bool(at), line.document)
    return form, {
        "id": outer(region, line.id),
        "name": line.name,
        "native": line.native,
        "nationality": state_name(line.nationality, tag) if line.nationality else "—",
        "org": orgs.get(line.org, ""),
        "mask": line.mask or "•••",
        "contact": contact,
        "host": host,
    }
