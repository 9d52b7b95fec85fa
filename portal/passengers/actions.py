"""What is done with passengers: seal first, then store rows and masks and the entry in one transaction."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

from portal.passengers.forms import BankInput, CardInput, DocumentInput, PassengerInput, Profile
from portal.passengers.queries import PassengerView
from portal.passengers.sorting import sort_key
from portal.passengers.tables import BankAccount, Passenger, PaymentCard, TravelDocument
from portal.web.ids import new_id
from portal.web.refusals import Refusal, Stale
from portal.web.unit import Unit
from security.fields import document_field
from security.keeper.client import Sealed, SealItem

Sealer = Callable[[list[SealItem]], Awaitable[list[Sealed]]]


class UnknownItem(Refusal):
    """A document, card or account that does not belong to this passenger."""

    code = "passengers:unknown_item"
    status = 404


async def create_passenger(unit: Unit, org: UUID, given: PassengerInput) -> UUID:
    """Make a passenger of an organisation with everything submitted. One entry, and one a sealed field."""
    made = new_id()
    sealed = await _seal(unit, made, org, given, {})
    profile = given.profile or Profile()
    await Passenger.insert(
        Passenger(
            id=made,
            org_id=org,
            **_columns(profile),
            birth_date=sealed.birth_date,
            version=1,
            created_at=unit.at,
            updated_at=unit.at,
        )
    )
    await sealed.store(unit, made, org)
    await unit.record("passengers:profile:created", subject=made, field="passenger")
    return made


async def change_passenger(
    unit: Unit,
    was: PassengerView,
    given: PassengerInput,
    *,
    version: int,
    sealer: Sealer | None = None,
) -> None:
    """Change a passenger that was read at `version`; `sealer` if not the session seals. Raises Stale, UnknownItem."""
    kinds = {d.id: d.kind for d in was.documents}
    own: set[UUID] = {d.id for d in was.documents} | {c.id for c in was.cards} | {b.id for b in was.banks}
    if any(item.id not in own for item in given.items if item.id):
        raise UnknownItem
    sealed = await _seal(unit, was.id, was.org, given, kinds, sealer)
    values: dict[str, Any] = _columns(given.profile) if given.profile else {}
    if sealed.birth_date is not None:
        values["birth_date"] = sealed.birth_date
    await _bump(unit, was.id, version, values)
    await sealed.store(unit, was.id, was.org)
    await unit.record("passengers:profile:changed", subject=was.id, field="passenger")


async def remove_document(unit: Unit, was: PassengerView, document: UUID) -> None:
    """Remove a travel document, its mask and its envelope. Raises UnknownItem."""
    if document not in {d.id for d in was.documents}:
        raise UnknownItem
    await TravelDocument.delete().where(TravelDocument.id == document)
    await _bump(unit, was.id, was.version, {})
    await unit.record("passengers:document:removed", subject=was.id, field="document")


async def remove_card(unit: Unit, was: PassengerView, card: UUID) -> None:
    """Remove a payment card. Raises UnknownItem."""
    if card not in {c.id for c in was.cards}:
        raise UnknownItem
    await PaymentCard.delete().where(PaymentCard.id == card)
    await _bump(unit, was.id, was.version, {})
    await unit.record("passengers:card:removed", subject=was.id, field="card")


async def remove_bank_account(unit: Unit, was: PassengerView, account: UUID) -> None:
    """Remove a bank account. Raises UnknownItem."""
    if account not in {b.id for b in was.banks}:
        raise UnknownItem
    await BankAccount.delete().where(BankAccount.id == account)
    await _bump(unit, was.id, was.version, {})
    await unit.record("passengers:bank-account:removed", subject=was.id, field="iban")


async def remove_birth_date(unit: Unit, was: PassengerView) -> None:
    """Remove the date of birth and its envelope."""
    await _bump(unit, was.id, was.version, {"birth_date": None})
    await unit.record("passengers:birth-date:removed", subject=was.id, field="birth_date")


def _columns(profile: Profile) -> dict[str, Any]:
    return {
        "given_name": profile.given,
        "family_name": profile.family,
        "native_name": profile.native,
        "name_order": profile.order,
        "email": profile.email,
        "phone": profile.phone,
        "nationality": profile.nationality,
        "sort_key": sort_key(profile.family, profile.given, profile.native),
    }


async def _bump(unit: Unit, passenger: UUID, version: int, values: dict[str, Any]) -> None:
    """Write the row only if it still is at the version that was read."""
    row: dict[Any, Any] = {"version": version + 1, "updated_at": unit.at, **values}
    changed = (
        await Passenger.update(row)
        .where((Passenger.id == passenger) & (Passenger.version == version))
        .returning(Passenger.id)
    )
    if not changed:
        raise Stale


class _SealedInput:
    """What came back from the keeper, matched with what was submitted."""

    def __init__(self, given: PassengerInput, rows: dict[int, UUID], answers: list[Sealed]) -> None:
        self.given = given
        self.rows = rows
        self.by = {(answer.field, answer.row): answer for answer in answers}

    @property
    def birth_date(self) -> bytes | None:
        """The sealed birth date, if one was submitted."""
        return next((a.envelope for (code, _), a in self.by.items() if code == "birth_date"), None)

    async def store(self, unit: Unit, passenger: UUID, org: UUID) -> None:
        """Write documents, cards and accounts with their masks."""
        for document in self.given.documents:
            await _store_document(unit, self, document, passenger, org)
        for card in self.given.cards:
            await _store_card(unit, self, card, passenger, org)
        for bank in self.given.banks:
            await _store_bank(unit, self, bank, passenger, org)

    def row(self, item: object) -> UUID:
        """Give the row id of a submitted item, new or old."""
        return self.rows[id(item)]

    def answer(self, code: str, item: object) -> Sealed | None:
        """Give the sealed value of an item's field, if it was submitted."""
        return next(
            (a for (c, row), a in self.by.items() if row == self.row(item) and c.endswith(code)), None
        )


