"""Pages: one Jinja environment a language, components as macros, nothing personal ever cached."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from litestar import Response

from i18n.formats import Formats, formats_for
from i18n.jinja import install
from i18n.locales import DEFAULT, LOCALES, Locale
from portal.web.assets import asset
from portal.web.gate import secret_of
from portal.web.icons import icon, symbol
from portal.web.ids import outer
from portal.web.places import region_name, state_name
from portal.web.session import page_token
from portal.web.shell import SEAM, Reader, frame

PORTAL = Path(__file__).resolve().parent.parent
ROOMS = (
    "accounts",
    "passengers",
    "scans",
    "trips",
    "links",
    "manifests",
    "quotes",
    "notices",
    "desk",
    "approvals",
    "exports",
    "trail",
    "residency",
    "oversight",
    "catalogue",
    "auditors",
    "extracts",
    "findings",
    "keys",
    "matrix",
    "alarms",
    "attestations",
    "reports",
    "home",
    "front",
)
NO_STORE = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Toast:
    """A short word after a deed: tone ok, warn, bad or info, and the sentence."""

    tone: str
    text: str


@cache
def environment(tag: str) -> Environment:
    """Make the Jinja environment of one language; templates are compiled once."""
    made = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(PORTAL / "web" / "templates"),
                PrefixLoader({room: FileSystemLoader(PORTAL / room / "templates") for room in ROOMS}),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    install(made, tag)
    made.globals["asset"] = asset
    made.globals["draw_icon"] = icon
    made.globals["draw_symbol"] = symbol
    made.globals["locale"] = LOCALES[tag]
    made.globals["locales"] = list(LOCALES.values())
    made.globals["seam"] = SEAM
    return made


def language_of(request: Any) -> str:
    """Which language this request is answered in: the path's, else the person's, else the browser's."""
    unit = request.scope.get("wx_unit")
    tag = unit.locale if unit is not None else request.scope.get("wx_locale", DEFAULT)
    return tag if tag in LOCALES else DEFAULT


def locale_of(request: Any) -> Locale:
    """Give the Locale of this request."""
    return LOCALES[language_of(request)]


def formats_of(request: Any) -> Formats:
    """Give formats in the reader's language and zone (UTC until somebody is signed in)."""
    unit = request.scope.get("wx_unit")
    zone = unit.actor.time_zone if unit is not None and unit.actor is not None else "UTC"
    return formats_for(language_of(request), zone)


def address(request: Any, path: str) -> str:
    """Write a page's address in the reader's language."""
    return f"/{language_of(request)}{path}"


def page(
    request: Any,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    toasts: tuple[Toast, ...] = (),
    **context: Any,
) -> Response[str]:
    """Render a full page: its parts by their template, in the frame of this reader. It is never stored."""
    drawn = environment(language_of(request)).get_template(template).render(**shared(request), **context)
    return framed(request, drawn, status=status, headers=headers, toasts=toasts)


def framed(
    request: Any,
    drawn: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    toasts: tuple[Toast, ...] = (),
) -> Response[str]:
    """Put a page whose parts are drawn already into the frame of this reader."""
    made, reader = environment(language_of(request)), _reader(request)
    said = made.get_template("toasts.html").render(toasts=toasts) if toasts else ""
    return Response(
        frame(made, drawn, reader, said),
        status_code=status,
        media_type="text/html",
        headers={"content-language": reader.tag, **NO_STORE, **(headers or {})},
    )


def _reader(request: Any) -> Reader:
    unit, settings = request.scope.get("wx_unit"), request.app.state.settings
    actor = unit.actor if unit is not None else None
    return Reader(
        language_of(request),
        request.scope["path"],
        settings.region,
        page_token_of(request),
        role=actor.role if actor else None,
        external=actor.external if actor else False,
        theme=actor.theme if actor else "auto",
        name=actor.name if actor else "",
        has_rooms=bool(settings.keeper_url),  # the front door has none
    )


def page_token_of(request: Any) -> str:
    """Give the token that this page's forms carry."""
    return page_token(secret_of(request.scope, request.app.state.settings) or "nobody")


def shared(request: Any) -> dict[str, Any]:
    """Give what every template may use."""
    unit = request.scope.get("wx_unit")
    actor = unit.actor if unit is not None else None
    tag = language_of(request)
    settings = request.app.state.settings
    return {
        "actor": actor,
        "csrf": page_token_of(request),
        "once": secrets.token_urlsafe(9),
        "formats": formats_of(request),
        "here": request.scope["path"],
        "region": settings.region,
        "region_name": region_name(settings.region, tag),
        "url": lambda path: f"/{tag}{path}",
        "state": lambda code: state_name(code, tag),
        "outer": lambda inner: outer(settings.region, inner),
        "front_url": settings.front_url,
    }
