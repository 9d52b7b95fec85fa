"""The page of a search by a whole number: asked with a purpose, answered with masks and the entry it left."""

from typing import Any

from litestar import Request, Response, get, post

from portal.accounts.queries import organisation_names
from portal.passengers.finding import NAMES, Sought, asks_of, box_of, found_on_mask, matching, read_sought
from portal.passengers.queries import passengers_of
from portal.passengers.words import PURPOSE_NAMES
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.refusals import FormRefused
from portal.web.render import language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, act_as, unit_of
from security.actor import DESK_ROLES
from security.keeper.client import Found, KeeperRefused

Page = Response[Any]


@get("/passengers/find", opt=allow(DESK_ROLES), include_in_schema=False)
async def find_page(request: Request[Any, Any, Any]) -> Page:
    """Show the empty form."""
    return _form(request, {}, {})


@post("/passengers/find", opt=allow(DESK_ROLES, outside=True), include_in_schema=False, status_code=200)
async def find(request: Request[Any, Any, Any]) -> Page:
    """Search; the number stands in the body of the form, and in nothing that comes back."""
    unit, fields = unit_of(request), await submitted(request)
    try:
        sought = read_sought(fields)
        found = None if sought.on_mask else await _ask(unit, sought)
    except FormRefused as refused:
        return _form(request, fields, refused.errors, status=422)
    except KeeperRefused as refused:
        problem = sentence(language_of(request), refused.code, refused.fields)
        return _form(request, fields, {}, status=refused.status, problem=problem)
    return await _shown(request, unit, sought, found)


async def _ask(unit: Unit, sought: Sought) -> Found:
    return await unit.keeper.find(
        unit.credential, unit.request, sought.field, sought.number, sought.issuing_state, sought.purpose
    )


async def _shown(request: Any, unit: Unit, sought: Sought, found: Found | None) -> Page:
    await unit.open()
    try:
        await act_as(unit.connection, unit.who)
        views = await (passengers_of(unit, found.subjects) if found else found_on_mask(unit, sought))
        orgs = await organisation_names({view.org for view in views})
    except BaseException:
        await unit.close(keep=False)
        raise
    await unit.close(keep=True)
    return page(
        request,
        "passengers/find.html",
        box=box_of(*asks_of(unit)),
        values={"field": sought.field, "purpose": sought.purpose, "issuing_state": sought.issuing_state},
        errors={},
        problem=None,
        lines=[(view, orgs.get(view.org, ""), matching(view, sought.field)) for view in views],
        found=found,
        done=True,
        field_name=NAMES[sought.field],
        purpose_name=PURPOSE_NAMES.get(sought.purpose, ""),
    )


def _form(
    request: Any,
    fields: dict[str, str],
    errors: dict[str, str],
    *,
    status: int = 200,
    problem: str | None = None,
) -> Page:
    tag = language_of(request)
    return page(
        request,
        "passengers/find.html",
        status=status,
        box=box_of(*asks_of(unit_of(request))),
        values={name: fields.get(name, "") for name in ("field", "purpose", "issuing_state")},
        errors={name: sentence(tag, code) for name, code in errors.items()},
        problem=problem,
        lines=[],
        found=None,
        done=False,
        field_name="",
        purpose_name="",
    )


PAGES = [find_page, find]