async def _seal(
    unit: Unit,
    passenger: UUID,
    org: UUID,
    given: PassengerInput,
    kinds: dict[UUID, str],
    sealer: Sealer | None = None,
) -> _SealedInput:
    """Have every submitted value sealed in one call; row ids are made first, because envelopes bind them."""
    rows = {id(item): item.id or new_id() for item in given.items}
    items: list[SealItem] = []

    def add(code: str, row: UUID, value: str | None, state: str = "") -> None:
        if value:
            items.append(SealItem(field=code, row=row, value=value, issuing_state=state))

    add("birth_date", passenger, given.birth_date.isoformat() if given.birth_date else None)
    for document in given.documents:
        # A document keeps its kind: the field code is what the matrix decides by.
        kind = kinds.get(document.id) if document.id else document.kind
        add(
            document_field(kind or "passport"),
            rows[id(document)],
            document.number,
            document.issuing_state or "",
        )
    for card in given.cards:
        for code, value in (("number", card.number), ("expiry", card.expiry), ("holder", card.holder)):
            add(f"card.{code}", rows[id(card)], value)
    for bank in given.banks:
        for code, value in (("iban", bank.iban), ("bic", bank.bic)):
            add(code, rows[id(bank)], value)
    seal = sealer or partial(unit.keeper.seal, unit.credential, unit.request, passenger, org)
    answers = await seal(items) if items else []
    return _SealedInput(given, rows, answers)


async def _store_document(
    unit: Unit, sealed: _SealedInput, item: DocumentInput, passenger: UUID, org: UUID
) -> None:
    row, number = sealed.row(item), sealed.answer("number", item)
    if item.id is None:
        await TravelDocument.insert(
            TravelDocument(
                id=row,
                passenger_id=passenger,
                org_id=org,
                kind=item.kind,
                issuing_state=item.issuing_state,
                expires_on=item.expires_on,
                number=number.envelope if number else None,
                created_at=unit.at,
            )
        )
    else:
        given = {
            "issuing_state": item.issuing_state,
            "expires_on": item.expires_on,
            "number": number and number.envelope,
        }
        values: dict[Any, Any] = {name: value for name, value in given.items() if value is not None}
        if values:
            await TravelDocument.update(values).where(TravelDocument.id == row)
    if number and number.mask:
        await _put_mask(unit, "document_mask", row, passenger, org, {"mask": number.mask})


async def _store_card(unit: Unit, sealed: _SealedInput, item: CardInput, passenger: UUID, org: UUID) -> None:
    row = sealed.row(item)
    number = sealed.answer("card.number", item)
    parts = {name: sealed.answer(f"card.{name}", item) for name in ("number", "expiry", "holder")}
    values: dict[Any, Any] = {name: part.envelope for name, part in parts.items() if part}
    if item.id is None:
        await PaymentCard.insert(
            PaymentCard(id=row, passenger_id=passenger, org_id=org, created_at=unit.at, **values)
        )
    elif values:
        await PaymentCard.update(values).where(PaymentCard.id == row)
    if number and number.mask:
        await _put_mask(
            unit, "card_mask", row, passenger, org, {"brand": number.label or "other", "mask": number.mask}
        )


async def _store_bank(unit: Unit, sealed: _SealedInput, item: BankInput, passenger: UUID, org: UUID) -> None:
    row = sealed.row(item)
    parts = {name: sealed.answer(name, item) for name in ("iban", "bic")}
    values: dict[Any, Any] = {name: part.envelope for name, part in parts.items() if part}
    if item.id is None:
        made = BankAccount(
            id=row,
            passenger_id=passenger,
            org_id=org,
            iban=values.get("iban"),
            bic=values.get("bic"),
            created_at=unit.at,
        )
        await BankAccount.insert(made)
    elif values:
        await BankAccount.update(values).where(BankAccount.id == row)
    iban = parts["iban"]
    if iban and iban.mask:
        await _put_mask(
            unit, "iban_mask", row, passenger, org, {"country": iban.label or "", "mask": iban.mask}
        )


async def _put_mask(
    unit: Unit, table: str, row: UUID, passenger: UUID, org: UUID, values: dict[str, str]
) -> None:
    """Insert or replace a mask (Piccolo's upsert would need a grant on columns that web may not read)."""
    names, places = list(values), [f"${i + 4}" for i in range(len(values))]
    await unit.connection.execute(
        f"insert into {table} (id, passenger_id, org_id, {', '.join(names)}) values ($1, $2, $3, {', '.join(places)})"  # noqa: S608 -- table and columns are constants of this file
        f" on conflict (id) do update set {', '.join(f'{name} = excluded.{name}' for name in names)}",
        row,
        passenger,
        org,
        *values.values(),
    )
