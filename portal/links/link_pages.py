"""The page behind a one-time link: for whoever holds it, on a phone, without an account and without scripts.

Opening it changes nothing, because scanners open links: its holder begins with a button. No cookie is read or
set; the address is the only secret, so nothing of it is logged but the route, and no page it leads to is told it.
"""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.accounts.pages import client_address
from portal.links.actions import LinkNotValid, LinkSealer, enter_documents
from portal.links.forms import MOST, echo, read_entry
from portal.links.queries import LegChoice, leg_choices
from portal.passengers.choices import kind_choices, state_choices
from portal.passengers.pages import said
from portal.passengers.queries import passenger
from portal.web.forms import checked_texts
from portal.web.gate import linked, public
from portal.web.refusals import FormRefused, Refusal, Stale
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, act_as, unit_of
from security.actor import Actor
from security.keeper.client import KeeperRefused, LinkSeen

Page = Response[Any]
QUIET = {"referrer-policy": "no-referrer"}
NOBODY = UUID(int=0)
LATER = "security:too_many_attempts"


@get("/d/{token:str}", opt=linked(), name="entry_link", include_in_schema=False)
async def link_page(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Show what the link is for and, once its holder has begun, the form; nothing changes."""
    unit = unit_of(request)
    try:
        link = await unit.keeper.read_link(token, unit.request, client_address(request))
    except KeeperRefused as refused:
        return _closed(request, refused)
    await _enter(unit, link)
    return await _show(request, unit, token, link, {}, {})


@post("/d/{token:str}/start", opt=linked(), include_in_schema=False)
async def begin(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Begin: from now on who asked sees that the link was opened."""
    unit = unit_of(request)
    try:
        await unit.keeper.open_link(token, unit.request, client_address(request))
    except KeeperRefused as refused:
        return _closed(request, refused)
    return Redirect(address(request, f"/d/{token}"), status_code=303, headers=QUIET)


@post("/d/{token:str}", opt=linked(), include_in_schema=False)
async def enter(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Seal and store what was entered, once. On a mistake nothing sealed comes back in the page."""
    unit, fields = unit_of(request), await _fields(request)
    try:
        link = await unit.keeper.read_link(token, unit.request, client_address(request))
        await _enter(unit, link)
        try:
            given = read_entry(checked_texts(fields), unit.at.date())
            person = await passenger(unit, link.subject)
            sealer = LinkSealer(unit, token, client_address(request))
            await enter_documents(unit, person, given, sealer, link.trip)
        except FormRefused as refused:
            return await _show(request, unit, token, link, fields, refused.errors, 422)
        except Stale:
            errors = {"": "links:try_again"}
            return await _show(request, unit, token, link, fields, errors, Stale.status)
    except (KeeperRefused, LinkNotValid) as refused:
        return _closed(request, refused)
    return Redirect(address(request, "/documents-entered"), status_code=303, headers=QUIET)


@get("/documents-entered", opt=public(), include_in_schema=False)
async def done_page(request: Request[Any, Any, Any]) -> Page:
    """Say thank you, at an address that names nobody."""
    unit_of(request).actor = None
    return page(request, "links/done.html", headers=QUIET)


async def _fields(request: Any) -> dict[str, str]:
    data = await request.form()
    return {name: value for name, value in data.items() if isinstance(value, str)}


async def _enter(unit: Unit, link: LinkSeen) -> None:
    """Open a transaction as the traveller the link is for; the ledger names the link."""
    unit.actor = Actor(
        account=NOBODY,
        role="traveller",
        org=link.org,
        passenger=link.subject,
        code="link",
        session=NOBODY,
        region=unit.settings.region,
        name="",
        email="",
        locale=unit.locale,
        time_zone="UTC",
        theme="auto",
        version=0,
        step_up_until=None,
    )
    await unit.open()
    await act_as(unit.connection, unit.actor)


async def _show(
    request: Any,
    unit: Unit,
    token: str,
    link: LinkSeen,
    fields: dict[str, str],
    errors: dict[str, str],
    status: int = 200,
) -> Page:
    person = await passenger(unit, link.subject)
    leg = next((one for one in await leg_choices(unit, link.subject) if one.id == link.leg), None)
    unit.actor = None  # the page is nobody's: it has no menu and no account
    return page(
        request,
        "links/enter.html",
        status=status,
        headers=QUIET,
        token=token,
        name=person.name,
        leg=leg,
        day=_day(leg),
        opened=link.opened,
        expires_at=link.expires_at,
        values=echo(fields),
        errors=said(request, errors),
        most=MOST,
        unusual={name for name, code in errors.items() if code == "passengers:unusual_number"},
        kinds=kind_choices(),
        states=state_choices(language_of(request)),
    )


def _day(leg: LegChoice | None) -> Any:
    return leg.departs_at.astimezone(leg.origin.zoneinfo).date() if leg else None


def _closed(request: Any, refused: KeeperRefused | Refusal) -> Page:
    """Say that the link does not work and what to do: one page for every cause, another only for who must wait."""
    unit_of(request).actor = None
    held_back = refused.code == LATER
    if not held_back and refused.code != LinkNotValid.code:
        raise refused
    facts = refused.fields if isinstance(refused, KeeperRefused) else {}
    return page(
        request,
        "links/closed.html",
        status=refused.status,
        headers=QUIET,
        wait=sentence(language_of(request), refused.code, facts) if held_back else "",
    )


PAGES = [link_page, begin, enter, done_page]
