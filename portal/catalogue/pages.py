"""The page of the catalogue: every kind of entry, what it means, who writes it and what it may hold."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get

from audit.catalogue import KINDS
from i18n.catalogs import translations
from portal.catalogue.rules import LONGEST, Line, Wanted, chosen, grouped
from portal.catalogue.words import DECISIONS, ROOMS, WRITERS
from portal.oversight.words import KIND_NAMES, PART_NAMES
from portal.web.gate import allow
from portal.web.refusals import FormRefused
from portal.web.render import language_of, page
from portal.web.sentences import sentence

Page = Response[Any]
READS = frozenset({"auditor", "compliance"})
FIELDS = ("q", "room", "writer", "decision")


def read_wanted(query: Mapping[str, str]) -> Wanted:
    """Read what is looked for; raises FormRefused naming the field."""
    given = {name: query.get(name, "").strip() for name in FIELDS}
    rooms = {kind.room for kind in KINDS.values()}
    allowed = {"room": rooms, "writer": set(WRITERS), "decision": set(DECISIONS)}
    errors = {
        name: "web:invalid" for name, values in allowed.items() if given[name] and given[name] not in values
    }
    if len(given["q"]) > LONGEST:
        errors["q"] = "web:too_long"
    if errors:
        raise FormRefused(errors)
    return Wanted(given["q"], given["room"], given["writer"], given["decision"])


def lines_for(tag: str, wanted: Wanted) -> list[Line]:
    """Return the kinds that fit, named in a language."""
    say = translations(tag).gettext
    return chosen(KINDS.values(), wanted, lambda code: say(KIND_NAMES[code]))


@get("/ledger/kinds", opt=allow(READS), name="kinds", include_in_schema=False)
async def catalogue_page(request: Request[Any, Any, Any]) -> Page:
    """Show the catalogue, or the part of it that is looked for. It names nobody, so looking is no entry."""
    query = {name: request.query_params.get(name, "") for name in FIELDS}
    wanted, errors = Wanted(), {}
    try:
        wanted = read_wanted(query)
    except FormRefused as refused:
        errors = refused.errors
    tag = language_of(request)
    lines = lines_for(tag, wanted)
    return page(
        request,
        "catalogue/catalogue.html",
        status=422 if errors else 200,
        groups=grouped(lines, list(ROOMS)),
        count=len(lines),
        whole=len(KINDS),
        query=query,
        errors={name: sentence(tag, code) for name, code in errors.items()},
        rooms=ROOMS,
        writers=WRITERS,
        decisions=DECISIONS,
        part_names=PART_NAMES,
    )


PAGES = [catalogue_page]
