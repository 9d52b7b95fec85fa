"""The four primitives of the vault, fixed to the one way in which it uses them.

HKDF (RFC 5869) and HMAC (RFC 2104) with SHA-256; AES-256-GCM (NIST SP 800-38D) with a 96-bit nonce and a
128-bit tag; `lp`, the two-byte length prefix that keeps parts of a context from running together.
"""

import hmac
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
_LP_LIMIT: Final = 0xFFFF


class KeyShape(ValueError):  # noqa: N818 - errors are named for what was refused
    """A key, nonce or part of a context has a length that the format does not have."""

    code = "security:key_shape"


def lp(part: str | bytes) -> bytes:
    """Return the part (strings in UTF-8) behind its two-byte length; raise `KeyShape` past 65535 bytes."""
    raw = part.encode() if isinstance(part, str) else part
    if len(raw) > _LP_LIMIT:
        raise KeyShape
    return len(raw).to_bytes(2, "big") + raw


def hkdf(ikm: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    """Return `length` bytes of HKDF-SHA-256; an empty salt means 32 zero bytes (RFC 5869, 2.2)."""
    return HKDF(SHA256(), length, salt or None, info).derive(ikm)


def mac(key: bytes, message: bytes) -> bytes:
    """Return the 32 bytes of HMAC-SHA-256."""
    return hmac.digest(key, message, sha256)


def gcm_seal(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Return ciphertext followed by the 16-byte tag; raise `KeyShape` for another key or nonce length."""
    return _cipher(key, nonce).encrypt(nonce, plaintext, aad)


def gcm_open(key: bytes, nonce: bytes, sealed: bytes, aad: bytes) -> bytes | None:
    """Return the plaintext, or None where key, nonce, tag or AAD do not belong together."""
    try:
        return _cipher(key, nonce).decrypt(nonce, sealed, aad)
    except InvalidTag:
        return None


def _cipher(key: bytes, nonce: bytes) -> AESGCM:
    if len(key) != KEY_BYTES or len(nonce) != NONCE_BYTES:
        raise KeyShape
    return AESGCM(key)
