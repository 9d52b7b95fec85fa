"""Sealing what only the keeper may know: alarms' details, and which passengers are decoys."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from uuid import UUID

import msgspec

from security.vault.custody import Custody
from security.vault.envelope import Context, open_envelope, seal


class QuietBox:
    """Seals small records by a key derived from the region's link key; tags name a subject without telling whom."""

    def __init__(self, custody: Custody) -> None:
        self._region = custody.region
        self._key = hmac.digest(custody.link_key, b"wx/quiet/v1", hashlib.sha256)
        self._tags = hmac.digest(custody.link_key, b"wx/decoy/v1", hashlib.sha256)

    def tag(self, subject: UUID) -> bytes:
        """Return the keyed hash that stands for a subject."""
        return hmac.digest(self._tags, subject.bytes, hashlib.sha256)

    def close(self, table: str, row: UUID, record: dict[str, Any]) -> bytes:
        """Seal a record for its row."""
        return seal(msgspec.json.encode(record), dek=self._key, dek_id=row, context=self._where(table, row))

    def open(self, table: str, row: UUID, sealed: bytes) -> dict[str, Any]:
        """Open a record; raises `EnvelopeRefused`."""
        text = open_envelope(sealed, dek=self._key, context=self._where(table, row))
        record: dict[str, Any] = msgspec.json.decode(text)
        return record

    def _where(self, table: str, row: UUID) -> Context:
        return Context(self._region, table, "sealed", row)
