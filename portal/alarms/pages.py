"""Pages of compliance: alarms with their finding, and which passengers are decoys. The keeper alone can tell them."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.alarms.words import KINDS
from portal.passengers.queries import names_of
from portal.passengers.words import ROLE_NAMES
from portal.web.forms import plain_line, submitted
from portal.web.gate import allow
from portal.web.ids import inner
from portal.web.refusals import FormRefused, NotFound
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, unit_of
from security.keeper.client import KeeperRefused

Page = Response[Any]
KEEPS = frozenset({"compliance"})
MAX_FINDING = 500


@get("/alarms", opt=allow(KEEPS), name="alarms", include_in_schema=False)
async def alarms_page(request: Request[Any, Any, Any]) -> Page:
    """List alarms, the open ones first."""
    return await _alarms(request)


async def _alarms(request: Any, *, problem: str = "", status: int = 200) -> Page:
    unit = unit_of(request)
    seen = await unit.keeper.alarms(unit.credential, unit.request)
    return page(
        request,
        "alarms/alarms.html",
        status=status,
        open_alarms=[alarm for alarm in seen if alarm.closed_at is None],
        closed_alarms=[alarm for alarm in seen if alarm.closed_at is not None],
        names=await names_of([alarm.subject for alarm in seen if alarm.subject]),
        kinds=KINDS,
        role_names=ROLE_NAMES,
        problem=problem,
        longest=MAX_FINDING,
    )


@post("/alarms/{wanted:str}/closing", opt=allow(KEEPS), include_in_schema=False)
async def close_alarm(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Close an alarm with what was found."""
    unit = unit_of(request)
    finding = plain_line((await submitted(request, longest=MAX_FINDING)).get("finding", ""))
    known = inner(unit.settings.region, wanted)
    if not finding:
        said = sentence(language_of(request), "alarms:finding_required")
        return await _alarms(request, problem=said, status=422)
    try:
        await unit.keeper.close_alarm(unit.credential, unit.request, known, finding)
    except KeeperRefused as refused:
        said = sentence(language_of(request), refused.code)
        return await _alarms(request, problem=said, status=refused.status)
    return Redirect(address(request, "/alarms"), status_code=303)


@get("/decoys", opt=allow(KEEPS), name="decoys", include_in_schema=False)
async def decoys_page(request: Request[Any, Any, Any]) -> Page:
    """List the decoys."""
    return await _decoys(request)


async def _decoys(request: Any, *, errors: dict[str, str] | None = None, status: int = 200) -> Page:
    unit = unit_of(request)
    subjects = await unit.keeper.decoys(unit.credential, unit.request)
    return page(
        request,
        "alarms/decoys.html",
        status=status,
        subjects=subjects,
        names=await names_of(subjects),
        errors={name: sentence(language_of(request), code) for name, code in (errors or {}).items()},
        stepped_up=unit.who.step_up_until is not None,
    )


@post("/decoys", opt=allow(KEEPS), include_in_schema=False)
async def change_decoy(request: Request[Any, Any, Any]) -> Page:
    """Plant a decoy or lift one, with the password."""
    fields = await submitted(request)
    try:
        await _change(unit_of(request), fields)
    except NotFound:
        return await _decoys(request, errors={"passenger": "passengers:not_found"}, status=422)
    except KeeperRefused as refused:
        missing = refused.code in {"passengers:not_found", "alarms:decoy_already", "alarms:no_decoy"}
        of = "passenger" if missing else "password"
        return await _decoys(request, errors={of: refused.code}, status=refused.status)
    return Redirect(address(request, "/decoys"), status_code=303)


async def _change(unit: Unit, fields: dict[str, str]) -> None:
    subject = inner(unit.settings.region, fields.get("passenger", ""))
    deed = fields.get("deed")
    if deed not in {"plant", "lift"}:
        raise FormRefused({"deed": "web:required"})
    if fields.get("password"):
        await unit.keeper.step_up(unit.credential, unit.request, fields["password"])
    await unit.keeper.plant_decoy(unit.credential, unit.request, subject, plant=deed == "plant")


PAGES = [alarms_page, close_alarm, decoys_page, change_decoy]
