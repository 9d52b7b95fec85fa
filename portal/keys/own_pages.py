"""The page of an organisation's own key, for its client administrator; and the same for programs."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.params import JSONBody
from litestar.response import Redirect

from portal.keys.words import JOB_STATES
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import outer
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import unit_of
from security.keeper.client import KeeperRefused

Page = Response[Any]
OWNS = frozenset({"client_admin"})
TAGS = ["keys"]
OF_FIELD = {"security:wrong_password": "password", "security:org_key_address": "address"}


class OwnKeyOut(msgspec.Struct, frozen=True):
    """The own key: `address` null if there is none; `closed` is a code while its service does not agree."""

    address: str | None
    set_at: datetime | None
    closed: str | None
    people: int
    job: str | None
    state: str | None


class OwnKeyIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ARN of a key in AWS KMS that this region's portal may use."""

    address: str


class Begun(msgspec.Struct, frozen=True):
    """The job that was begun."""

    id: str


async def _page(request: Any, *, status: int = 200, values: dict[str, str], refused: Any = None) -> Page:
    unit = unit_of(request)
    found = await unit.keeper.own_key(unit.credential, unit.request)
    errors: dict[str, str] = {}
    problem = ""
    if refused is not None:
        said = sentence(language_of(request), refused.code, refused.fields)
        field = OF_FIELD.get(refused.code)
        errors, problem = ({field: said}, "") if field else ({}, said)
    return page(
        request,
        "keys/own.html",
        status=status,
        own=found.key,
        job=found.job,
        job_states=JOB_STATES,
        values=values,
        errors=errors,
        problem=problem,
        refusal=lambda code: sentence(language_of(request), code),
    )


@get("/own-key", opt=allow(OWNS, outside=True), name="own-key", include_in_schema=False)
async def own_key_page(request: Request[Any, Any, Any]) -> Page:
    """Show whether the organisation has a key of its own, and whether it agrees now."""
    return await _page(request, values={})


@post("/own-key", opt=allow(OWNS, outside=True), include_in_schema=False)
async def own_key_set(request: Request[Any, Any, Any]) -> Page | Redirect:
    """Set the key, or (with `remove`) take it off; asks for the password."""
    unit, fields = unit_of(request), await submitted(request)
    wanted = fields.get("address", "").strip()
    try:
        await unit.keeper.step_up(unit.credential, unit.request, fields.get("password", ""))
        if fields.get("remove"):
            await unit.keeper.remove_own_key(unit.credential, unit.request)
        else:
            await unit.keeper.set_own_key(unit.credential, unit.request, wanted)
    except KeeperRefused as refused:
        return await _page(request, status=refused.status, values={"address": wanted}, refused=refused)
    return Redirect(address(request, "/own-key"), status_code=303)


@get("/api/v1/own-key", opt=allow(OWNS, outside=True), tags=TAGS)
async def read_own_key(request: Request[Any, Any, Any]) -> OwnKeyOut:
    """Say how the own organisation's key stands."""
    unit = unit_of(request)
    found = await unit.keeper.own_key(unit.credential, unit.request)
    key, job = found.key, found.job
    return OwnKeyOut(
        address=None if key is None else key.address,
        set_at=None if key is None else key.set_at,
        closed=None if key is None else key.closed or None,
        people=0 if key is None else key.subjects,
        job=None if job is None else outer(unit.settings.region, job.id),
        state=None if job is None else job.state,
    )


@put("/api/v1/own-key", opt=allow(OWNS, outside=True), tags=TAGS, status_code=202)
async def set_own_key(request: Request[Any, Any, Any], data: JSONBody[OwnKeyIn]) -> Begun:
    """Put the organisation's data keys under its own key. Needs a live step-up."""
    unit = unit_of(request)
    job = await unit.keeper.set_own_key(unit.credential, unit.request, data.address)
    return Begun(outer(unit.settings.region, job))


@delete("/api/v1/own-key", opt=allow(OWNS, outside=True), tags=TAGS, status_code=202)
async def remove_own_key(request: Request[Any, Any, Any]) -> Begun:
    """Take the data keys off again, while the key agrees. Needs a live step-up."""
    unit = unit_of(request)
    job = await unit.keeper.remove_own_key(unit.credential, unit.request)
    return Begun(outer(unit.settings.region, job))


PAGES = [own_key_page, own_key_set]
API = [read_own_key, set_own_key, remove_own_key]
