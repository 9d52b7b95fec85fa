"""Pages of "I do not recognise this": asking once more, the case made of it, and the entry as the desk sees it."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.desk.clocks import CLOCKS
from portal.desk.forms import MAX_WORDS
from portal.desk.queries import read_case
from portal.trail.actions import COMPLAINT, dispute_entry
from portal.trail.forms import read_dispute
from portal.trail.pages import words_of
from portal.trail.queries import Moment, beside, disputed, moment
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import act_as, unit_of
from portal.web.views import record_view

Page = Response[Any]
OWN = frozenset({"traveller"})
LOOKS_INTO = frozenset({"sales", "service_agent", "operations", "compliance"})


async def _ask(request: Any, found: Moment, *, words: str = "", errors: dict[str, str] | None = None) -> Page:
    unit = unit_of(request)
    known = await beside(unit, [found])
    tag = language_of(request)
    return page(
        request,
        "trail/dispute.html",
        status=422 if errors else 200,
        moment=found,
        words=words,
        errors={name: sentence(tag, code) for name, code in (errors or {}).items()},
        clock=CLOCKS[COMPLAINT],
        longest=MAX_WORDS,
        trips=known.trips,
        cases=known.cases,
        disputes=known.disputes,
        **words_of(request),
    )


@get("/trail/entries/{index:int}/dispute", opt=allow(OWN, outside=True), include_in_schema=False)
async def ask_page(request: Request[Any, Any, Any], index: FromPath[int]) -> Page:
    """Show what would be disputed, what happens then and until when, and a place for own words."""
    return await _ask(request, await moment(unit_of(request), index))


@post("/trail/entries/{index:int}/dispute", opt=allow(OWN, outside=True), include_in_schema=False)
async def dispute(request: Request[Any, Any, Any], index: FromPath[int]) -> Page:
    """Open the case, or lead to the one that is there."""
    unit = unit_of(request)
    fields = await submitted(request, longest=MAX_WORDS + 1)
    found = await moment(unit, index)
    try:
        words = read_dispute(fields)
    except FormRefused as refused:
        return await _ask(request, found, words=fields.get("words", ""), errors=refused.errors)
    await unit.open()
    await act_as(unit.connection, unit.who)
    made = await dispute_entry(unit, found, words)
    return Redirect(
        address(request, f"/cases/{outer(unit.settings.region, made)}?done=opened"), status_code=303
    )


@get("/cases/{wanted:str}/entry", opt=allow(LOOKS_INTO), include_in_schema=False)
async def disputed_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show the desk the entry that a case is about; compliance sees who acted by name."""
    unit = unit_of(request)
    case = await read_case(unit, inner(unit.settings.region, wanted))
    found = await disputed(unit, case.id)
    await record_view(
        unit,
        "trail:dispute:viewed",
        field="case",
        tier="clear",
        subject=case.passenger,
        reference=outer(unit.settings.region, case.id),
    )
    return page(
        request,
        "trail/disputed.html",
        case=case,
        moment=found.moment,
        name=found.name,
        name_locale=found.name_locale,
        of_compliance=unit.who.role == "compliance",
        trips={},
        cases=set(),
        disputes={},
        **words_of(request),
    )


DISPUTES = [ask_page, dispute, disputed_page]
