"""Pages of a passenger's documents, cards and bank accounts: adding, changing, removing."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.passengers import forms
from portal.passengers.actions import (
    UnknownItem,
    change_passenger,
    remove_bank_account,
    remove_card,
    remove_document,
)
from portal.passengers.choices import kind_choices, state_choices
from portal.passengers.pages import EDITS, here, load, said
from portal.passengers.queries import Bank, Card, Document, PassengerView
from portal.passengers.words import KINDS
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner
from portal.web.refusals import FormRefused, NotFound
from portal.web.render import address, language_of, page
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view

Page = Response[Any]
_TEMPLATES = {
    "documents": "passengers/document.html",
    "cards": "passengers/card.html",
    "accounts": "passengers/bank.html",
}
_REMOVALS = {"documents": remove_document, "cards": remove_card, "accounts": remove_bank_account}


@dataclass(frozen=True, slots=True)
class Part:
    """What a form is about: which kind of part of whom, and the one on file that is changed (None: a new one)."""

    view: PassengerView
    name: str
    item: Document | Card | Bank | None


async def _part(request: Any, wanted: str, name: str, item: str | None = None) -> Part:
    """Read what an address names. Raises NotFound, UnknownItem."""
    view = await load(request, wanted)
    if name not in _TEMPLATES:
        raise NotFound
    if item is None:
        return Part(view, name, None)
    row = inner(unit_of(request).settings.region, item)
    return Part(view, name, _on_file(view, name, row))


def _on_file(view: PassengerView, name: str, row: UUID) -> Document | Card | Bank:
    held: dict[str, list[Any]] = {"documents": view.documents, "cards": view.cards, "accounts": view.banks}
    found: Document | Card | Bank | None = next((one for one in held[name] if one.id == row), None)
    if found is None:
        raise UnknownItem
    return found


def _form(
    request: Any, part: Part, fields: dict[str, str], errors: dict[str, str], status: int = 200
) -> Page:
    """Show a form; nothing that is to be sealed comes back in it."""
    return page(
        request,
        _TEMPLATES[part.name],
        status=status,
        person=part.view,
        item=part.item,
        values={name: fields.get(name, "") for name in ("kind", "issuing_state", "expires_on")},
        errors=said(request, errors),
        kinds=kind_choices(),
        kind_names=KINDS,
        states=state_choices(language_of(request)),
    )


async def _seen(request: Any, part: Part) -> None:
    """Write down that somebody was shown with what lies on file."""
    unit, subject = unit_of(request), part.view.id
    await record_view(unit, "passengers:profile:viewed", field="passenger", tier="masked", subject=subject)


def _known(part: Part) -> dict[str, str]:
    """Give what of the part on file lies in the clear."""
    if not isinstance(part.item, Document):
        return {"kind": "passport"}
    ends = part.item.expires_on
    return {
        "kind": part.item.kind,
        "issuing_state": part.item.issuing_state,
        "expires_on": ends.isoformat() if ends else "",
    }


@get("/passengers/{wanted:str}/{part:str}/new", opt=allow(EDITS), include_in_schema=False)
async def new_part_page(request: Request[Any, Any, Any], wanted: FromPath[str], part: FromPath[str]) -> Page:
    """Show the form of a new document, card or bank account."""
    about = await _part(request, wanted, part)
    await _seen(request, about)
    return _form(request, about, _known(about), {})


@post("/passengers/{wanted:str}/{part:str}", opt=allow(EDITS), include_in_schema=False)
async def add_part(request: Request[Any, Any, Any], wanted: FromPath[str], part: FromPath[str]) -> Page:
    """Add a document, card or bank account."""
    return await _store(request, await _part(request, wanted, part))


@get("/passengers/{wanted:str}/{part:str}/{item:str}/edit", opt=allow(EDITS), include_in_schema=False)
async def edit_part_page(
    request: Request[Any, Any, Any], wanted: FromPath[str], part: FromPath[str], item: FromPath[str]
) -> Page:
    """Show the form of one on file: clear parts filled in, sealed ones empty."""
    about = await _part(request, wanted, part, item)
    await _seen(request, about)
    return _form(request, about, _known(about), {})


@post("/passengers/{wanted:str}/{part:str}/{item:str}/edit", opt=allow(EDITS), include_in_schema=False)
async def edit_part(
    request: Request[Any, Any, Any], wanted: FromPath[str], part: FromPath[str], item: FromPath[str]
) -> Page:
    """Change one on file; a sealed field left empty keeps its value."""
    return await _store(request, await _part(request, wanted, part, item))


async def _store(request: Any, part: Part) -> Page:
    unit, fields = unit_of(request), await submitted(request)
    try:
        given = _READERS[part.name](fields, part, unit)
    except FormRefused as refused:
        return _form(request, part, fields, refused.errors, 422)
    await change_passenger(unit, part.view, given, version=part.view.version)
    look = "" if all(one.is_usual for one in given.documents) else "&look=again"
    where = here(unit, part.view, f"?saved={part.name}{look}")
    return Redirect(address(request, where), status_code=303)


def _read_card(fields: dict[str, str], part: Part, unit: Unit) -> forms.PassengerInput:
    checks = forms.Checks()
    if fields.get("cvv"):
        checks.refuse("cvv", "passengers:cvv_not_accepted")
    card = forms.read_card(fields, unit.at.date(), item=part.item.id if part.item else None, checks=checks)
    checks.done()
    return forms.PassengerInput(cards=(card,))


def _read_bank(fields: dict[str, str], part: Part, unit: Unit) -> forms.PassengerInput:  # noqa: ARG001 -- one shape
    checks, was = forms.Checks(), part.item
    country = was.country if isinstance(was, Bank) else None
    bank = forms.read_bank(fields, item=was.id if was else None, country=country, checks=checks)
    checks.done()
    return forms.PassengerInput(banks=(bank,))


def _read_document(fields: dict[str, str], part: Part, unit: Unit) -> forms.PassengerInput:
    checks, was = forms.Checks(), part.item
    if was is None and fields.get("mrz"):
        pasted = forms.read_pasted_mrz(fields["mrz"], unit.at.date(), checks=checks)
        checks.done()
        if pasted is None:
            raise LookupError
        # The lines also know the birth date; it is taken only where none is on file.
        born = pasted.birth_date if part.view.birth_date.state == "absent" else None
        return forms.PassengerInput(documents=(pasted.document,), birth_date=born)
    on_file = forms.OnFile(was.kind, was.issuing_state) if isinstance(was, Document) else None
    document = forms.read_document(fields, item=was.id if was else None, on_file=on_file, checks=checks)
    checks.done()
    return forms.PassengerInput(documents=(document,))


_READERS = {"documents": _read_document, "cards": _read_card, "accounts": _read_bank}


@post("/passengers/{wanted:str}/{part:str}/{item:str}/remove", opt=allow(EDITS), include_in_schema=False)
async def remove_part(
    request: Request[Any, Any, Any], wanted: FromPath[str], part: FromPath[str], item: FromPath[str]
) -> Page:
    """Remove a document, card or bank account."""
    unit, about = unit_of(request), await _part(request, wanted, part, item)
    await submitted(request)
    if about.item is None:
        raise NotFound
    await _REMOVALS[part](unit, about.view, about.item.id)
    return Redirect(address(request, here(unit, about.view, "?saved=removed")), status_code=303)


PAGES = [new_part_page, add_part, edit_part_page, edit_part, remove_part]
