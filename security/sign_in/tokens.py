"""Session tokens: 32 random bytes, told once in base64url; only their SHA-256 is kept."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Final

TOKEN_BYTES: Final = 32


def new_token() -> str:
    """Make a token of 43 characters."""
    return base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).rstrip(b"=").decode()


def token_hash(token: str) -> bytes:
    """Hash a token as it is stored; any text has a hash, so that a strange token is simply not found."""
    return hashlib.sha256(token.encode()).digest()
