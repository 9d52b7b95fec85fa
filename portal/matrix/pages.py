"""Pages of the matrix: who may see what and why, with its version, and how it came to be."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get

from i18n.catalogs import translations
from i18n.messages import N_
from portal.matrix.forms import Wanted, read_wanted
from portal.matrix.queries import ANSWERS_FOR, history, in_force, proposals
from portal.matrix.telling import tell
from portal.matrix.words import CONDITIONS, GROUP_NAMES, STATES, TIERS
from portal.passengers.words import FIELD_NAMES, PURPOSE_NAMES, ROLE_NAMES
from portal.web.gate import ANYBODY, allow
from portal.web.in_force import matrix_of
from portal.web.places import REGION_NAMES
from portal.web.render import language_of, page
from portal.web.unit import unit_of
from security.actor import ROLES
from security.policy.change import PROPOSERS
from security.policy.page import Row, matrix_page
from security.policy.places import PLACES
from security.purposes import PURPOSES

Page = Response[Any]
ANY = N_("Any")
WORDS: dict[str, Any] = {
    "group_names": GROUP_NAMES,
    "field_names": FIELD_NAMES,
    "purpose_names": PURPOSE_NAMES,
    "role_names": ROLE_NAMES,
    "condition_names": CONDITIONS,
    "tier_words": TIERS,
    "state_words": STATES,
    "region_names": REGION_NAMES,
    "every_place": PLACES,
}


def choices(request: Any, names: dict[str, str]) -> list[tuple[str, str]]:
    """Give the choices of a filter, with one that filters nothing first."""
    speech = translations(language_of(request))
    return [("", speech.gettext(ANY)), *((code, speech.gettext(name)) for code, name in names.items())]


@get("/matrix", opt=allow(ANYBODY), name="matrix", include_in_schema=False)
async def matrix(request: Request[Any, Any, Any]) -> Page:
    """Show who may see what and why to those it binds; `?role=`, `?field=` and `?purpose=` filter."""
    unit = unit_of(request)
    binding = matrix_of(unit.who)
    wanted = read_wanted(request.query_params, binding)
    shown = matrix_page(binding)
    answers = unit.who.role in ANSWERS_FOR
    return page(
        request,
        "matrix/matrix.html",
        matrix=shown,
        rows=[one for row in shown.rows if (one := _kept(row, wanted, binding)).cells],
        wanted=wanted,
        filtered=wanted != Wanted(),
        roles=choices(request, {role: ROLE_NAMES[role] for role in ROLES}),
        groups=choices(
            request, {group.code: GROUP_NAMES.get(group.code, group.code) for group in binding.groups}
        ),
        purposes=choices(request, {code: PURPOSE_NAMES[code] for code in PURPOSES}),
        version=await in_force(unit),
        answers=answers,
        may_propose=unit.who.role in PROPOSERS,
        waiting=await proposals(unit, waiting=True) if answers else [],
        query=urlencode({"role": wanted.role, "field": wanted.group, "purpose": wanted.purpose}),
        **WORDS,
    )


def _kept(row: Row, wanted: Wanted, binding: Any) -> Row:
    group = binding.group(row.group)
    cells = tuple(cell for cell in row.cells if wanted.shows(row.group, cell.role, group.rules[cell.role]))
    return Row(row.group, row.fields, cells)


@get("/matrix/history", opt=allow(ANSWERS_FOR), name="matrix_history", include_in_schema=False)
async def history_page(request: Request[Any, Any, Any]) -> Page:
    """Show every version with what it changed, who proposed and who decided, and what was proposed beside."""
    unit = unit_of(request)
    return page(
        request,
        "matrix/history.html",
        versions=[(past, tell(request, past.differences)) for past in await history(unit)],
        proposals=await proposals(unit),
        now=unit.at,
        **WORDS,
    )


PAGES = [matrix, history_page]
