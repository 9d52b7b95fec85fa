"""From an address to its store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from security.blobs.files import Files
from security.blobs.store import BlobStore, StoreRefused


def open_store(url: str, cell: str) -> BlobStore:
    """Give the store at `file:/folder` or `s3://bucket/prefix[?endpoint=…&region=…]`; raises `StoreRefused`.

    Each cell has its own part of it: what one does not know, another may still need.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise StoreRefused from None
    if parts.scheme == "file" and parts.path and not parts.netloc:
        return Files(Path(unquote(parts.path)) / cell)
    if parts.scheme == "s3" and parts.hostname:
        from security.blobs.objects import Objects  # noqa: PLC0415 -- boto3 is heavy, and mostly not needed

        return Objects.at(parts, cell)
    raise StoreRefused
