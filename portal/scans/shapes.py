"""What the API of scans says and takes."""

from datetime import datetime

import msgspec

from portal.passengers.shapes import EntryOut, SealedOut, Text


class ScanOut(msgspec.Struct, frozen=True):
    """A scan: never what is on it. `content` is a sealed field, and says who may open it now and for what."""

    id: str
    document: str
    media: str
    pages: int
    size: int
    created_at: datetime
    content: SealedOut


class ScanList(msgspec.Struct, frozen=True):
    """A document's scans, the newest first."""

    items: list[ScanOut]
    next: str | None = None


class ScanRevealIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For what a scan is to be opened."""

    purpose: Text
    reference: Text
    reason: Text = ""

    def __repr__(self) -> str:
        return "<ScanRevealIn>"


class ScanRevealOut(msgspec.Struct, frozen=True):
    """Where each page can be read until then, and the entry that says so with its proof."""

    pages: list[str]
    expires_at: datetime
    proof: str
    entry: EntryOut
