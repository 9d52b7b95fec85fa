"""Pages about external auditors: compliance invites, extends, revokes, and sees what was opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.accounts.pages import client_address
from portal.accounts.zones import zone_choices
from portal.auditors.deeds import extend, invite, revoke, send_again, step_up
from portal.auditors.forms import read_day, read_invitation
from portal.auditors.queries import AuditorNotFound, accesses, external, externals
from portal.auditors.words import FIELD_CLASS_NAMES, ROOM_NAMES, STATES
from portal.oversight.words import KIND_NAMES
from portal.web.forms import checked_texts, submitted
from portal.web.gate import allow, linked, public
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused
from portal.web.render import address, formats_of, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, act_as, unit_of
from portal.web.views import record_view
from security.keeper.client import KeeperRefused

Page = Response[Any]
INVITES = frozenset({"compliance"})
AUDITS = frozenset({"auditor"})
QUIET = {"referrer-policy": "no-referrer"}
SHOWN = 50
FIELDS = ("email", "name", "firm", "locale", "time_zone", "starts_on", "ends_on", "since", "until")
AT_FIELD = {
    "security:account_exists": "email",
    "auditors:bad_window": "ends_on",
    "security:wrong_password": "password",
    "passengers:step_up_required": "password",
}


def _said(request: Any, errors: dict[str, str]) -> dict[str, str]:
    return {name: sentence(language_of(request), code) for name, code in errors.items()}


def _words() -> dict[str, Any]:
    return {"rooms": ROOM_NAMES, "classes": FIELD_CLASS_NAMES, "states": STATES, "kind_names": KIND_NAMES}


@get("/auditors", opt=allow(INVITES), name="auditors", include_in_schema=False)
async def auditors_page(request: Request[Any, Any, Any]) -> Page:
    """List external auditors, and invite one."""
    return await _list(request)


async def _list(
    request: Any,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Page:
    unit = unit_of(request)
    given = values or {}
    async with reading(unit):
        found = await externals(unit)
        await record_view(unit, "auditors:list:viewed", field="auditor", tier="clear")
    return page(
        request,
        "auditors/list.html",
        status=status,
        auditors=found,
        now=unit.at,
        values={name: given.get(name, "") for name in FIELDS},
        chosen={name for name in given if name.startswith(("room_", "field_"))},
        errors=_said(request, errors or {}),
        zones=zone_choices(formats_of(request), unit.at),
        stepped_up=unit.who.step_up_until is not None,
        done=request.query_params.get("done", ""),
        **_words(),
    )


@asynccontextmanager
async def reading(unit: Unit) -> AsyncIterator[None]:
    """Read in the open transaction, or in a short one where the route holds none because it asks the keeper."""
    if unit.transacting:
        yield
        return
    await unit.open()
    try:
        await act_as(unit.connection, unit.who)
        yield
    finally:
        await unit.close(keep=True)


@post("/auditors", opt=allow(INVITES, outside=True), include_in_schema=False)
async def add_auditor(request: Request[Any, Any, Any]) -> Page:
    """Invite somebody, with the password."""
    unit, fields = unit_of(request), await submitted(request)
    try:
        rooms = [name.removeprefix("room_") for name in fields if name.startswith("room_")]
        classes = [name.removeprefix("field_") for name in fields if name.startswith("field_")]
        given = read_invitation(fields, rooms, classes, unit.who.time_zone, unit.at)
        await step_up(unit, fields.get("password", ""))
        made = await invite(unit, given)
    except FormRefused as refused:
        return await _list(request, fields, refused.errors, 422)
    except KeeperRefused as refused:
        return await _list(request, fields, {AT_FIELD.get(refused.code, ""): refused.code}, refused.status)
    return Redirect(
        address(request, f"/auditors/{outer(unit.settings.region, made)}?done=invited"), status_code=303
    )


@get("/auditors/{wanted:str}", opt=allow(INVITES), include_in_schema=False)
async def auditor_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show one with time, scope, and everything that was looked at."""
    return await _one(request, inner(unit_of(request).settings.region, wanted))


@get("/own-access", opt=allow(AUDITS), name="own_access", include_in_schema=False)
async def own_page(request: Request[Any, Any, Any]) -> Page:
    """Show an external auditor the own time, scope and accesses."""
    unit = unit_of(request)
    if not unit.who.external:
        raise AuditorNotFound
    return await _one(request, unit.who.account)


