"""The blind indexes of a region: one over each strong column, declared in one place and opened with the region's key.

What is typed and what is stored go through the same normaliser, whose version is part of the index's key: a
new version is another index, and every row must be tagged anew.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from security.fields import FIELDS, Field
from security.vault.blind_index import STRONG_COLUMNS, BlindIndex, declare, index_key, tag
from security.vault.normalise import VERSION, NothingLeft, normalise_document, normalise_iban, normalise_pan

NAMES: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("travel_document", "number"): "document",
        ("payment_card", "number"): "card",
        ("bank_account", "iban"): "account",
    }
)
"""What the index over each strong column is called; the name is bound into its key."""

SEARCHABLE: Final = tuple(code for code, one in FIELDS.items() if (one.table, one.column) in STRONG_COLUMNS)
"""The field codes that may be searched by their whole value."""


@dataclass(frozen=True, slots=True)
class Tag:
    """The tag of one value in one index: short, shared by several rows on purpose."""

    index: BlindIndex
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Indexes:
    """The declared indexes of a region and their keys, which never print."""

    by_name: Mapping[str, BlindIndex]
    _keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def open(cls, blind_index_key: bytes, *, region: str, bits: int, expected_rows: int) -> "Indexes":
        """Declare every index for so many rows and open its key; raise `IndexRefused` for a wrong size."""
        declared = declare_all(bits=bits, expected_rows=expected_rows)
        keys = {name: index_key(blind_index_key, index, region=region) for name, index in declared.items()}
        return cls(declared, MappingProxyType(keys))

    def index_of(self, code: str) -> BlindIndex | None:
        """Return the index over this field's column, None where there is none."""
        about = FIELDS.get(code)
        return self.by_name.get(NAMES.get((about.table, about.column), "")) if about else None

    def tag_of(self, code: str, value: str, issuing_state: str) -> Tag | None:
        """Return the tag of a value, None for a field without an index or a value of which nothing is left."""
        index = self.index_of(code)
        if index is None:
            return None
        try:
            spelling = spelled(FIELDS[code], value, issuing_state)
        except NothingLeft:
            return None
        return Tag(index, tag(self._keys[index.name], spelling, bits=index.bits))


def declare_all(*, bits: int, expected_rows: int) -> Mapping[str, BlindIndex]:
    """Declare the index over each strong column; raise `IndexRefused` unless 2 ≤ rows / 2^bits ≤ √rows."""
    return MappingProxyType(
        {
            name: declare(BlindIndex(table, column, name, VERSION, bits), expected_rows=expected_rows)
            for (table, column), name in NAMES.items()
        }
    )


def spelled(about: Field, value: str, issuing_state: str) -> str:
    """Return the one spelling of a value; a document's has its issuing state. Raise `NothingLeft`."""
    if about.table == "payment_card":
        return normalise_pan(value)
    if about.table == "bank_account":
        return normalise_iban(value)
    return normalise_document(value, issuing_state)


def same(about: Field, wanted: str, value: str, issuing_state: str) -> bool:
    """Say in constant time whether a value is the one wanted, which is spelled already."""
    try:
        found = spelled(about, value, issuing_state)
    except NothingLeft:
        found = ""
    return hmac.compare_digest(found.encode(), wanted.encode())
