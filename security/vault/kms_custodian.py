"""The custodian whose root key is a key of AWS KMS: KEKs go there to be wrapped, and lie in a folder of our own."""

from pathlib import Path
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from security.vault.keyring import Keyring
from security.vault.keyring_folder import KeyringFolder
from security.vault.kms import Kms, KmsKey

_USE: Final = "waxwing-custody-v1"


class KmsCustodian(KeyringFolder):
    """Root in the service, keyring in a 0700 folder; `custodian.Custodian` says what each does."""

    __slots__ = ("_kms", "_region", "_root_id")
    kind: Final = "awskms"

    def __init__(self, folder: Path, region: str, key: KmsKey) -> None:
        super().__init__(folder)
        self._region = region
        self._root_id = UUID(int=0)
        self._kms = Kms(key)

    def __repr__(self) -> str:
        return f"KmsCustodian({self._region})"

    def read(self) -> Keyring | None:
        """Return the keyring, or None before the first `write`."""
        keyring = super().read()
        if keyring is not None:
            self._root_id = keyring.root_id
        return keyring

    def begin(self) -> UUID:
        """Name this use of the service's key; the key itself was made by whoever runs the service."""
        self._root_id = uuid7()
        return self._root_id

    def wrap(self, key: bytes, *, kind: str, key_id: UUID) -> bytes:
        """Return the key wrapped by the service."""
        return self._kms.wrap(key, self._context(kind, key_id))

    def unwrap(self, wrapped: bytes, *, kind: str, key_id: UUID) -> bytes:
        """Return the key; raise `EnvelopeRefused` for another region, kind, id or folder, else `CustodyRefused`."""
        return self._kms.unwrap(wrapped, self._context(kind, key_id))

    def _context(self, kind: str, key_id: UUID) -> dict[str, str]:
        return {
            "use": _USE,
            "region": self._region,
            "root": str(self._root_id),
            "kind": kind,
            "key": str(key_id),
        }
