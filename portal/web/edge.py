"""The outermost layer: request id, language in the path, security headers, one log line and one metric a request."""

import time
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from i18n.locales import LOCALES
from i18n.negotiate import choose
from portal.web.ids import new_id
from portal.web.metrics import observe
from portal.web.session import cookies, header
from portal.web.settings import WebSettings

log = structlog.get_logger("portal.web")
MACHINE = (
    "/api/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/",
    "/ledger/checkpoint",
    "/ledger/tile/",
    "/ledger/witness/",
    "/witness/",
    "/feeds/",
)
LANGUAGE_COOKIE = "wx_language"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action %s; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
)


class Edge:
    """ASGI wrapper around a whole app (cell or front door). Forms go to the own origin, and to `form_targets`."""

    def __init__(self, app: ASGIApp, settings: WebSettings, *, form_targets: tuple[str, ...] = ()) -> None:
        self.app = app
        self.settings = settings
        policy = CSP % " ".join(("'self'", *form_targets))
        self.always = ((b"content-security-policy", policy.encode()), *HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on under its language, or send it to the address that names one."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        inside: Any = dict(scope)
        request = new_id()
        inside["wx_request"] = request
        redirect = _set_language(inside)
        started, status = time.perf_counter(), 500

        async def outward(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._headers(list(message.get("headers", ())), str(request), inside)
            await send(message)

        if redirect is not None:
            await _redirect(outward, redirect)
        else:
            await self.app(inside, receive, outward)
        _account_for(inside, status, time.perf_counter() - started)

    def _headers(
        self, sent: list[tuple[bytes, bytes]], request: str, scope: Scope
    ) -> list[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in sent}
        more = [pair for pair in self.always if pair[0] not in names]
        if b"cache-control" not in names:
            more.append((b"cache-control", b"no-store"))
        if self.settings.secure:
            more.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))
        if scope.get("wx_machine") is None:
            more.append((b"vary", b"Cookie, Accept-Language"))
        return [*sent, *more, (b"x-request-id", request.encode())]


def _set_language(scope: Any) -> str | None:
    """Take the language from the path's first part; give the address to go to when a page's path names none."""
    path: str = scope["path"]
    first, _, rest = path.removeprefix("/").partition("/")
    if first in LOCALES:
        scope["path"] = "/" + rest
        scope["raw_path"] = scope["path"].encode()
        scope["wx_locale"], scope["wx_locale_in_path"] = first, True
        return None
    scope["wx_locale"] = choose(None, cookies(scope).get(LANGUAGE_COOKIE), header(scope, b"accept-language"))
    if path.startswith(MACHINE):
        scope["wx_machine"] = True
        return None
    if scope["method"] not in {"GET", "HEAD"} or not path.isprintable():
        return None  # an address with a control character in it leads nowhere, and may not stand in a header
    query = scope["query_string"].decode("latin-1")
    return f"/{scope['wx_locale']}{path if path != '/' else '/'}" + (f"?{query}" if query else "")


async def _redirect(send: Send, target: str) -> None:
    location = target.encode("latin-1", "ignore").replace(b"\r", b"").replace(b"\n", b"")
    await send({"type": "http.response.start", "status": 302, "headers": [(b"location", location)]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _account_for(scope: Any, status: int, seconds: float) -> None:
    """Log the route's template, never the path: a path holds ids, a query may hold a name."""
    route = scope.get("path_template") or ("redirect" if status == 302 else "unmatched")  # noqa: PLR2004
    observe(scope["method"], route, status, seconds)
    unit = scope.get("wx_unit")
    actor = unit.actor if unit is not None else None
    log.info(
        "request",
        method=scope["method"],
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
        request=str(scope["wx_request"]),
        who=actor.code if actor else None,
        role=actor.role if actor else None,
    )
