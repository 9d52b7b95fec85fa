"""Searching by a whole number, or by the last four digits of a card: what is asked, checked, and who is found."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from i18n.messages import N_
from portal.passengers.queries import PassengerView, Sealed, passengers_of
from portal.passengers.rules import state_problem
from portal.passengers.words import FIELD_NAMES, PURPOSE_NAMES
from portal.web.forms import plain_line
from portal.web.in_force import matrix_of
from portal.web.refusals import FormRefused
from portal.web.unit import Unit
from portal.web.views import record_view
from security.actor import DESK_ROLES
from security.policy.finding import SEARCHABLE, finding_purposes
from security.policy.rule import Matrix
from security.policy.versions import KNOWN
from security.vault.normalise import digits

LAST_FOUR: Final = "card.last_four"
"""Searched on the mask; every other field goes to the keeper's blind index."""
NAMES: Final[Mapping[str, str]] = {
    **{code: FIELD_NAMES[code] for code in SEARCHABLE},
    LAST_FOUR: N_("Last four digits of a card"),
}
MOST: Final = 50
_FOUR: Final = 4
_ON_MASK: Final = "select passenger_id from card_mask where right(mask, 4) = $1 order by id limit $2"


@dataclass(frozen=True, slots=True)
class Box:
    """What the search box offers a role: (code, English name) of fields and purposes."""

    fields: tuple[tuple[str, str], ...]
    purposes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sought:
    """What is searched for; the number never prints."""

    field: str
    number: str = dataclasses.field(repr=False)
    issuing_state: str
    purpose: str

    @property
    def on_mask(self) -> bool:
        """Whether this is looked for on the masks, not in the index."""
        return self.field == LAST_FOUR


def asks_of(unit: Unit) -> tuple[str, str, str]:
    """Give what the search box depends on: role, the hash of the matrix in force, and where it is asked."""
    return unit.who.role, unit.who.matrix, unit.settings.region


@lru_cache(maxsize=256)
def box_of(role: str, digest: str, place: str) -> Box:
    """Give what a role may search by under the matrix of this hash; nothing for a role that may not search at all."""
    matrix = KNOWN[digest]
    offered = {code: finding_purposes(role, code, place=place, matrix=matrix) for code in SEARCHABLE}
    codes = [code for code, purposes in offered.items() if purposes]
    fields = [(code, NAMES[code]) for code in (*codes, *_last_four(role, matrix))]
    named = {purpose for purposes in offered.values() for purpose in purposes}
    return Box(tuple(fields), tuple((code, name) for code, name in PURPOSE_NAMES.items() if code in named))


def _last_four(role: str, matrix: Matrix) -> tuple[str, ...]:
    masked = role in DESK_ROLES and matrix.rule(role, "card.number").tier == "masked"
    return (LAST_FOUR,) if masked else ()


def read_sought(fields: Mapping[str, str]) -> Sought:
    """Check what was submitted. Raises FormRefused; the number is in none of its fields."""
    what, purpose = fields.get("field", ""), fields.get("purpose", "")
    number, state = plain_line(fields.get("number", "")), fields.get("issuing_state", "").strip().upper()
    errors = {}
    if what not in NAMES:
        errors["field"] = "passengers:not_searchable"
    if not number:
        errors["number"] = "passengers:bad_search"
    if what == LAST_FOUR and len(digits(number)) != _FOUR:
        errors["number"] = "passengers:bad_last_four"
    if what in NAMES and what != LAST_FOUR and purpose not in PURPOSE_NAMES:
        errors["purpose"] = "passengers:unknown_purpose"
    if is_document(what) and state_problem(state):
        errors["issuing_state"] = "passengers:state_required"
    if errors:
        raise FormRefused(errors)
    return Sought(what, number, state if is_document(what) else "", purpose)


def is_document(code: str) -> bool:
    """Say whether a field is a document's number, to which an issuing state belongs."""
    return code in NAMES and not code.startswith(("card.", "iban"))


async def found_on_mask(unit: Unit, sought: Sought) -> list[PassengerView]:
    """Give the holders of cards that end so, as far as row-level security shows them, and record the view."""
    if not _last_four(unit.who.role, matrix_of(unit.who)):
        return []
    rows = await unit.connection.fetch(_ON_MASK, digits(sought.number), MOST)
    views = await passengers_of(unit, [row["passenger_id"] for row in rows])
    if views:
        shown = [view.id for view in views]
        await record_view(unit, "passengers:list:viewed", field="passenger", tier="masked", members=shown)
    return views


def matching(view: PassengerView, sought: str) -> Sequence[Sealed]:
    """Give the masks among which the value found is: of the same kind, and of this passenger."""
    if sought == "iban":
        return [bank.iban for bank in view.banks]
    if sought.startswith("card."):
        return [card.number for card in view.cards]
    return [document.number for document in view.documents if f"{document.kind}.number" == sought]
