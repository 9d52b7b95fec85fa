"""The quarterly digest as a wish: in the own account, and the link in each digest that ends it without signing in."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.trail.actions import choose_digest, end_digest
from portal.trail.dispute_pages import OWN
from portal.trail.queries import wishes_digest
from portal.trail.rules import quarter_before
from portal.web.database import pool
from portal.web.forms import submitted
from portal.web.gate import allow, linked
from portal.web.refusals import Refusal
from portal.web.render import address, page
from portal.web.unit import Unit, act_as, unit_of
from security.actor import Actor
from security.sign_in.tokens import token_hash

Page = Response[Any]
QUIET = {"referrer-policy": "no-referrer"}
NOBODY = UUID(int=0)


class LinkNotFound(Refusal):
    """No such link."""

    code = "trail:link_not_found"
    status = 404


@get("/trail/digest", opt=allow(OWN), include_in_schema=False)
async def digest_page(request: Request[Any, Any, Any]) -> Page:
    """Show what the digest is, and whether one gets it."""
    unit = unit_of(request)
    return page(
        request,
        "trail/digest.html",
        wished=await wishes_digest(unit),
        last=quarter_before(unit.at, unit.who.time_zone),
        email=unit.who.email,
        done=request.query_params.get("done", ""),
    )


@post("/trail/digest", opt=allow(OWN), include_in_schema=False)
async def set_digest(request: Request[Any, Any, Any]) -> Page:
    """Wish it, or wish it no more."""
    fields = await submitted(request)
    wished = fields.get("wished") == "1"
    await (choose_digest(unit_of(request)) if wished else end_digest(unit_of(request)))
    return Redirect(
        address(request, f"/trail/digest?done={'chosen' if wished else 'ended'}"), status_code=303
    )


async def _enter(unit: Unit, token: str) -> None:
    """Open a transaction as the person whose digest the link ends. Raises LinkNotFound."""
    async with pool().acquire() as connection:
        row = await connection.fetchrow("select * from digest_of_link($1)", token_hash(token))
    if row is None:
        raise LinkNotFound
    unit.actor = _holder(row, unit)
    await unit.open()
    await act_as(unit.connection, unit.actor)


def _holder(row: Any, unit: Unit) -> Actor:
    """Make the actor that a link speaks for: its person's role in the database, and "link" in the ledger."""
    return Actor(
        account=row["account_id"],
        role="traveller",
        org=row["org_id"],
        passenger=row["passenger_id"],
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


async def _show(request: Any, unit: Unit, token: str) -> Page:
    wished = await wishes_digest(unit)
    unit.actor = None  # the page is nobody's: it has no menu and no account
    return page(request, "trail/leave.html", headers=QUIET, wished=wished, token=token)


@get("/q/{token:str}", opt=linked(), name="digest_link", include_in_schema=False)
async def leave_page(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Ask whether the digest shall end; nothing changes, because scanners open links."""
    unit = unit_of(request)
    await _enter(unit, token)
    return await _show(request, unit, token)


@post("/q/{token:str}", opt=linked(), status_code=200, include_in_schema=False)
async def leave(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """End the digest in one press, of a person or of a mail program (RFC 8058): answered here, without a redirect."""
    unit = unit_of(request)
    await _enter(unit, token)
    await end_digest(unit, via="link")
    return await _show(request, unit, token)


DIGEST = [digest_page, set_digest, leave_page, leave]
