"""Sealing as the keeper does it: a data key per subject and class, an envelope per value, a mask beside it."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from portal.demo.passengers import Person
from portal.web.ids import new_id
from security.fields import FIELDS, Field, document_field
from security.keeper.seal import mask_of
from security.vault.custody import Custody
from security.vault.envelope import Context, seal
from security.vault.keys import new_key, wrap_dek


@dataclass(frozen=True, slots=True)
class DataKey:
    """A subject's key of one class, wrapped by the region's KEK."""

    id: UUID
    key_class: str
    kek_id: UUID
    wrapped: bytes = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedValue:
    """One sealed value: its field, row, envelope, and what remains to be seen of it."""

    field: str
    row: UUID
    dek: UUID
    envelope: bytes = dataclasses.field(repr=False)
    mask: str | None = dataclasses.field(repr=False)
    label: str | None = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedPerson:
    """A passenger with everything that was sealed, and the keys it was sealed with."""

    person: Person
    keys: tuple[DataKey, ...]
    values: Mapping[tuple[str, UUID], SealedValue]

    def envelope(self, code: str, row: UUID) -> bytes:
        """Give the envelope of a field."""
        return self.values[code, row].envelope


def values_of(person: Person) -> Iterator[tuple[str, UUID, str]]:
    """Give what a passenger has to be sealed: field, row, value."""
    yield "birth_date", person.id, person.born.isoformat()
    for paper in person.papers:
        yield document_field(paper.kind), paper.id, paper.number
    for card in person.cards:
        yield "card.number", card.id, card.number
        yield "card.expiry", card.id, card.expiry
        yield "card.holder", card.id, card.holder
    for bank in person.banks:
        yield "iban", bank.id, bank.iban
        yield "bic", bank.id, bank.bic


def seal_person(custody: Custody, person: Person) -> SealedPerson:
    """Seal everything of one passenger under new keys."""
    opened: dict[str, tuple[DataKey, bytes]] = {}
    values: dict[tuple[str, UUID], SealedValue] = {}
    for code, row, value in values_of(person):
        about = FIELDS[code]
        if about.key_class not in opened:
            opened[about.key_class] = _made(custody, about.key_class)
        key, dek = opened[about.key_class]
        values[code, row] = _sealed(custody.region, about, row, value, key.id, dek)
    return SealedPerson(person, tuple(key for key, _ in opened.values()), values)


def _made(custody: Custody, key_class: str) -> tuple[DataKey, bytes]:
    dek, dek_id = new_key(), new_id()
    wrapped = wrap_dek(dek, dek_id=dek_id, kek=custody.kek, kek_id=custody.kek_id, region=custody.region)
    return DataKey(dek_id, key_class, custody.kek_id, wrapped), dek


def _sealed(region: str, about: Field, row: UUID, value: str, dek_id: UUID, dek: bytes) -> SealedValue:
    context = Context(region, about.table, about.column, row)
    envelope = seal(value.encode(), dek=dek, dek_id=dek_id, context=context)
    mask, label = mask_of(about, value)
    return SealedValue(about.code, row, dek_id, envelope, mask, label)
