"""Every route has a guard, and what may change something is never public by accident."""

from collections.abc import Iterator
from typing import Any

from portal.cell import make_litestar
from portal.web.gate import Guard
from portal.web.settings import WebSettings
from security.actor import ROLES

SETTINGS = WebSettings("eu", "", "", "http://x.test", "", "", "json", 60, (), "")
PUBLIC = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/static/{path:path}"),
    ("GET", "/ledger/checkpoint"),
    ("GET", "/ledger/witness/checkpoint"),
    ("POST", "/ledger/witness/add-checkpoint"),
    ("GET", "/feeds/{secret:str}"),
    ("GET", "/api/docs"),
    ("GET", "/api"),
    ("GET", "/api/openapi.json"),
    ("GET", "/api/{path:str}"),
    ("GET", "/help"),
    ("GET", "/third-party"),
    ("GET", "/status"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/start"),
    ("POST", "/sign-in/start"),
    ("POST", "/api/v1/sessions"),
    ("GET", "/n/{token:str}"),
    ("POST", "/n/{token:str}"),
    ("GET", "/q/{token:str}"),
    ("POST", "/q/{token:str}"),
    ("GET", "/d/{token:str}"),
    ("POST", "/d/{token:str}"),
    ("POST", "/d/{token:str}/start"),
    ("GET", "/documents-entered"),
    ("GET", "/auditors/welcome/{token:str}"),
    ("POST", "/auditors/welcome/{token:str}"),
    ("GET", "/auditors/welcomed"),
}


def routes() -> Iterator[tuple[str, str, Any]]:
    """Give (method, path, handler) of every route."""
    app = make_litestar(SETTINGS, lambda: None)  # type: ignore[arg-type, return-value]
    for route in app.routes:
        for handler in route.route_handlers:
            for method in sorted(getattr(handler, "http_methods", ())):
                if method != "OPTIONS":
                    yield str(method), route.path, handler


def test_every_route_has_a_guard() -> None:
    """A route without a guard cannot be merged, and each names known roles only."""
    for method, path, handler in routes():
        guard = handler.opt.get("guard")
        assert isinstance(guard, Guard), f"{method} {path}"
        assert guard.roles <= set(ROLES), f"{method} {path}"
        assert guard.roles, f"{method} {path}"


def test_public_routes_are_these() -> None:
    """What needs no session is exactly this list."""
    public = {(method, path) for method, path, handler in routes() if handler.opt["guard"].public}
    assert public == PUBLIC


def test_auditors_and_administrators_reach_no_passenger() -> None:
    """No route that shows passengers or trips admits a role that sees none; a reveal admits all, to record it."""
    for method, path, handler in routes():
        if any(part in path for part in ("/passengers", "/trips", "/cases", "/desk", "/work")):
            if path.startswith("/api/") and path.endswith("/reveals"):
                continue
            assert not handler.opt["guard"].roles & {"auditor", "administrator"}, f"{method} {path}"
