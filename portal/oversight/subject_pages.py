"""The ledger from a person on: for compliance alone, with a purpose and a reason, and an entry of its own."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from portal.oversight.pages import entry_words
from portal.passengers.queries import passengers_of
from portal.passengers.words import PURPOSE_NAMES
from portal.trail.queries import read_moment
from portal.web.forms import plain_line, submitted
from portal.web.gate import allow
from portal.web.ids import inner
from portal.web.refusals import FormRefused, NotFound
from portal.web.render import language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.keeper.client import KeeperRefused, SubjectOpened

Page = Response[Any]
OPENS = frozenset({"compliance"})
PURPOSES = ("rights_request", "identity_check", "legal_hold")
LONGEST = 500
PAGE = 50


class SubjectIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a person's entries are needed; `before` is the number of the last entry seen."""

    purpose: str
    reason: Annotated[str, Meta(max_length=LONGEST)]
    before: int | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = PAGE


class SubjectEntry(msgspec.Struct, frozen=True):
    """One entry: its index and its canonical text."""

    index: int
    leaf: str


class SubjectOut(msgspec.Struct, frozen=True):
    """Under which pseudonym a passenger stands in the ledger, and entries, newest first."""

    pseudonym: str
    items: list[SubjectEntry]
    next: int | None


async def _name(unit: Unit, wanted: str) -> tuple[Any, str]:
    """Give a passenger's id and name. Raises NotFound."""
    known = inner(unit.settings.region, wanted)
    found = await passengers_of(unit, [known])
    if not found:
        raise NotFound
    return known, found[0].name


async def _opened(
    unit: Unit, wanted: str, purpose: str, reason: str, before: int | None, limit: int
) -> SubjectOpened:
    """Check what was given, then ask the keeper. Raises NotFound, FormRefused, KeeperRefused."""
    known, _ = await _name(unit, wanted)
    errors = {} if purpose in PURPOSES else {"purpose": "web:invalid"}
    said = plain_line(reason)
    if not said:
        errors["reason"] = "oversight:reason_required"
    if errors:
        raise FormRefused(errors)
    return await unit.keeper.open_subject(
        unit.credential, unit.request, known, purpose, said, before=before, limit=limit
    )


async def _page(request: Any, wanted: str, *, status: int = 200, errors: Any = None, **more: Any) -> Page:
    _, name = await _name(unit_of(request), wanted)
    tag = language_of(request)
    shown: dict[str, Any] = {"opened": None, "moments": [], "purpose": "", "reason": "", **more}
    return page(
        request,
        "oversight/subject.html",
        status=status,
        wanted=wanted,
        name=name,
        purposes=[(code, PURPOSE_NAMES[code]) for code in PURPOSES],
        longest=LONGEST,
        errors={field: sentence(tag, code) for field, code in (errors or {}).items()},
        **shown,
        **entry_words(),
    )


@get("/passengers/{wanted:str}/entries", opt=allow(OPENS), include_in_schema=False)
async def subject_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Ask for purpose and reason; nothing but the name is shown yet."""
    unit = unit_of(request)
    known, _ = await _name(unit, wanted)
    await record_view(unit, "passengers:profile:viewed", field="passenger", tier="masked", subject=known)
    return await _page(request, wanted)


@post("/passengers/{wanted:str}/entries", opt=allow(OPENS), include_in_schema=False, status_code=200)
async def open_subject_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show the pseudonym and the entries."""
    unit, fields = unit_of(request), await submitted(request, longest=LONGEST)
    purpose, reason, text = (fields.get(name, "") for name in ("purpose", "reason", "before"))
    before = int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None  # noqa: PLR2004 -- fits a bigint
    try:
        opened = await _opened(unit, wanted, purpose, reason, before, PAGE)
    except FormRefused as refused:
        return await _page(request, wanted, status=422, errors=refused.errors)
    except KeeperRefused as refused:
        return await _page(request, wanted, status=refused.status, errors={"": refused.code})
    moments = [read_moment(item.index, item.leaf) for item in opened.items]
    return await _page(request, wanted, opened=opened, moments=moments, purpose=purpose, reason=reason)


@post("/api/v1/passengers/{wanted:str}/entries", opt=allow(OPENS), tags=["ledger"], status_code=200)
async def open_subject(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[SubjectIn]
) -> SubjectOut:
    """Give a passenger's pseudonym and entries, for compliance; that it was asked is an entry."""
    opened = await _opened(unit_of(request), wanted, data.purpose, data.reason, data.before, data.limit)
    items = [SubjectEntry(item.index, item.leaf) for item in opened.items]
    return SubjectOut(opened.pseudonym, items, opened.next)


PAGES = [subject_page, open_subject_page]
API = [open_subject]
