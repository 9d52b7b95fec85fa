"""The frame of every page: drawn once for each kind of reader and place, then filled with the page and the person."""

import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from jinja2 import Environment
from markupsafe import Markup

from i18n.formats import formats_for
from portal.web.assets import stamp
from portal.web.navigation import current_place, navigation
from portal.web.stencil import Stencil

# Between the parts of a page; random, so that nothing that is shown can be taken for it.
SEAM: Final = secrets.token_hex(16)
PARTS: Final = ("referrer", "title", "head", "crumbs", "main", "scripts")
_HOLES: Final = (*PARTS, "toasts", "here", "csrf", "name", "initial")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page, in which language, and where: all that its frame says.

    `role` None: nobody signed in. The front door has no rooms to lead to. `external`: an auditor from outside.
    """

    tag: str
    here: str
    region: str
    csrf: str
    role: str | None = None
    theme: str = "auto"
    name: str = ""
    has_rooms: bool = True
    external: bool = False


def frame(environment: Environment, drawn: str, reader: Reader, toasts: str = "") -> str:
    """Put a page, drawn as its parts with seams between, into the frame of this reader."""
    place = current_place(reader.role, reader.here)
    kind = (reader.tag, reader.role, reader.theme, place, reader.region, reader.has_rooms, reader.external)
    shell = _shell(environment, *kind, stamp())
    parts = zip(
        PARTS, map(Markup, drawn.split(SEAM)), strict=True
    )  # templates have escaped all they were given
    return shell.fill(
        **dict(parts),
        toasts=Markup(toasts),  # noqa: S704 -- drawn by a template too
        here=reader.here,
        csrf=reader.csrf,
        name=reader.name,
        initial=reader.name[:1],
    )


@lru_cache(maxsize=512)
def _shell(
    environment: Environment,
    tag: str,
    role: str | None,
    theme: str,
    place: str,
    region: str,
    has_rooms: bool,  # noqa: FBT001
    external: bool,  # noqa: FBT001
    _assets: int,
) -> Stencil:
    return Stencil(
        environment,
        "shell.html",
        _HOLES,
        formats=formats_for(tag),
        has_rooms=has_rooms,
        nav=navigation(role, place, tag, external=external),
        region=region,
        role=role,
        theme=theme,
        url=lambda path: f"/{tag}{path}",
    )
