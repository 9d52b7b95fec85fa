"""Scans of documents, chunk by chunk: what is asked of the keeper, and what it answers.

A scan is longer than a frame may be. It comes in pieces, each sent after the one before was taken, and goes the
same way: whoever sends or reads slowly holds up nobody but himself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta

from security.keeper.messages import Line, Quiet, Token
from security.keeper.vault_messages import Reason
from security.vault.chunk_sizes import CHUNK, HEAD_BYTES, MOST_CHUNKS

MAX_SCAN: Final = MOST_CHUNKS * CHUNK - 1
UPLOAD_BYTES: Final = 16

Upload = Annotated[bytes, Meta(min_length=UPLOAD_BYTES, max_length=UPLOAD_BYTES)]
Index = Annotated[int, Meta(ge=0, lt=MOST_CHUNKS)]


class BeginScan(Quiet, frozen=True, tag="begin_scan"):
    """A scan of so many bytes of one subject comes, to stand in a row that is not there yet.

    `upload` is a secret of the sender's own making, so that he can drop what he never heard to have begun.
    """

    token: Token
    request: UUID
    upload: Upload
    subject: UUID
    org: UUID
    row: UUID
    length: Annotated[int, Meta(ge=1, le=MAX_SCAN)]


class SealPiece(Quiet, frozen=True, tag="seal_piece"):
    """The next piece: 32 KiB, and the last one what is left, which may be nothing."""

    token: Token
    upload: Upload
    index: Index
    piece: Annotated[bytes, Meta(max_length=CHUNK)]


class EndScan(Quiet, frozen=True, tag="end_scan"):
    """That was all."""

    token: Token
    upload: Upload


class DropScan(Quiet, frozen=True, tag="drop_scan"):
    """It will not be ended."""

    token: Token
    upload: Upload


class OpenScan(Quiet, frozen=True, tag="open_scan"):
    """Open one scan of one subject, for one purpose with one reference, as a value is revealed."""

    token: Token
    request: UUID
    subject: UUID
    row: UUID
    purpose: Line
    reference: Line
    reason: Reason


class ReadPiece(Quiet, frozen=True, tag="read_piece"):
    """One piece of a scan that this session has opened and that is still shown."""

    token: Token
    row: UUID
    index: Index


class ScanSealed(Quiet, frozen=True, tag="scan_sealed"):
    """The scan lies in the store and its entry in the ledger: what web keeps in the row."""

    head: Annotated[bytes, Meta(min_length=HEAD_BYTES, max_length=HEAD_BYTES)]


class ScanOpened(Quiet, frozen=True, tag="scan_opened"):
    """The scan may be read until then; the proof of its entry."""

    expires_at: datetime
    proof: str
    index: int
    leaf: str


class ScanPiece(Quiet, frozen=True, tag="scan_piece"):
    """An opened piece, 32 KiB with the padding of the last."""

    piece: bytes


ScanOperation = BeginScan | SealPiece | EndScan | DropScan | OpenScan | ReadPiece
ScanAnswer = ScanSealed | ScanOpened | ScanPiece
