"""ML-DSA-44 cosignatures (0x06), C2SP tlog-cosignature: what is signed, and the primitive where there is one.

What an Ed25519 cosignature signs is the checkpoint's own text; here it is a structure of its own, `subtree/v1`, that
commits to the cosigner's name as well, and of a checkpoint to origin, size and root, but to no extension line.

`cryptography` has ML-DSA from 47 on, and only where it was built over a library that has it.
"""

import struct
from base64 import b64decode
from functools import cache
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm

PUBLIC_LENGTH: Final = 1312
SIGNATURE_LENGTH: Final = 2420
_LABEL: Final = b"subtree/v1\n\0"
_MAX_NAME: Final = 255
_HASH_LENGTH: Final = 32


@cache
def is_available() -> bool:
    """Say whether this machine's `cryptography` can do it."""
    try:
        public_of(bytes(32))
    except (ImportError, UnsupportedAlgorithm):
        return False
    return True


def public_of(seed: bytes) -> bytes:
    """Return the public key of a 32-byte seed (FIPS 204)."""
    from cryptography.hazmat.primitives.asymmetric import mldsa  # noqa: PLC0415 -- older versions lack it

    return mldsa.MLDSA44PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()


def sign(seed: bytes, message: bytes) -> bytes:
    """Sign with the key of a seed, with an empty context; two signatures of one message differ."""
    from cryptography.hazmat.primitives.asymmetric import mldsa  # noqa: PLC0415

    return mldsa.MLDSA44PrivateKey.from_seed_bytes(seed).sign(message)


def verify(public: bytes, signature: bytes, message: bytes) -> None:
    """Check a signature; raises `InvalidSignature`."""
    from cryptography.hazmat.primitives.asymmetric import mldsa  # noqa: PLC0415

    mldsa.MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)


def cosigned_message(name: str, at: int, text: str) -> bytes:
    """Return what a cosigner of this name signs of a checkpoint's text at Unix time `at`.

    `ValueError` where the text is no checkpoint or a name does not fit.
    """
    origin, size, root = text.split("\n")[:3]
    root_hash = b64decode(root, validate=True)
    if len(root_hash) != _HASH_LENGTH:
        raise ValueError
    whole_tree = struct.pack(">QQ", 0, int(size))
    return _LABEL + _short(name) + struct.pack(">Q", at) + _short(origin) + whole_tree + root_hash


def _short(text: str) -> bytes:
    """Write a text of 1 to 255 bytes with its length before it."""
    data = text.encode()
    if not 0 < len(data) <= _MAX_NAME:
        raise ValueError
    return bytes([len(data)]) + data
