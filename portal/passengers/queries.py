"""What may be asked about passengers: rows by row-level security, masks by the role's grants, never an envelope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from portal.passengers.tables import Passenger
from portal.passengers.window import in_window_now
from portal.web.in_force import matrix_of
from portal.web.refusals import Refusal
from portal.web.unit import Unit
from security.fields import DOCUMENT_KINDS, FIELDS, SCAN, document_field
from security.policy.decide import purposes_open
from security.policy.rule import Matrix


class PassengerNotFound(Refusal):
    """No such passenger, or none that this actor may see: the two look alike."""

    code = "passengers:not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed field as everybody sees it: `state` absent, hidden or masked; purposes open to the reader now."""

    state: str
    mask: str | None = None
    reveal: tuple[str, ...] = ()


HIDDEN = Sealed("hidden")


def full_name(given: str, family: str, order: str) -> str:
    """Put a name in its own order (`given_first` or `family_first`)."""
    return (f"{given} {family}" if order == "given_first" else f"{family} {given}").strip()


@dataclass(frozen=True, slots=True)
class Document:
    """A travel document; kind, state and expiry are in the clear."""

    id: UUID
    kind: str
    issuing_state: str
    expires_on: date | None
    number: Sealed


@dataclass(frozen=True, slots=True)
class Card:
    """A payment card; the brand is part of its mask."""

    id: UUID
    brand: str | None
    number: Sealed
    expiry: Sealed
    holder: Sealed


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank account; the country is part of its mask."""

    id: UUID
    country: str | None
    iban: Sealed
    bic: Sealed


@dataclass(slots=True)
class PassengerView:
    """A passenger as one actor may see it."""

    id: UUID
    org: UUID
    given: str
    family: str
    native: str
    order: str
    email: str
    phone: str
    nationality: str
    version: int
    birth_date: Sealed = HIDDEN
    documents: list[Document] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    banks: list[Bank] = field(default_factory=list)
    scans: dict[UUID, Sealed] = field(default_factory=dict)  # of documents; only where they are asked for

    @property
    def name(self) -> str:
        """The name in its own order."""
        return full_name(self.given, self.family, self.order)


COLUMNS = (
    "id, org_id, given_name, family_name, native_name, name_order, email, phone, nationality,"
    " version, birth_date_stored, sort_key"
)


async def passenger(unit: Unit, wanted: UUID) -> PassengerView:
    """Give one passenger with everything this actor may see. Raises PassengerNotFound."""
    rows = await unit.connection.fetch(f"select {COLUMNS} from passenger where id = $1", wanted)  # noqa: S608 -- only columns
    if not rows:
        raise PassengerNotFound
    return (await with_sealed(unit, rows))[0]


async def passengers_of(unit: Unit, ids: Sequence[UUID]) -> list[PassengerView]:
    """Give these passengers with their documents' masks, in name order; those the actor may not see are left out."""
    sql = f"select {COLUMNS} from passenger where id = any($1) order by sort_key, id"  # noqa: S608 -- only columns
    rows = await unit.connection.fetch(sql, list(ids))
    return await with_sealed(unit, rows) if rows else []


async def names_of(ids: Sequence[UUID]) -> dict[UUID, str]:
    """Give the names of passengers this actor may see, by id."""
    columns = (Passenger.id, Passenger.given_name, Passenger.family_name, Passenger.name_order)
    rows = await Passenger.select(*columns).where(Passenger.id.is_in(list(ids))) if ids else []
    named = {}
    for row in rows:
        named[row["id"]] = full_name(row["given_name"], row["family_name"], row["name_order"])
    return named


async def with_sealed(unit: Unit, rows: Sequence[Any]) -> list[PassengerView]:
    """Add to each passenger the masks granted to this role; no decryption happens anywhere on this path."""
    ids = [row["id"] for row in rows]
    if not ids:
        return []
    see = Sight(unit, await in_window_now(unit, ids))
    views = {row["id"]: _view(row, see) for row in rows}
    for row in await unit.connection.fetch(_documents_sql(see.matrix, unit.who.role), ids):
        views[row["passenger_id"]].documents.append(_document(row, see))
    for row in await unit.connection.fetch(_cards_sql(see.matrix, unit.who.role), ids):
        views[row["passenger_id"]].cards.append(_card(row, see))
    for row in await unit.connection.fetch(_banks_sql(see.matrix, unit.who.role), ids):
        views[row["passenger_id"]].banks.append(_bank(row, see))
    return list(views.values())


