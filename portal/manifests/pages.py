"""The page of a manifest: who is aboard each leg, with masks; the client adds and removes here."""

from functools import partial
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.manifests.actions import add_passenger, remove_passenger
from portal.manifests.queries import manifest
from portal.manifests.rules import change_problem
from portal.passengers.listing import find_lines
from portal.passengers.pages import said
from portal.passengers.warning_words import say_shortfall
from portal.passengers.words import KINDS
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused, NotFound
from portal.web.render import address, formats_of, language_of, page
from portal.web.unit import unit_of
from portal.web.views import record_view
from security.actor import DESK_ROLES

Page = Response[Any]
CHANGES = frozenset({"booker", "client_admin"})
SEES = CHANGES | DESK_ROLES


@get("/trips/{wanted:str}/manifest", opt=allow(SEES), include_in_schema=False)
async def manifest_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show who is aboard. One entry names everybody shown."""
    return await _shown(request, wanted, {})


async def _shown(request: Any, wanted: str, errors: dict[str, str], status: int = 200) -> Page:
    unit = unit_of(request)
    found = await manifest(unit, inner(unit.settings.region, wanted))
    await record_view(
        unit,
        "manifests:manifest:viewed",
        field="manifest",
        tier="masked",
        members=found.people,
        reference=wanted,
    )
    closed = change_problem(found.trip.state, [leg.departs_at for leg in found.trip.legs], unit.at)
    may = unit.who.role in CHANGES and not closed
    people = (await find_lines(unit, limit=200)).items if may else []
    return page(
        request,
        "manifests/one.html",
        status=status,
        trip=found.trip,
        legs=found.legs,
        kinds=KINDS,
        warn=partial(say_shortfall, language_of(request), formats_of(request)),
        may_change=may,
        at=unit.at,
        choices=[(outer(unit.settings.region, p.id), p.name) for p in people if p.id not in found.people],
        errors=said(request, errors),
        done=request.query_params.get("done", ""),
    )


@post("/trips/{wanted:str}/passengers", opt=allow(CHANGES), include_in_schema=False)
async def add(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Put somebody on the manifest."""
    unit = unit_of(request)
    fields = await submitted(request)
    region = unit.settings.region
    try:
        person = inner(region, fields.get("passenger", ""))
        await add_passenger(unit, inner(region, wanted), person)
    except NotFound:
        return await _shown(request, wanted, {"passenger": "web:required"}, 422)
    except FormRefused as refused:
        return await _shown(request, wanted, refused.errors, 422)
    return Redirect(address(request, f"/trips/{wanted}/manifest?done=added"), status_code=303)


@post("/trips/{wanted:str}/passengers/{person:str}/removal", opt=allow(CHANGES), include_in_schema=False)
async def remove(request: Request[Any, Any, Any], wanted: FromPath[str], person: FromPath[str]) -> Page:
    """Take somebody off the manifest."""
    unit = unit_of(request)
    await submitted(request)
    region = unit.settings.region
    await remove_passenger(unit, inner(region, wanted), inner(region, person))
    return Redirect(address(request, f"/trips/{wanted}/manifest?done=removed"), status_code=303)


PAGES = [manifest_page, add, remove]
