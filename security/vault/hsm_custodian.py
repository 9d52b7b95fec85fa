"""The custodian whose root key lies in a hardware security module behind PKCS #11, and cannot be taken out.

The module is asked for one thing: HMAC-SHA-256 under a secret that it made and never shows, over the region, kind
and id of a key. The answer seals that one key in the usual envelope. So the context is bound twice, and the keeper
never holds more than the sealing key of the key it is opening. HMAC is what modules agree on; of AES-GCM each has
its own opinion about nonces.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from security.vault.custodian import DENIED, KEY_CLOSED, UNREACHABLE, CustodyRefused
from security.vault.envelope import Context, open_envelope, seal
from security.vault.keyring import Keyring
from security.vault.keyring_folder import KeyringFolder
from security.vault.primitives import KEY_BYTES, lp
from security.vault.private_files import read_private

_ID_BYTES: Final = 16
_USE: Final = b"cpv1/custody\0"
_TABLE: Final = "custody"


@dataclass(frozen=True, slots=True)
class HsmKey:
    """Where a root is: the module's library, the token, the label of the key, and the file that holds the PIN."""

    module: Path
    token: str
    label: str
    pin: Path


class HsmCustodian(KeyringFolder):
    """Root in the module, keyring in a 0700 folder; `custodian.Custodian` says what each does."""

    __slots__ = ("_key", "_region", "_root_id")
    kind: Final = "pkcs11"

    def __init__(self, folder: Path, region: str, key: HsmKey) -> None:
        super().__init__(folder)
        self._region = region
        self._root_id = UUID(int=0)
        self._key = key

    def __repr__(self) -> str:
        return f"HsmCustodian({self._region})"

    def read(self) -> Keyring | None:
        """Return the keyring, or None before the first `write`."""
        keyring = super().read()
        if keyring is not None:
            self._root_id = keyring.root_id
        return keyring

    def begin(self) -> UUID:
        """Make a root in the token; one that a broken-off first start left there is taken up again."""
        self._root_id = UUID(bytes=self._with_session(self._begun))
        return self._root_id

    def wrap(self, key: bytes, *, kind: str, key_id: UUID) -> bytes:
        """Return the key sealed under what the module derives for it."""
        context = self._place(kind, key_id)
        return seal(key, dek=self._derived(context), dek_id=self._root_id, context=context)

    def unwrap(self, wrapped: bytes, *, kind: str, key_id: UUID) -> bytes:
        """Return the key; raise `EnvelopeRefused` for another root, region, kind or id, else `CustodyRefused`."""
        context = self._place(kind, key_id)
        return open_envelope(wrapped, dek=self._derived(context), context=context)

    def _place(self, kind: str, key_id: UUID) -> Context:
        return Context(self._region, _TABLE, kind, key_id)

    def _derived(self, context: Context) -> bytes:
        said = _USE + lp(context.region) + lp(context.column) + lp(context.row.bytes)
        derived: bytes = self._with_session(lambda session, pkcs11: self._signed(session, pkcs11, said))
        return derived

    def _signed(self, session: Any, pkcs11: Any, said: bytes) -> bytes:
        found = self._found(session, pkcs11)
        if found is None or bytes(found.id) != self._root_id.bytes:
            raise CustodyRefused(KEY_CLOSED, self.kind)
        derived = bytes(found.sign(said, mechanism=pkcs11.Mechanism.SHA256_HMAC))
        if len(derived) != KEY_BYTES:
            raise CustodyRefused(KEY_CLOSED, self.kind)
        return derived

    def _begun(self, session: Any, pkcs11: Any) -> bytes:
        found = self._found(session, pkcs11)
        if found is not None and len(bytes(found.id)) == _ID_BYTES:
            return bytes(found.id)
        made = session.generate_key(
            pkcs11.KeyType.GENERIC_SECRET,
            8 * KEY_BYTES,
            id=uuid7().bytes,
            label=self._key.label,
            store=True,
            capabilities=pkcs11.MechanismFlag.SIGN,
            template={pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False},
        )
        return bytes(made.id)

    def _found(self, session: Any, pkcs11: Any) -> Any:
        search = {
            pkcs11.Attribute.LABEL: self._key.label,
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
        }
        several = list(session.get_objects(search))
        if len(several) > 1:  # which one is the root cannot be told
            raise CustodyRefused(KEY_CLOSED, self.kind)
        return several[0] if several else None

    def _with_session(self, deed: Any) -> Any:
        import pkcs11  # noqa: PLC0415 - only this custodian needs it

        pin = read_private(self._key.pin)
        if pin is None:
            raise CustodyRefused(DENIED, self.kind)
        try:
            token = pkcs11.lib(str(self._key.module)).get_token(token_label=self._key.token)
            with token.open(rw=True, user_pin=pin.decode().strip()) as session:
                return deed(session, pkcs11)
        except (pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.PinInvalid, pkcs11.PinLenRange):
            raise CustodyRefused(DENIED, self.kind) from None
        except (pkcs11.PKCS11Error, RuntimeError, OSError, UnicodeDecodeError):
            raise CustodyRefused(UNREACHABLE, self.kind) from None
