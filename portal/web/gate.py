"""What a route demands before it runs: a role, this cell's origin, the page's token. Deny by default."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litestar.types import Scope

from portal.web.refusals import ForeignOrigin, NotForThisRole, NotSignedIn, StaleToken
from portal.web.session import cookies, header, page_token
from portal.web.settings import WebSettings
from security.actor import ROLES

if TYPE_CHECKING:
    from portal.web.unit import Unit

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ANYBODY = frozenset(ROLES)


@dataclass(frozen=True, slots=True)
class Guard:
    """`roles` may enter; `public` needs no session; `outside` holds no transaction; `streams` is not held back.

    `keeper` asks for a credential only: the keeper finds out whose it is, because it would believe nobody else.
    `foreign` takes a form from anywhere: only for what changes nothing.
    """

    roles: frozenset[str]
    public: bool = False
    outside: bool = False
    streams: bool = False
    keeper: bool = False
    foreign: bool = False


CLOSED = Guard(roles=frozenset())


def allow(roles: Iterable[str], *, outside: bool = False, streams: bool = False) -> dict[str, Any]:
    """Guard for a route's `opt`: these roles may enter."""
    return {"guard": Guard(frozenset(roles), outside=outside, streams=streams)}


def keeper_decides() -> dict[str, Any]:
    """Guard for a route's `opt`: whoever sends a credential may ask the keeper, which authenticates and decides."""
    return {"guard": Guard(ANYBODY, outside=True, keeper=True)}


def public(*, outside: bool = True, foreign: bool = False) -> dict[str, Any]:
    """Guard for a route's `opt`: anybody may enter, signed in or not."""
    return {"guard": Guard(ANYBODY, public=True, outside=outside, foreign=foreign)}


def guard_of(scope: Scope) -> Guard:
    """Give the route's guard; a route without one lets nobody in."""
    handler: Any = scope.get("route_handler")
    found = handler.opt.get("guard") if handler is not None else None
    return found if isinstance(found, Guard) else CLOSED


def check_request(scope: Scope, unit: "Unit", guard: Guard) -> None:
    """Refuse what may not enter: NotSignedIn, NotForThisRole, ForeignOrigin, StaleToken."""
    known = unit.token is not None if guard.keeper else unit.actor is not None
    if not known and not guard.public:
        raise NotSignedIn
    if unit.actor is not None and unit.actor.role not in guard.roles:
        raise NotForThisRole
    ambient = unit.token is None or not unit.token.bearer
    if str(scope.get("method")) not in SAFE and ambient and not guard.foreign:
        check_origin(scope, unit.settings)
        if scope["path"].startswith("/api/") and unit.token is not None:
            check_page_token(scope, unit.settings, header(scope, b"x-csrf-token") or "")


def check_origin(scope: Scope, settings: WebSettings) -> None:
    """Check that an unsafe request with a cookie says that it comes from this cell's own pages."""
    sent = header(scope, b"origin")
    if scope["path"].startswith("/api/") and sent is None and not cookies(scope):
        return  # a program without a cookie has nothing that a foreign page could borrow
    if sent != settings.public_url:
        raise ForeignOrigin


def secret_of(scope: Scope, settings: WebSettings) -> str:
    """Give the cookie that page tokens are derived from: the session's, else the visitor's."""
    jar = cookies(scope)
    return jar.get(settings.cookie) or jar.get(settings.visitor_cookie, "")


def check_page_token(scope: Scope, settings: WebSettings, sent: str) -> None:
    """Compare the page's token in constant time. Raises StaleToken."""
    secret = secret_of(scope, settings)
    if not secret or not hmac.compare_digest(page_token(secret), sent):
        raise StaleToken
