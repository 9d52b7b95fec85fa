"""Sealing: a value and the row it will stand in go in; an envelope, a mask and an entry come out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
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


async def seal_items(held: Held, ask: Seal, at: datetime) -> SealedItems:
    """Seal each item; answers only when the ledger covers all.

    Refusals: `passengers:not_yours`, `passengers:unknown_field`, `passengers:value_too_long`.
    """
    caller = await session_of(held.gate.pool, ask.token, at)
    fields = [_field(item) for item in ask.items]
    try:
        keys = await _keys(held, caller, ask, {field.key_class for field in fields})
    except Refusal as refusal:
        await _record_refusal(held, caller, ask, refusal)
        raise
    opened = {key_class: key.unwrap(held.custody) for key_class, key in keys.items()}
    sealed = [
        _seal(held.region, item, field, keys[field.key_class], opened[field.key_class])
        for item, field in zip(ask.items, fields, strict=True)
    ]
    await held.sequencer.append_many(
        [_facts(caller, ask, item, keys[FIELDS[item.field].key_class].id) for item in ask.items]
    )
    await tag_sealed(held, ask)
    return SealedItems(sealed)


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


async def _keys(held: Held, caller: Session, ask: Seal, classes: Iterable[str]) -> dict[str, SubjectKey]:
    rows = [item.row for item in ask.items]
    known = await held.gate.pool.fetchrow(_MAIN, ask.subject, rows)
    if (
        not may_edit(caller, ask.subject, ask.org)
        or known is None
        or known["foreign_row"]
        or not _rows_fit(ask)
    ):
        raise Refusal(NOT_YOURS, 403)
    # A subject that is not there yet is about to be made by web; the key store remembers its organisation.
    if known["org"] is not None and known["org"] != ask.org:
        raise Refusal(NOT_YOURS, 403)
    return await claim(held.keys, held.custody, ask.subject, ask.org, rows, sorted(classes))


def may_edit(caller: Session, subject: UUID, org: UUID) -> bool:
    """Whether this person may seal values of this subject of this organisation."""
    if caller.role == "traveller":
        return caller.passenger == subject and caller.org == org
    return caller.role in EDITORS and caller.org == org


def _rows_fit(ask: Seal) -> bool:
    """Check that a value of the passenger's own row goes there, and any other elsewhere."""
    return all((FIELDS[item.field].table == "passenger") == (item.row == ask.subject) for item in ask.items)


def _seal(region: str, item: SealItem, field: Field, key: SubjectKey, dek: bytes) -> Sealed:
    context = Context(region, field.table, field.column, item.row)
    envelope = seal(item.value.encode(), dek=dek, dek_id=key.id, context=context)
    mask, label = mask_of(field, item.value)
    return Sealed(item.field, item.row, envelope, mask, label)


def _facts(caller: Session, ask: Seal, item: SealItem, key_id: UUID) -> Facts:
    kind = kind_of_field(item.field, "sealed")
    return caller.facts(kind, ask.request, subject=ask.subject, field=item.field, dek=key_id)


async def _record_refusal(held: Held, caller: Session, ask: Seal, refusal: Refusal) -> None:
    document = {"refusal": refusal.code}
    await held.sequencer.append_many(
        [
            caller.facts(
                kind_of_field(field, "sealed"),
                ask.request,
                decision="deny",
                subject=ask.subject,
                field=field,
                document=document,
            )
            for field in sorted({item.field for item in ask.items})
        ]
    )
