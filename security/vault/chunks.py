r"""The sealed scan: content of any length, sealed chunk by chunk under a key of its own.

Head (88 bytes, big-endian; it lies in the scan's row): 0 magic C6, 1 version 01, 2 suite 01, 3 flags 01 (padded),
4 key id (16), 20 salt (32), 52 commitment (32), 84 number of chunks (4). Chunks (in the blob, one after the
other, 32,784 bytes each): 32,768 bytes of AES-256-GCM ciphertext and its tag. The content is padded
`p ‖ 80 ‖ 00…` to whole chunks, so a length tells little.

    ctx = "cpv1/scan\0" ‖ lp(region) ‖ lp(table) ‖ lp(column) ‖ lp(row uuid) ‖ lp(dek_id)
    okm = HKDF-SHA-256(ikm = DEK, salt, info = ctx ‖ u32 chunks, 71 bytes)
          key = [0:32], nonce prefix = [32:39], commitment = [39:71]
    nonce = prefix ‖ u32 index ‖ u8 last;  AAD = head ‖ ctx ‖ u32 index ‖ u8 last

Each chunk knows its place, whether it is the last, how many there are, and whose scan it is: cut short, moved
within a scan or between scans, under another row or region, it does not open. Without the head, whose salt is
nowhere else, nothing does.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final, Self
from uuid import UUID

from security.vault.chunk_sizes import CHUNK, HEAD_BYTES, MOST_CHUNKS
from security.vault.envelope import Context, EnvelopeRefused
from security.vault.primitives import KEY_BYTES, TAG_BYTES, KeyShape, gcm_open, gcm_seal, hkdf, lp

HEADER: Final = b"\xc6\x01\x01\x01"
SEALED_CHUNK: Final = CHUNK + TAG_BYTES
"""Bytes of a chunk in the blob."""
SALT_BYTES: Final = 32
_PREFIX_BYTES: Final = 7
_ID: Final = slice(4, 20)
_SALT: Final = slice(20, 52)
_COMMITMENT: Final = slice(52, 84)
_COUNT: Final = slice(84, 88)
_SCAN: Final = b"cpv1/scan\0"
_PAD: Final = 0x80


def padded_chunk(content: bytes) -> bytes:
    """Return the last, unfilled piece of a content (it may be empty) as a whole chunk; raise `KeyShape`."""
    if len(content) >= CHUNK:
        raise KeyShape
    return content + bytes((_PAD,)) + bytes(CHUNK - len(content) - 1)


def unpadded_chunk(chunk: bytes) -> bytes:
    """Return what the last chunk holds of the content; raise `EnvelopeRefused`."""
    content = chunk.rstrip(b"\0")
    if len(chunk) != CHUNK or not content or content[-1] != _PAD:
        raise EnvelopeRefused
    return content[:-1]


@dataclass(frozen=True, slots=True)
class Head:
    """A scan's head as it was read: which key, which salt, which commitment, how many chunks."""

    raw: bytes = field(repr=False)

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Take the bytes of a head; raise `EnvelopeRefused` unless they are one."""
        head = cls(bytes(raw))
        fits = len(raw) == HEAD_BYTES and head.raw[: len(HEADER)] == HEADER
        if not fits or not 1 <= head.chunks <= MOST_CHUNKS:
            raise EnvelopeRefused
        return head

    @property
    def dek_id(self) -> UUID:
        """The id of the data key."""
        return UUID(bytes=self.raw[_ID])

    @property
    def chunks(self) -> int:
        """How many chunks the scan has."""
        return int.from_bytes(self.raw[_COUNT], "big")


class SealedScan:
    """The key of one scan in one place: seals and opens its chunks, each by itself.

    A chunk may be sealed once only: the same index with another content would use a nonce twice.
    """

    __slots__ = ("__key", "_bound", "_prefix", "head")

    def __init__(self, head: Head, bound: bytes, key: bytes, prefix: bytes) -> None:
        self.head = head
        self._bound = bound
        self.__key = key
        self._prefix = prefix

    @classmethod
    def begin(
        cls, chunks: int, *, dek: bytes, dek_id: UUID, context: Context, salt: bytes | None = None
    ) -> Self:
        """Begin a new scan of so many chunks; raise `KeyShape`. `salt` is passed in by known-answer tests only."""
        chosen = secrets.token_bytes(SALT_BYTES) if salt is None else salt
        if len(dek) != KEY_BYTES or len(chosen) != SALT_BYTES or not 1 <= chunks <= MOST_CHUNKS:
            raise KeyShape
        ctx = _context_bytes(context, dek_id)
        key, prefix, commitment = _derive(dek, chosen, ctx, chunks)
        head = Head(HEADER + dek_id.bytes + chosen + commitment + chunks.to_bytes(4, "big"))
        return cls(head, head.raw + ctx, key, prefix)

    @classmethod
    def of(cls, head: Head, *, dek: bytes, context: Context) -> Self:
        """Take up a sealed scan; raise `EnvelopeRefused` for another key, place or number of chunks."""
        if len(dek) != KEY_BYTES:
            raise EnvelopeRefused
        ctx = _context_bytes(context, head.dek_id)
        key, prefix, commitment = _derive(dek, head.raw[_SALT], ctx, head.chunks)
        if not hmac.compare_digest(commitment, head.raw[_COMMITMENT]):
            raise EnvelopeRefused
        return cls(head, head.raw + ctx, key, prefix)

    def seal(self, index: int, chunk: bytes) -> bytes:
        """Return the sealed chunk of this index (from 0); raise `KeyShape`."""
        if len(chunk) != CHUNK or not 0 <= index < self.head.chunks:
            raise KeyShape
        place = self._place(index)
        return gcm_seal(self.__key, self._prefix + place, chunk, self._bound + place)

    def open(self, index: int, sealed: bytes) -> bytes:
        """Return the chunk of this index; raise `EnvelopeRefused` for any cause, without saying which."""
        if len(sealed) != SEALED_CHUNK or not 0 <= index < self.head.chunks:
            raise EnvelopeRefused
        place = self._place(index)
        chunk = gcm_open(self.__key, self._prefix + place, sealed, self._bound + place)
        if chunk is None:
            raise EnvelopeRefused
        return chunk

    def _place(self, index: int) -> bytes:
        return index.to_bytes(4, "big") + bytes((index == self.head.chunks - 1,))


def _context_bytes(context: Context, dek_id: UUID) -> bytes:
    parts = (context.region, context.table, context.column, context.row.bytes, dek_id.bytes)
    return _SCAN + b"".join(lp(part) for part in parts)


def _derive(dek: bytes, salt: bytes, ctx: bytes, chunks: int) -> tuple[bytes, bytes, bytes]:
    length = KEY_BYTES + _PREFIX_BYTES + KEY_BYTES
    okm = hkdf(dek, salt=salt, info=ctx + chunks.to_bytes(4, "big"), length=length)
    return okm[:KEY_BYTES], okm[KEY_BYTES : KEY_BYTES + _PREFIX_BYTES], okm[KEY_BYTES + _PREFIX_BYTES :]
