"""Every way into the app: each route with real ids in its address; one that cannot be filled stops the gate."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.web.gate import Guard
from security.actor import ROLES

MACHINES = ("/api", "/healthz", "/readyz", "/metrics", "/static", "/ledger/checkpoint", "/ledger/tile")
MACHINES += ("/ledger/witness", "/feeds")
SAFE = "GET"
# What ends the very session that is used to look; it is tried with one of its own.
ENDING = {"/sign-out", "/sessions/end-all", "/sessions/{session:str}/end", "/api/v1/sessions/current"}
# What a static file or an address of nothing is need not be asked ten times over.
BARE = {"/static/{path:path}": "/static/portal.css", "/api/{path:str}": "/api/nothing"}


class Unnamed(Exception):  # noqa: N818 -- what the gate says of a route it cannot fill
    """A route has a place in its address for which the gate knows no id: name it in `grounds.py`."""


@dataclass(frozen=True)
class Way:
    """One method of one route, its guard, and the address with everything filled in."""

    method: str
    route: str
    address: str
    guard: Guard

    @property
    def is_page(self) -> bool:
        """Whether people come here, by an address that names a language."""
        return not self.route.startswith(MACHINES)

    @property
    def roles(self) -> list[str]:
        """Those who may enter, in the order of the matrix."""
        return [role for role in ROLES if role in self.guard.roles]


def ways(app: Any, ids: Mapping[str, str], *, only: str = "") -> Iterator[Way]:
    """Give every way whose `METHOD /route` matches `only`; `ids` by `<first word>.<name of the place>`.

    Raises Unnamed.
    """
    for route in app.routes:
        for handler in route.route_handlers:
            for method in sorted(getattr(handler, "http_methods", ())):
                if method not in {"OPTIONS", "HEAD"} and re.search(only, f"{method} {route.path}"):
                    yield Way(str(method), route.path, _filled(route.path, ids), handler.opt["guard"])


def _filled(path: str, ids: Mapping[str, str]) -> str:
    if path in BARE:
        return BARE[path]
    words = [word for word in path.split("/") if word and word not in {"api", "v1"}]
    filled = path
    for word in words:
        if word.startswith("{"):
            name = f"{words[0]}.{word[1:].partition(':')[0]}"
            if name not in ids:
                raise Unnamed(path, name)
            filled = filled.replace(word, ids[name])
    return filled
