"""Scans, as web hands them in and reads them: pieces one after the other, each awaited."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from security.keeper.caller import Caller, KeeperRefused
from security.keeper.connection import KeeperUnavailable
from security.keeper.messages import Done
from security.keeper.scan_messages import (
    UPLOAD_BYTES,
    BeginScan,
    DropScan,
    EndScan,
    OpenScan,
    ReadPiece,
    ScanOpened,
    ScanPiece,
    ScanSealed,
    SealPiece,
)
from security.vault.chunk_sizes import CHUNK, chunks_of
from security.vault.clear_text import ClearBytes


@dataclass(frozen=True, slots=True)
class ScanView:
    """A scan that may be read until then, and the proof of its entry."""

    expires_at: datetime
    proof: str
    index: int
    leaf: str


class ScanCalls(Caller):
    """Scans, as web hands them in and reads them."""

    async def seal_scan(
        self, token: str, request: UUID, subject: UUID, org: UUID, row: UUID, content: bytes
    ) -> bytes:
        """Seal a scan into the store; give its head. It is an entry of the ledger before this returns.

        Refusals: `passengers:not_yours`, `scans:too_many_uploads`, `scans:upload_lost`.
        """
        upload = secrets.token_bytes(UPLOAD_BYTES)
        try:
            await self._ask(BeginScan(token, request, upload, subject, org, row, len(content)), Done)
            for index in range(chunks_of(len(content))):
                piece = content[index * CHUNK : (index + 1) * CHUNK]
                await self._ask(SealPiece(token, upload, index, piece), Done)
            return (await self._ask(EndScan(token, upload), ScanSealed)).head
        except BaseException:
            await self._drop(token, upload)
            raise

    async def open_scan(
        self, token: str, request: UUID, subject: UUID, row: UUID, purpose: str, reference: str, reason: str
    ) -> ScanView:
        """Open one scan for a minute; the refusals and their order are those of a reveal."""
        ask = OpenScan(token, request, subject, row, purpose, reference, reason)
        opened = await self._ask(ask, ScanOpened)
        return ScanView(opened.expires_at, opened.proof, opened.index, opened.leaf)

    async def read_scan(self, token: str, row: UUID, start: int, length: int) -> ClearBytes:
        """Read some bytes of a scan that this session has opened. Refusals: `scans:view_ended`, `scans:lost`."""
        first, last = start // CHUNK, (start + length - 1) // CHUNK
        pieces = [
            (await self._ask(ReadPiece(token, row, index), ScanPiece)).piece
            for index in range(first, last + 1)
        ]
        begin = start - first * CHUNK
        return ClearBytes(b"".join(pieces)[begin : begin + length])

    async def _drop(self, token: str, upload: bytes) -> None:
        try:
            await self._ask(DropScan(token, upload), Done)
        except (KeeperRefused, KeeperUnavailable):
            return  # the keeper forgets it by itself
