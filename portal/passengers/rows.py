"""The lines of the list of passengers, each form of a line drawn once and then filled."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from markupsafe import Markup

from portal.passengers.listing import PassengerLine
from portal.web.ids import outer
from portal.web.places import state_name
from portal.web.render import environment, language_of
from portal.web.stencil import Stencil, fill_all

HOLES = ("id", "name", "native", "nationality", "org", "mask", "contact", "host")


@cache
def _form(tag: str, *, has_native: bool, has_org: bool, has_at: bool, state: str) -> Stencil:
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


def draw_rows(request: Any, lines: Sequence[PassengerLine], orgs: Mapping[UUID, str]) -> Markup:
    """Draw the lines; with the organisation where `orgs` names any."""
    tag, region = language_of(request), request.app.state.settings.region
    return fill_all([_row(tag, region, line, orgs) for line in lines])


def _row(
    tag: str, region: str, line: PassengerLine, orgs: Mapping[UUID, str]
) -> tuple[Stencil, dict[str, str]]:
    contact, at, host = (line.contact or "—").partition("@")
    form = _form(
        tag,
        has_native=bool(line.native),
        has_org=bool(orgs),
        has_at=bool(at),
        state=line.document.state if line.document else "none",
    )
    return form, {
        "id": outer(region, line.id),
        "name": line.name,
        "native": line.native,
        "nationality": state_name(line.nationality, tag) if line.nationality else "—",
        "org": orgs.get(line.org, ""),
        "mask": (line.document.mask if line.document else None) or "•••",
        "contact": contact,
        "host": host,
    }
