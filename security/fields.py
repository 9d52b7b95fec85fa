"""The fields that are sealed: their codes, and the table and column bound into every envelope.

Source: the design's access page. A table or column name here may never change: envelopes already sealed
carry it in their context and would not open under another name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

KeyClass = Literal["document", "payment"]
"""Which data key of the subject seals the field."""

DOCUMENT_KINDS: Final = ("passport", "visa", "national_id", "residence_permit", "known_traveller")
"""The kinds of travel document; each has the field `<kind>.number`."""

SCAN: Final = "document.scan"
"""Scans of travel documents: not one envelope but many chunks (`security.vault.chunks`), sealed and opened apart."""

OPEN_FIELDS: Final = ("name", "contact")
"""Field groups that the matrix answers for although they are not sealed: desks search and mail them."""


@dataclass(frozen=True, slots=True)
class Field:
    """One sealed field: its code, where its envelope lies, its key class, and whether it has a mask."""

    code: str
    table: str
    column: str
    key_class: KeyClass
    maskable: bool


class UnknownField(Exception):  # noqa: N818 - errors are named for what was refused
    """A field code that is not one of `FIELDS`; carries no value, since a caller may have sent one."""

    code = "passengers:unknown_field"


class UnknownDocumentKind(Exception):  # noqa: N818 - errors are named for what was refused
    """A kind of document that is not one of `DOCUMENT_KINDS`."""

    code = "passengers:unknown_document_kind"


def document_field(kind: str) -> str:
    """Return the field code of a document kind's number; raise `UnknownDocumentKind`."""
    if kind not in DOCUMENT_KINDS:
        raise UnknownDocumentKind
    return f"{kind}.number"


def field_of(code: str) -> Field:
    """Return the sealed field of this code; raise `UnknownField`."""
    field = FIELDS.get(code)
    if field is None:
        raise UnknownField
    return field


_ALL: Final = (
    *(
        Field(f"{kind}.number", "travel_document", "number", "document", maskable=True)
        for kind in DOCUMENT_KINDS
    ),
    Field("birth_date", "passenger", "birth_date", "document", maskable=False),
    Field("card.number", "payment_card", "number", "payment", maskable=True),
    Field("card.expiry", "payment_card", "expiry", "payment", maskable=False),
    Field("card.holder", "payment_card", "holder", "payment", maskable=False),
    Field("iban", "bank_account", "iban", "payment", maskable=True),
    Field("document.scan", "document_scan", "content", "document", maskable=False),
    Field("bic", "bank_account", "bic", "payment", maskable=False),
)

FIELDS: Final[Mapping[str, Field]] = MappingProxyType({field.code: field for field in _ALL})
"""Every sealed field by code, in the order in which people read them."""

SEALED_COLUMNS: Final = frozenset((field.table, field.column) for field in _ALL)
"""Every (table, column) that holds envelopes."""
