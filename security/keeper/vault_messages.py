"""Sealing and revealing: what is asked of the keeper's vault, and what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from security.keeper.messages import MAX_ITEMS, MAX_VALUE, Line, Quiet, Token, Word

Value = Annotated[str, Meta(min_length=1, max_length=MAX_VALUE)]
Reason = Annotated[str, Meta(max_length=4000)]


class SealItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value to seal: field code, the row it will stand in, the value (at most 512 bytes of UTF-8)."""

    field: Word
    row: UUID
    value: Value
    issuing_state: Annotated[str, Meta(max_length=3)] = ""

    def __repr__(self) -> str:
        return f"<SealItem {self.field} {self.row}>"


class Seal(Quiet, frozen=True, tag="seal"):
    """Seal values of one subject, who is or will be of this organisation."""

    token: Token
    request: UUID
    subject: UUID
    org: UUID
    items: Annotated[list[SealItem], Meta(min_length=1, max_length=MAX_ITEMS)]


class Reveal(Quiet, frozen=True, tag="reveal"):
    """Open one field of one subject, for one purpose with one reference."""

    token: Token
    request: UUID
    subject: UUID
    field: Line
    row: UUID | None
    purpose: Line
    reference: Line
    reason: Reason


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sealed value: what web stores. `label` is a card's brand or an IBAN's country."""

    field: str
    row: UUID
    envelope: bytes
    mask: str | None
    label: str | None


class SealedItems(Quiet, frozen=True, tag="sealed"):
    """The sealed items, in the order in which they were asked."""

    items: list[Sealed]


class Opened(Quiet, frozen=True, tag="opened"):
    """An opened value with the proof of its entry."""

    value: str
    expires_at: datetime
    proof: str
    index: int
    leaf: str


VaultOperation = Seal | Reveal
VaultAnswer = SealedItems | Opened
