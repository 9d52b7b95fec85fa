"""The password of a file that leaves in bulk: derived by the keeper, said once, stored nowhere."""

from __future__ import annotations

from base64 import b32encode
from typing import Final
from uuid import UUID

from security.vault.primitives import hkdf

LETTERS: Final = 25  # of base32: 125 bits, too many to try whatever a file format does with them
GROUP: Final = 5


def file_password(secret: bytes, grant: UUID) -> str:
    """Give the password of the file that a grant makes: five groups of five letters and digits."""
    text = b32encode(hkdf(secret, salt=b"", info=b"cpv1/export\0" + grant.bytes, length=20)).decode()[
        :LETTERS
    ]
    return "-".join(text[start : start + GROUP] for start in range(0, LETTERS, GROUP))
