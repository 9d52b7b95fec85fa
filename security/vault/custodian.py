"""What every custodian does, and how it says no: by a code, without a word of the key or of its keeper's answer."""

from contextlib import AbstractContextManager
from typing import Final, Protocol
from uuid import UUID

from security.vault.keyring import Keyring

DAMAGED: Final = "security:custody_damaged"
OTHER_REGION: Final = "security:custody_other_region"
PERMISSIONS: Final = "security:custody_permissions"
UNKNOWN_CUSTODIAN: Final = "security:custody_unknown_custodian"
UNKNOWN_KEY: Final = "security:custody_unknown_key"
KEY_IN_USE: Final = "security:custody_key_in_use"
DENIED: Final = "security:custodian_denied"
KEY_CLOSED: Final = "security:custodian_key_closed"
THROTTLED: Final = "security:custodian_throttled"
UNREACHABLE: Final = "security:custodian_unreachable"


class CustodyRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """The keys cannot be had: `code` says why, `name` is that of a file, scheme, region or key id."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(code, name)
        self.code = code
        self.name = name


class Custodian(Protocol):
    """Who keeps the root key. It never leaves: keys go in to be wrapped, and wrapped ones to be opened."""

    @property
    def kind(self) -> str:
        """The scheme of its address: `file`, `awskms` or `pkcs11`."""

    def held(self) -> AbstractContextManager[None]:
        """Hold the keyring against other processes while it is read, made or changed."""

    def read(self) -> Keyring | None:
        """Return the keyring, or None before the first `write`; raise `KeyringRefused` for damage."""

    def begin(self) -> UUID:
        """Make a root for the first keyring and return its id."""

    def write(self, keyring: Keyring) -> None:
        """Replace the keyring as a whole, durably."""

    def wrap(self, key: bytes, *, kind: str, key_id: UUID) -> bytes:
        """Return the key wrapped by the root, bound to region, kind and id."""

    def unwrap(self, wrapped: bytes, *, kind: str, key_id: UUID) -> bytes:
        """Return the key; raise `EnvelopeRefused`, or `CustodyRefused` when the root cannot be used."""