class Sight:
    """Turns "stored, mask" into what this actor sees, remembering the matrix's answer per field."""

    def __init__(self, unit: Unit, flying: frozenset[UUID]) -> None:
        self.actor = unit.who
        self.flying = flying
        self.matrix = matrix_of(self.actor)
        self._hidden = {code: self.matrix.rule(self.actor.role, code).tier == "hidden" for code in FIELDS}
        self._known: dict[tuple[str, bool, bool], tuple[str, ...]] = {}

    def sealed(self, owner: UUID, code: str, *, stored: bool, mask: str | None) -> Sealed:
        """Give the sealed field of one owner."""
        if self._hidden[code]:
            return HIDDEN
        if not stored:
            return Sealed("absent")
        key = (code, owner == self.actor.passenger, owner in self.flying)
        if key not in self._known:
            self._known[key] = purposes_open(
                role=self.actor.role,
                field=code,
                is_own=key[1],
                in_window=key[2],
                second_person=False,
                stored=True,
                place=self.actor.region,
                matrix=self.matrix,
            )
        return Sealed("masked", mask, self._known[key])


def _view(row: Any, see: Sight) -> PassengerView:
    return PassengerView(
        id=row["id"],
        org=row["org_id"],
        given=row["given_name"],
        family=row["family_name"],
        native=row["native_name"],
        order=row["name_order"],
        email=row["email"],
        phone=row["phone"],
        nationality=row["nationality"],
        version=row["version"],
        birth_date=see.sealed(row["id"], "birth_date", stored=row["birth_date_stored"], mask=None),
    )


def _document(row: Any, see: Sight) -> Document:
    code = f"{row['kind']}.number"
    number = see.sealed(row["passenger_id"], code, stored=row["number_stored"], mask=row["mask"])
    return Document(row["id"], row["kind"], row["issuing_state"], row["expires_on"], number)


def _card(row: Any, see: Sight) -> Card:
    owner = row["passenger_id"]
    return Card(
        row["id"],
        row["brand"],
        see.sealed(owner, "card.number", stored=row["number_stored"], mask=row["mask"]),
        see.sealed(owner, "card.expiry", stored=row["expiry_stored"], mask=None),
        see.sealed(owner, "card.holder", stored=row["holder_stored"], mask=None),
    )


def _bank(row: Any, see: Sight) -> Bank:
    iban = see.sealed(row["passenger_id"], "iban", stored=row["iban_stored"], mask=row["mask"])
    bic = see.sealed(row["passenger_id"], "bic", stored=row["bic_stored"], mask=None)
    return Bank(row["id"], row["country"], iban, bic)


def _hidden(matrix: Matrix, role: str, code: str) -> bool:
    return matrix.rule(role, code).tier == "hidden"


def document_mask(matrix: Matrix, role: str) -> tuple[str, str]:
    """Give the column of a document's mask and its join, for roles that hold the grant; else null and none."""
    hidden = all(_hidden(matrix, role, document_field(kind)) for kind in DOCUMENT_KINDS)
    return ("null::text", "") if hidden else ("m.mask", "left join document_mask m on m.id = d.id")


def _documents_sql(matrix: Matrix, role: str) -> str:
    """Join the mask only for roles that hold its grant: for others the database would refuse the whole query."""
    mask, join = document_mask(matrix, role)
    return (
        f"select d.id, d.passenger_id, d.kind, d.issuing_state, d.expires_on, d.number_stored, {mask} as mask"  # noqa: S608 -- constants
        f" from travel_document d {join} where d.passenger_id = any($1) order by d.id"
    )


def _cards_sql(matrix: Matrix, role: str) -> str:
    hidden = _hidden(matrix, role, "card.number")
    mask, join = ("null", "") if hidden else ("m.mask", "left join card_mask m on m.id = c.id")
    brand = "null" if hidden else "m.brand"
    return (
        f"select c.id, c.passenger_id, c.number_stored, c.expiry_stored, c.holder_stored, {mask} as mask,"  # noqa: S608 -- constants
        f" {brand} as brand from payment_card c {join} where c.passenger_id = any($1) order by c.id"
    )


def _banks_sql(matrix: Matrix, role: str) -> str:
    hidden = _hidden(matrix, role, "iban")
    mask, join = ("null", "") if hidden else ("m.mask", "left join iban_mask m on m.id = b.id")
    country = "null" if hidden else "m.country"
    return (
        f"select b.id, b.passenger_id, b.iban_stored, b.bic_stored, {mask} as mask, {country} as country"  # noqa: S608 -- constants
        f" from bank_account b {join} where b.passenger_id = any($1) order by b.id"
    )


def sealed_fields(view: PassengerView) -> Mapping[tuple[str, UUID], Sealed]:
    """Give every sealed field of a passenger by (field code, row)."""
    found: dict[tuple[str, UUID], Sealed] = {("birth_date", view.id): view.birth_date}
    for document in view.documents:
        found[f"{document.kind}.number", document.id] = document.number
    for card in view.cards:
        found["card.number", card.id] = card.number
        found["card.expiry", card.id] = card.expiry
        found["card.holder", card.id] = card.holder
    for bank in view.banks:
        found["iban", bank.id] = bank.iban
        found["bic", bank.id] = bank.bic
    found |= {(SCAN, scan): content for scan, content in view.scans.items()}
    return {key: value for key, value in found.items() if key[0] in FIELDS}
