"""Sealing and revealing, as web asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from security.keeper.caller import Caller
from security.keeper.vault_messages import (
    Opened,
    Reveal,
    Seal,
    Sealed,
    SealedItems,
    SealItem,
)
from security.vault.clear_text import ClearText


@dataclass(frozen=True, slots=True)
class Revealed:
    """An opened value, hidden from print, until when it may be shown, and the proof of its entry."""

    value: ClearText
    expires_at: datetime
    proof: str
    index: int
    leaf: str


class VaultCalls(Caller):
    """Sealing and revealing, as web asks for them."""

    async def seal(
        self, token: str, request: UUID, subject: UUID, org: UUID, items: list[SealItem]
    ) -> list[Sealed]:
        """Seal values of one subject; each is an entry of the ledger before this returns."""
        return (await self._ask(Seal(token, request, subject, org, items), SealedItems)).items

    async def reveal(
        self,
        token: str,
        request: UUID,
        subject: UUID,
        field: str,
        row: UUID | None,
        purpose: str,
        reference: str,
        reason: str,
    ) -> Revealed:
        """Open one value; the refusals and their order are those of the access matrix."""
        ask = Reveal(token, request, subject, field, row, purpose, reference, reason)
        opened = await self._ask(ask, Opened)
        value = ClearText(opened.value)
        return Revealed(value, opened.expires_at, opened.proof, opened.index, opened.leaf)
