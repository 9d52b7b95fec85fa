r"""Equality search without a plaintext column: short keyed tags name a handful of candidates, never one row.

k = HKDF-SHA-256(region's index key, salt "", info "cpv1/bidx\0" ‖ lp(region) ‖ lp(table) ‖ lp(column) ‖
lp(name) ‖ u16 version ‖ u16 bits, 32 bytes); tag = leftmost `bits` bits of
HMAC-SHA-256(k, "cpv1/bidx-in\0" ‖ normalised value), unused low bits 0.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

from security.vault.normalise import NothingLeft
from security.vault.primitives import KEY_BYTES, KeyShape, hkdf, lp, mac

_KEY: Final = b"cpv1/bidx\0"
_INPUT: Final = b"cpv1/bidx-in\0"
_U16: Final = 0xFFFF
_MAC_BITS: Final = 256

STRONG_COLUMNS: Final = frozenset(
    {("travel_document", "number"), ("payment_card", "number"), ("bank_account", "iban")}
)
"""The only columns whose values have entropy enough for a tag; a birth date or a name does not."""


class IndexRefused(ValueError):  # noqa: N818 - errors are named for what was refused
    """An index may not be declared so: `security:index_weak_column` or `security:index_bits`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class BlindIndex:
    """One index over one column: its name, the normaliser's version, the tag's length in bits."""

    table: str
    column: str
    name: str
    version: int
    bits: int


def declare(index: BlindIndex, *, expected_rows: int) -> BlindIndex:
    """Return the index if its column is strong and 2 ≤ rows / 2^bits ≤ √rows; raise `IndexRefused`.

    Tags this short collide on purpose, so one can be no key and no unique constraint.
    """
    if (index.table, index.column) not in STRONG_COLUMNS:
        raise IndexRefused("security:index_weak_column")
    if not 2 <= expected_rows / 2**index.bits <= sqrt(expected_rows):  # noqa: PLR2004 - the format's own bound: two candidates at least
        raise IndexRefused("security:index_bits")
    return index


def index_key(blind_index_key: bytes, index: BlindIndex, *, region: str) -> bytes:
    """Return the 32-byte key of one index in one region; raise `KeyShape`."""
    in_range = 0 < index.version <= _U16 and 0 < index.bits <= _MAC_BITS
    if len(blind_index_key) != KEY_BYTES or not in_range:
        raise KeyShape
    names = b"".join(lp(name) for name in (region, index.table, index.column, index.name))
    numbers = index.version.to_bytes(2, "big") + index.bits.to_bytes(2, "big")
    return hkdf(blind_index_key, salt=b"", info=_KEY + names + numbers, length=KEY_BYTES)


def tag(key: bytes, normalised: str, *, bits: int) -> bytes:
    """Return the tag of a normalised value, ceil(bits / 8) bytes; raise `NothingLeft` for an empty one."""
    if not normalised:
        raise NothingLeft
    return leftmost(mac(key, _INPUT + normalised.encode()), bits)


def leftmost(digest: bytes, bits: int) -> bytes:
    """Return the leftmost bits of a digest in whole bytes, the unused low bits zero."""
    size = -(-bits // 8)
    spare = size * 8 - bits
    return (int.from_bytes(digest[:size], "big") >> spare << spare).to_bytes(size, "big")
