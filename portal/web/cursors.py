"""Opaque cursors: a base64 of where the last page ended; they hold ids and sort keys, never a name."""

import base64
import binascii

from portal.web.refusals import BadCursor

MAX_LIMIT = 200
DEFAULT_LIMIT = 50


def write_cursor(*parts: bytes) -> str:
    """Join byte parts (each up to 255 bytes) into one opaque text."""
    raw = b"".join(bytes([len(part)]) + part for part in parts)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read_cursor(text: str | None, count: int) -> tuple[bytes, ...] | None:
    """Read `count` parts back; None for no cursor. Raises BadCursor."""
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise BadCursor({"cursor": "web:bad_cursor"}) from None
    parts, at = [], 0
    while at < len(raw):
        end = at + 1 + raw[at]
        parts.append(raw[at + 1 : end])
        at = end
    if at != len(raw) or len(parts) != count:
        raise BadCursor({"cursor": "web:bad_cursor"})
    return tuple(parts)


def read_limit(text: str | None) -> int:
    """Read `?limit=`; 1 to 200, 50 unless told. Raises BadCursor."""
    if text is None:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= MAX_LIMIT:
        raise BadCursor({"limit": "web:bad_limit"})
    return int(text)
