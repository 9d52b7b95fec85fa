"""The page "who looked at my data": every entry about oneself, in plain words."""

from typing import Any

from litestar import Request, Response, get

from portal.passengers.words import FIELD_NAMES, PURPOSE_NAMES, ROLE_NAMES
from portal.trail.queries import moments
from portal.trail.words import HEADLINES, ICONS, OTHER, TONES, headline_of
from portal.trips.queries import trips_of
from portal.web.gate import allow
from portal.web.ids import outer
from portal.web.refusals import BadCursor
from portal.web.render import page
from portal.web.unit import Unit, act_as, unit_of

Page = Response[Any]


def read_before(text: str | None) -> int | None:
    """Read `?before=`: an entry's number. Raises BadCursor."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:  # noqa: PLR2004 -- fits a bigint
        raise BadCursor({"before": "web:bad_cursor"})
    return int(text)


async def _references(unit: Unit) -> dict[str, str]:
    """Give the references people know for the trips of the caller, by id."""
    if unit.who.passenger is None:
        return {}
    await unit.open()
    try:
        await act_as(unit.connection, unit.who)
        trips = await trips_of(unit, unit.who.passenger)
    finally:
        await unit.close(keep=True)
    return {outer(unit.settings.region, trip.id): trip.reference for trip in trips}


@get("/trail", opt=allow({"traveller"}, outside=True), name="trail", include_in_schema=False)
async def trail_page(request: Request[Any, Any, Any]) -> Page:
    """Show who looked at the caller's data, when, which field, why."""
    unit = unit_of(request)
    before = read_before(request.query_params.get("before"))
    found, older = await moments(unit, before=before)
    return page(
        request,
        "trail/trail.html",
        moments=found,
        older=older,
        paged=before is not None,
        headline_of=headline_of,
        headlines=HEADLINES,
        other=OTHER,
        tones=TONES,
        icons=ICONS,
        field_names=FIELD_NAMES,
        purpose_names=PURPOSE_NAMES,
        role_names=ROLE_NAMES,
        trips=await _references(unit),
    )


PAGES = [trail_page]
