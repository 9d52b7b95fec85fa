"""Pages of compliance: which passengers are decoys, and which are well known. The keeper alone can tell them."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect

from portal.alarms.pages import KEEPS
from portal.passengers.queries import names_of
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner
from portal.web.refusals import FormRefused, NotFound
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, unit_of
from security.keeper.client import KeeperRefused

Page = Response[Any]
OF_PASSENGER = {
    "passengers:not_found",
    "alarms:decoy_already",
    "alarms:no_decoy",
    "alarms:vip_already",
    "alarms:no_vip",
}


@get("/decoys", opt=allow(KEEPS), name="decoys", include_in_schema=False)
async def decoys_page(request: Request[Any, Any, Any]) -> Page:
    """List the decoys."""
    return await _marked(request, "decoys")


@get("/vips", opt=allow(KEEPS), name="vips", include_in_schema=False)
async def vips_page(request: Request[Any, Any, Any]) -> Page:
    """List the passengers who are well known."""
    return await _marked(request, "vips")


async def _marked(
    request: Any, which: str, *, errors: dict[str, str] | None = None, status: int = 200
) -> Page:
    unit = unit_of(request)
    ask = unit.keeper.decoys if which == "decoys" else unit.keeper.vips
    subjects = await ask(unit.credential, unit.request)
    return page(
        request,
        f"alarms/{which}.html",
        status=status,
        subjects=subjects,
        names=await names_of(subjects),
        errors={name: sentence(language_of(request), code) for name, code in (errors or {}).items()},
        stepped_up=unit.who.step_up_until is not None,
    )


@post("/decoys", opt=allow(KEEPS), include_in_schema=False)
async def change_decoy(request: Request[Any, Any, Any]) -> Page:
    """Plant a decoy or lift one, with the password."""
    return await _changed(request, "decoys")


@post("/vips", opt=allow(KEEPS), include_in_schema=False)
async def change_vip(request: Request[Any, Any, Any]) -> Page:
    """Mark a passenger as well known, or no longer, with the password."""
    return await _changed(request, "vips")


async def _changed(request: Any, which: str) -> Page:
    fields = await submitted(request)
    try:
        await _change(unit_of(request), which, fields)
    except NotFound:
        return await _marked(request, which, errors={"passenger": "passengers:not_found"}, status=422)
    except KeeperRefused as refused:
        of = "passenger" if refused.code in OF_PASSENGER else "password"
        return await _marked(request, which, errors={of: refused.code}, status=refused.status)
    return Redirect(address(request, f"/{which}"), status_code=303)


async def _change(unit: Unit, which: str, fields: dict[str, str]) -> None:
    subject = inner(unit.settings.region, fields.get("passenger", ""))
    deed = fields.get("deed")
    if deed not in {"plant", "lift"}:
        raise FormRefused({"deed": "web:required"})
    if fields.get("password"):
        await unit.keeper.step_up(unit.credential, unit.request, fields["password"])
    if which == "decoys":
        await unit.keeper.plant_decoy(unit.credential, unit.request, subject, plant=deed == "plant")
    else:
        await unit.keeper.mark_vip(unit.credential, unit.request, subject, mark=deed == "plant")


PAGES = [decoys_page, change_decoy, vips_page, change_vip]
