"""Which session a request carries: a bearer token, or this region's cookie. Other regions' cookies are never read."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any
from uuid import UUID

from litestar.types import Scope

from portal.web.in_force import take_up
from portal.web.settings import WebSettings
from security.actor import Actor

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class SessionToken:
    """A credential as sent; `bearer` ones carry no ambient authority and need no page token."""

    text: str
    bearer: bool

    def __repr__(self) -> str:
        """Never print a credential."""
        return "SessionToken(•••)"

    @property
    def digest(self) -> bytes:
        """SHA-256 of the token: all that a database ever holds."""
        return hashlib.sha256(self.text.encode()).digest()


def header(scope: Scope, name: bytes) -> str | None:
    """Give one request header as text, or None."""
    for key, value in scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return None


def cookies(scope: Scope) -> dict[str, str]:
    """Parse the Cookie header, once a request; a malformed one is no cookie."""
    found: dict[str, str] | None = scope.get("wx_cookies")  # type: ignore[assignment]
    if found is None:
        found = scope["wx_cookies"] = _parsed(header(scope, b"cookie") or "")  # type: ignore[typeddict-unknown-key]
    return found


def _parsed(text: str) -> dict[str, str]:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(text)
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


def token_of(scope: Scope, settings: WebSettings) -> SessionToken | None:
    """Find the credential: `Authorization: Bearer` first, else the cell's cookie."""
    sent = header(scope, b"authorization")
    if sent is not None:
        scheme, _, text = sent.partition(" ")
        good = scheme.lower() == "bearer" and _TOKEN.fullmatch(text.strip())
        return SessionToken(text.strip(), bearer=True) if good else None
    text = cookies(scope).get(settings.cookie, "")
    return SessionToken(text, bearer=False) if _TOKEN.fullmatch(text) else None


def page_token(secret: str) -> str:
    """Token for forms: derived from a cookie that scripts and other origins cannot read."""
    return hmac.new(secret.encode(), b"waxwing/page", hashlib.sha256).hexdigest()


_MATRIX = "(select digest from gate.matrix_head) as matrix"
_FIND = f"select s.*, {_MATRIX} from gate.session_of($1, $2) s"  # noqa: S608 -- constants
# Find the session and take its role in one statement: a request's first, and one round trip less for each.
_ENTER = (
    f"select s.*, {_MATRIX}, set_config('wx.org', coalesce(s.org_id::text, ''), true),"  # noqa: S608 -- constants
    " set_config('wx.account', s.account_id::text, true),"
    " set_config('wx.passenger', coalesce(s.passenger_id::text, ''), true),"
    " set_config('role', case when s.external then 'wx_as_external_auditor' else 'wx_as_' || s.role end, true)"
    " from gate.session_of($1, $2) s"
)


async def actor_of(
    connection: Any, token: SessionToken, at: datetime, region: str, *, enter: bool = False
) -> Actor | None:
    """Look the session up by its token's hash; None when it ended, expired or never was.

    With `enter` the open transaction takes the actor's role (`wx_as_<role>`) and names him for row-level security.
    """
    row = await connection.fetchrow(_ENTER if enter else _FIND, token.digest, at)
    if row is None:
        return None
    return Actor(
        account=UUID(int=row["account_id"].int),
        role=row["role"],
        org=row["org_id"],
        passenger=row["passenger_id"],
        code=row["code"],
        session=row["session_id"],
        region=region,
        name=row["name"],
        email=row["email"],
        locale=row["locale"],
        time_zone=row["time_zone"],
        theme=row["theme"],
        version=row["version"],
        step_up_until=row["step_up_until"],
        matrix=await take_up(connection, row["matrix"]),
        external=row["external"],
    )
