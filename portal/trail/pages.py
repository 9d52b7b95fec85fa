"""The page "who looked at my data": every entry about oneself, in plain words; and one entry with its proof."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.params import FromPath

from audit.note import parse_vkey
from portal.desk.words import STATES
from portal.passengers.words import PURPOSE_NAMES
from portal.trail.forms import Filters, read_before, read_filters
from portal.trail.queries import (
    Beside,
    LastDays,
    Moment,
    beside,
    last_days,
    moment,
    moments,
    own_proof,
    scope_of,
)
from portal.trail.rules import BY_DEED
from portal.trail.words import (
    ACTORS,
    BY_NAMES,
    DEED_NAMES,
    HEADLINES,
    ICONS,
    NOUNS,
    OTHER,
    OWN_HEADLINES,
    TONES,
    headline_of,
)
from portal.web.gate import allow
from portal.web.places import region_name
from portal.web.refusals import FormRefused
from portal.web.render import formats_of, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, unit_of
from security.actor import CLIENT_ROLES, ROLES
from security.policy.deeds import deed_of

Page = Response[Any]
__all__ = ["PAGES", "read_before"]


def words_of(request: Any) -> dict[str, Any]:
    """Give the names that a line of the trail needs."""
    return {
        "deed_of": deed_of,
        "headline_of": headline_of,
        "headlines": HEADLINES,
        "own_headlines": OWN_HEADLINES,
        "other": OTHER,
        "tones": TONES,
        "icons": ICONS,
        "nouns": NOUNS,
        "purpose_names": PURPOSE_NAMES,
        "actors": ACTORS,
        "case_states": STATES,
        "region_of": lambda code: region_name(code, language_of(request)),
    }


@get("/trail", opt=allow(CLIENT_ROLES, outside=True), name="trail", include_in_schema=False)
async def trail_page(request: Request[Any, Any, Any]) -> Page:
    """Show who met the caller's data, when, what, why; whoever is no passenger sees the own acts."""
    unit = unit_of(request)
    before = read_before(request.query_params.get("before"))
    errors: dict[str, str] = {}
    try:
        filters = read_filters(request.query_params, unit.who.time_zone)
    except FormRefused as refused:
        filters, errors = read_filters({}, unit.who.time_zone), dict(refused.errors)
    (found, older), days = await asyncio.gather(
        moments(unit, before=before, only=filters.only, scope=scope_of(unit)), _days(unit, before)
    )
    known = await beside(unit, found)
    return page(
        request,
        "trail/trail.html",
        status=422 if errors else 200,
        moments=found,
        scope=scope_of(unit),
        days=days,
        points=_points(request, days),
        errors={name: sentence(language_of(request), code) for name, code in errors.items()},
        query=filters.query,
        narrowed=filters.narrowed,
        deeds=[("", "—"), *((deed, DEED_NAMES[deed]) for deed in BY_DEED)],
        roles=[("", "—"), *((role, ACTORS[role]) for role in (*ROLES, "system"))],
        bys=list(BY_NAMES.items()),
        older_href=_link(filters, older) if older is not None else None,
        first_href=_link(filters, None) if before is not None else None,
        **_known(known),
        **words_of(request),
    )


def _known(known: Beside) -> dict[str, Any]:
    return {"trips": known.trips, "cases": known.cases, "disputes": known.disputes}


async def _days(unit: Unit, before: int | None) -> LastDays | None:
    """Count for the first page only: further pages are about what is older."""
    return await last_days(unit) if before is None and scope_of(unit) == "about" else None


def _points(request: Any, days: LastDays | None) -> Sequence[Mapping[str, Any]]:
    formats = formats_of(request)
    return [
        {
            "label": formats.date(day),
            "short": formats.day(day),
            "allowed": allowed,
            "denied": denied,
            "href": f"/trail?from={day}&to={day}&by=others",
        }
        for day, allowed, denied in (days.days if days else [])
    ]


def _link(filters: Filters, before: int | None) -> str:
    kept = {name: value for name, value in filters.query.items() if value}
    asked = urlencode(kept | ({"before": str(before)} if before is not None else {}))
    return f"/trail?{asked}" if asked else "/trail"


@get("/trail/entries/{index:int}", opt=allow(CLIENT_ROLES, outside=True), include_in_schema=False)
async def entry_page(request: Request[Any, Any, Any], index: FromPath[int]) -> Page:
    """Show one entry of the own trail with its proof, which the browser checks."""
    unit = unit_of(request)
    found: Moment = await moment(unit, index)
    given = await own_proof(unit, index)
    known = await beside(unit, [found])
    key = parse_vkey(given.vkey)
    return page(
        request,
        "trail/entry.html",
        moment=found,
        proof=given.proof,
        place=given.place,
        vkey=given.vkey,
        fingerprint=key.key_id.hex(),
        log_name=key.name,
        leaf_lines=json.dumps(json.loads(found.leaf), indent=1, ensure_ascii=False),
        **_known(known),
        **words_of(request),
    )


@get("/trail/entries/{index:int}/proof", opt=allow(CLIENT_ROLES, outside=True), include_in_schema=False)
async def proof_file(request: Request[Any, Any, Any], index: FromPath[int]) -> Page:
    """Give the proof of an entry as a file, to be checked elsewhere."""
    unit = unit_of(request)
    given = await own_proof(unit, index)
    name = f"waxwing-{unit.settings.region}-entry-{index}.tlog-proof"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(given.proof, media_type="text/plain; charset=utf-8", headers=headers)


PAGES = [trail_page, entry_page, proof_file]
