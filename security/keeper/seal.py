"""Sealing: a value and the row it will stand in go in; an envelope, a mask and an entry come out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from audit.catalogue import kind_of_field
from audit.entry import Facts
from security.fields import FIELDS, SCAN, Field, UnknownField
from security.keeper.held import Held
from security.keeper.indexing import tag_sealed
from security.keeper.messages import MAX_VALUE
from security.keeper.subject_keys import NOT_YOURS, SubjectKey, claim
from security.keeper.vault_messages import Seal, Sealed, SealedItems, SealItem
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session, session_of
from security.vault.envelope import Context, seal
from security.vault.masks import mask_card, mask_document, mask_iban

EDITORS: Final = frozenset({"booker", "client_admin"})
_MAIN = """
select (select org_id from gate_subject where subject_id = $1) as org,
       exists (select 1 from gate_sealed where row_id = any ($2) and subject_id <> $1) as foreign_row
"""


@dataclass(frozen=True, slots=True)
class Sealing:
    """Whose values are to be sealed, whether whoever asks may, and how each act is stated."""

    subject: UUID
    org: UUID
    items: Sequence[SealItem] = field(repr=False)
    allowed: bool
    state: Callable[..., Facts]


async def seal_items(held: Held, ask: Seal, at: datetime) -> SealedItems:
    """Seal each item; answers only when the ledger covers all.

    Refusals: `passengers:not_yours`, `passengers:unknown_field`, `passengers:value_too_long`.
    """
    caller = await session_of(held.gate.pool, ask.token, at)
    state = partial(_stated_by, caller, ask)
    return SealedItems(
        await seal_all(
            held, Sealing(ask.subject, ask.org, ask.items, may_edit(caller, ask.subject, ask.org), state)
        )
    )


async def seal_all(held: Held, sealing: Sealing) -> list[Sealed]:
    """Seal as asked by a session or under a one-time link; the refusals are those of `seal_items`."""
    fields = [_field(item) for item in sealing.items]
    try:
        keys = await _keys(held, sealing, {field.key_class for field in fields})
    except Refusal as refusal:
        await _record_refusal(held, sealing, refusal)
        raise
    opened = {
        key_class: (await held.org_keys.agreed(key, held.custody)).unwrap(held.custody)
        for key_class, key in keys.items()
    }
    sealed = [
        _seal(held.region, item, field, keys[field.key_class], opened[field.key_class])
        for item, field in zip(sealing.items, fields, strict=True)
    ]
    await held.sequencer.append_many(
        [_facts(sealing, item, keys[FIELDS[item.field].key_class].id) for item in sealing.items]
    )
    await tag_sealed(held, sealing.subject, sealing.items)
    return sealed


def mask_of(field: Field, value: str) -> tuple[str | None, str | None]:
    """Make the mask and the label (a card's brand, an IBAN's country) of a value, None for none."""
    if field.code == "card.number":
        brand, mask = mask_card(value)
        return mask, brand
    if field.code == "iban":
        country, mask = mask_iban(value)
        return mask, country
    return (mask_document(value) if field.maskable else None), None


def _field(item: SealItem) -> Field:
    field = FIELDS.get(item.field)
    if field is None or field.code == SCAN:  # a scan is sealed in chunks
        raise Refusal(UnknownField.code, 422)
    if len(item.value.encode()) > MAX_VALUE:
        raise Refusal("passengers:value_too_long", 422, field=field.code)
    return field


async def _keys(held: Held, sealing: Sealing, classes: Iterable[str]) -> dict[str, SubjectKey]:
    rows = [item.row for item in sealing.items]
    known = await held.gate.pool.fetchrow(_MAIN, sealing.subject, rows)
    if not sealing.allowed or known is None or known["foreign_row"] or not _rows_fit(sealing):
        raise Refusal(NOT_YOURS, 403)
    # A subject that is not there yet is about to be made by web; the key store remembers its organisation.
    if known["org"] is not None and known["org"] != sealing.org:
        raise Refusal(NOT_YOURS, 403)
    org_key = await held.org_keys.current(sealing.org)
    return await claim(held.keys, held.custody, sealing.subject, sealing.org, rows, sorted(classes), org_key)


def may_edit(caller: Session, subject: UUID, org: UUID) -> bool:
    """Whether this person may seal values of this subject of this organisation."""
    if caller.role == "traveller":
        return caller.passenger == subject and caller.org == org
    return caller.role in EDITORS and caller.org == org


def _rows_fit(sealing: Sealing) -> bool:
    """Check that a value of the passenger's own row goes there, and any other elsewhere."""
    return all(
        (FIELDS[item.field].table == "passenger") == (item.row == sealing.subject) for item in sealing.items
    )


def _seal(region: str, item: SealItem, field: Field, key: SubjectKey, dek: bytes) -> Sealed:
    context = Context(region, field.table, field.column, item.row)
    envelope = seal(item.value.encode(), dek=dek, dek_id=key.id, context=context)
    mask, label = mask_of(field, item.value)
    return Sealed(item.field, item.row, envelope, mask, label)


def _stated_by(caller: Session, ask: Seal, kind: str, **more: Any) -> Facts:
    return caller.facts(kind, ask.request, subject=ask.subject, **more)


def _facts(sealing: Sealing, item: SealItem, key_id: UUID) -> Facts:
    return sealing.state(kind_of_field(item.field, "sealed"), field=item.field, dek=key_id)


async def _record_refusal(held: Held, sealing: Sealing, refusal: Refusal) -> None:
    document = {"refusal": refusal.code}
    await held.sequencer.append_many(
        [
            sealing.state(kind_of_field(field, "sealed"), field=field, decision="deny", document=document)
            for field in sorted({item.field for item in sealing.items})
        ]
    )