async def _one(request: Any, wanted: UUID, errors: dict[str, str] | None = None, status: int = 200) -> Page:
    unit = unit_of(request)
    text = request.query_params.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < len(str(2**62)) else None
    async with reading(unit):
        found = await external(unit, wanted)
        looked, older = await accesses(unit, wanted, before, SHOWN)
        await record_view(unit, "auditors:list:viewed", field="auditor", tier="clear", reference=found.code)
    return page(
        request,
        "auditors/one.html",
        status=status,
        one=found,
        standing=found.stands(unit.at),
        accesses=looked,
        older=older,
        first=before is not None,
        own=unit.who.external,
        errors=_said(request, errors or {}),
        done=request.query_params.get("done", ""),
        **_words(),
    )


@post("/auditors/{wanted:str}/extension", opt=allow(INVITES, outside=True), include_in_schema=False)
async def extend_auditor(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Move the end, with the password."""
    unit, fields = unit_of(request), await submitted(request)
    known, errors = inner(unit.settings.region, wanted), dict[str, str]()
    ends = read_day(fields, "ends_on", unit.who.time_zone, errors, over=True)
    if ends is None:
        return await _one(request, known, errors or {"ends_on": "web:required"}, 422)
    try:
        await step_up(unit, fields.get("password", ""))
        await extend(unit, known, ends)
    except KeeperRefused as refused:
        return await _one(request, known, {AT_FIELD.get(refused.code, ""): refused.code}, refused.status)
    return Redirect(address(request, f"/auditors/{wanted}?done=extended"), status_code=303)


@post("/auditors/{wanted:str}/revocation", opt=allow(INVITES, outside=True), include_in_schema=False)
async def revoke_auditor(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Shut somebody out at once."""
    unit = unit_of(request)
    await submitted(request)
    await revoke(unit, inner(unit.settings.region, wanted))
    return Redirect(address(request, f"/auditors/{wanted}?done=revoked"), status_code=303)


@post("/auditors/{wanted:str}/mail", opt=allow(INVITES, outside=True), include_in_schema=False)
async def mail_again(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Send the invitation again, with a new link."""
    unit = unit_of(request)
    await submitted(request)
    known = inner(unit.settings.region, wanted)
    async with reading(unit):
        found = await external(unit, known)
    if found.stands(unit.at) != "invited":
        return Redirect(address(request, f"/auditors/{wanted}"), status_code=303)
    await send_again(unit, known, found.code)
    return Redirect(address(request, f"/auditors/{wanted}?done=mailed"), status_code=303)


@get("/auditors/welcome/{token:str}", opt=linked(), include_in_schema=False)
async def welcome_page(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Show the form in which an invited person chooses a password; opening it changes nothing."""
    return _welcome(request, token, {}, 200)


def _welcome(request: Any, token: str, errors: dict[str, str], status: int) -> Page:
    unit_of(request).actor = None
    return page(
        request,
        "auditors/welcome.html",
        status=status,
        headers=QUIET,
        token=token,
        errors=_said(request, errors),
    )


@post("/auditors/welcome/{token:str}", opt=linked(), include_in_schema=False)
async def accept_invitation(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Set the password, once."""
    unit = unit_of(request)
    data = await request.form()
    try:  # as sign-in reads it, or nobody could sign in with it
        fields = checked_texts({name: str(data.get(name) or "") for name in ("password", "again")})
    except FormRefused as refused:
        return _welcome(request, token, refused.errors, 422)
    first, second = fields["password"], fields["again"]
    if first != second:
        return _welcome(request, token, {"again": "auditors:passwords_differ"}, 422)
    try:
        await unit.keeper.accept_invitation(token, unit.request, client_address(request), first)
    except KeeperRefused as refused:
        at = "password" if refused.code == "auditors:password_too_short" else ""
        return _welcome(request, token, {at: refused.code}, refused.status)
    return Redirect(address(request, "/auditors/welcomed"), status_code=303, headers=QUIET)


@get("/auditors/welcomed", opt=public(), include_in_schema=False)
async def welcomed_page(request: Request[Any, Any, Any]) -> Page:
    """Say that one may sign in now."""
    unit_of(request).actor = None
    return page(request, "auditors/welcomed.html", headers=QUIET)


PAGES = [
    auditors_page,
    add_auditor,
    auditor_page,
    own_page,
    extend_auditor,
    revoke_auditor,
    mail_again,
    welcome_page,
    accept_invitation,
    welcomed_page,
]
