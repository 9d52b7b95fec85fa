"""The envelope: one sealed value, bound to its region, table, column, row and key.

Layout (bytes, big-endian): 0 magic C5, 1 version 01, 2 suite 01, 3 flags 01 (padded), 4 key id (16),
20 salt (32), 52 commitment (32), 84 AES-256-GCM ciphertext and tag. Plaintext is padded `p ‖ 80 ‖ 00…` to a
multiple of 32, so that a length tells little. Key and context are committed: moved, it does not open.
"""

import hmac
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

from security.vault.primitives import (
    KEY_BYTES,
    NONCE_BYTES,
    TAG_BYTES,
    KeyShape,
    gcm_open,
    gcm_seal,
    hkdf,
    lp,
)

HEADER: Final = b"\xc5\x01\x01\x01"
SALT_BYTES: Final = 32
BLOCK: Final = 32
_ID: Final = slice(4, 20)
_SALT: Final = slice(20, 52)
_COMMITMENT: Final = slice(52, 84)
_CLOSED: Final = 84
_SHORTEST: Final = _CLOSED + BLOCK + TAG_BYTES
_AAD: Final = b"cpv1/aad\0"
_FIELD: Final = b"cpv1/field\0"
_PAD: Final = 0x80
_LP_ID: Final = b"\0\x10"  # the length prefix of an id's 16 bytes


@dataclass(frozen=True, slots=True)
class Context:
    """Where a value lives. All four are authenticated; the row's id is known before sealing."""

    region: str
    table: str
    column: str
    row: UUID

    def __post_init__(self) -> None:
        """Refuse a context with an empty part: it would bind nothing."""
        if not (self.region and self.table and self.column and self.row.int):
            raise KeyShape


class EnvelopeRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """The envelope does not open here. One type for every cause, and nothing about which."""

    code = "security:envelope_refused"


def seal(plaintext: bytes, *, dek: bytes, dek_id: UUID, context: Context, salt: bytes | None = None) -> bytes:
    """Return the envelope (132 bytes and more) of a plaintext under a 32-byte key; raise `KeyShape`.

    `salt` is 32 random bytes and is passed in only by known-answer tests.
    """
    chosen = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    if len(dek) != KEY_BYTES or len(chosen) != SALT_BYTES:
        raise KeyShape
    ctx = _context_bytes(context, dek_id.bytes)
    key, nonce, commitment = _derive(dek, chosen, ctx)
    head = HEADER + dek_id.bytes + chosen + commitment
    return head + gcm_seal(key, nonce, _pad(plaintext), head + ctx)


def open_envelope(envelope: bytes, *, dek: bytes, context: Context) -> bytes:
    """Return the plaintext; raise `EnvelopeRefused` for any cause whatever, without saying which."""
    if len(dek) != KEY_BYTES:
        raise EnvelopeRefused
    _check_form(envelope)
    ctx = _context_bytes(context, bytes(envelope[_ID]))
    key, nonce, commitment = _derive(dek, envelope[_SALT], ctx)
    if not hmac.compare_digest(commitment, envelope[_COMMITMENT]):
        raise EnvelopeRefused
    padded = gcm_open(key, nonce, envelope[_CLOSED:], envelope[:_CLOSED] + ctx)
    if padded is None:
        raise EnvelopeRefused
    return _unpad(padded)


def dek_id_of(envelope: bytes) -> UUID:
    """Return the id of the key that sealed this envelope, read from its header; raise `EnvelopeRefused`."""
    _check_form(envelope)
    return UUID(bytes=bytes(envelope[_ID]))


def _check_form(envelope: bytes) -> None:
    well_formed = (
        envelope[: len(HEADER)] == HEADER
        and len(envelope) >= _SHORTEST
        and (len(envelope) - _SHORTEST) % BLOCK == 0
    )
    if not well_formed:
        raise EnvelopeRefused


def _context_bytes(context: Context, dek_id: bytes) -> bytes:
    place = _place_bytes(context.region, context.table, context.column)
    return place + _LP_ID + context.row.bytes + _LP_ID + dek_id


@lru_cache(maxsize=256)  # a few dozen columns there are
def _place_bytes(region: str, table: str, column: str) -> bytes:
    return _AAD + lp(region) + lp(table) + lp(column)


def _derive(dek: bytes, salt: bytes, ctx: bytes) -> tuple[bytes, bytes, bytes]:
    okm = hkdf(dek, salt=salt, info=_FIELD + ctx, length=KEY_BYTES + NONCE_BYTES + KEY_BYTES)
    return okm[:KEY_BYTES], okm[KEY_BYTES : KEY_BYTES + NONCE_BYTES], okm[KEY_BYTES + NONCE_BYTES :]


def _pad(plaintext: bytes) -> bytes:
    return plaintext + bytes((_PAD,)) + bytes(-(len(plaintext) + 1) % BLOCK)


def _unpad(padded: bytes) -> bytes:
    plaintext = padded.rstrip(b"\0")
    filled = len(padded) - len(plaintext)
    if filled >= BLOCK or not plaintext or plaintext[-1] != _PAD:
        raise EnvelopeRefused
    return plaintext[:-1]
