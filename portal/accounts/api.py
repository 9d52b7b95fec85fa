"""The API of one's own account: sessions, me, step-up."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, post
from litestar.params import JSONBody
from msgspec import Meta

from portal.accounts.forms import device_label
from portal.accounts.pages import client_address
from portal.web.gate import ANYBODY, allow, public
from portal.web.ids import outer
from portal.web.unit import unit_of

TAGS = ["accounts"]


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """E-mail address and password."""

    email: Annotated[str, Meta(max_length=320)]
    password: Annotated[str, Meta(max_length=1024)]

    def __repr__(self) -> str:
        return "Credentials(•••)"


class Password(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password again."""

    password: Annotated[str, Meta(max_length=1024)]

    def __repr__(self) -> str:
        return "Password(•••)"


class Token(msgspec.Struct, frozen=True):
    """A bearer token: said once."""

    token: str
    expires_at: datetime


class StepUpState(msgspec.Struct, frozen=True):
    """Until when, and for how many reveals."""

    expires_at: datetime
    uses_left: int


class Me(msgspec.Struct, frozen=True):
    """Who this token speaks for."""

    id: str
    role: str
    region: str
    org: str | None
    locale: str
    time_zone: str


@post("/api/v1/sessions", opt=public(), tags=TAGS, status_code=201)
async def open_session(request: Request[Any, Any, Any], data: JSONBody[Credentials]) -> Token:
    """Sign in. An idempotency key is accepted and never stores the answer."""
    unit = unit_of(request)
    opened = await unit.keeper.sign_in(
        data.email,
        data.password,
        device_label(request.headers.get("user-agent", "")),
        client_address(request),
        unit.request,
    )
    return Token(opened.token, opened.expires_at)


@delete("/api/v1/sessions/current", opt=allow(ANYBODY, outside=True), tags=TAGS, status_code=204)
async def close_session(request: Request[Any, Any, Any]) -> None:
    """Sign out: the token is dead when this answers."""
    unit = unit_of(request)
    await unit.keeper.sign_out(unit.credential, unit.request)


@get("/api/v1/me", opt=allow(ANYBODY), tags=TAGS)
async def me(request: Request[Any, Any, Any]) -> Me:
    """Say who this token speaks for."""
    actor, region = unit_of(request).who, unit_of(request).settings.region
    return Me(
        id=outer(region, actor.account),
        role=actor.role,
        region=region,
        org=outer(region, actor.org) if actor.org else None,
        locale=actor.locale,
        time_zone=actor.time_zone,
    )


@post("/api/v1/me/step-ups", opt=allow(ANYBODY, outside=True), tags=TAGS, status_code=201)
async def step_up(request: Request[Any, Any, Any], data: JSONBody[Password]) -> StepUpState:
    """Step up with the password: good for some minutes and some reveals."""
    unit = unit_of(request)
    stepped = await unit.keeper.step_up(unit.credential, unit.request, data.password)
    return StepUpState(stepped.expires_at, stepped.uses_left)


API = [open_session, close_session, me, step_up]
