"""The keys of a region, opened once by the process that may hold them; a custodian keeps their root."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from uuid_utils.compat import uuid7

from security.vault.envelope import EnvelopeRefused
from security.vault.file_custodian import FileCustodian
from security.vault.keyring import KINDS, LATER, Keyring, KeyringRefused, WrappedKey
from security.vault.keys import new_key
from security.vault.primitives import KEY_BYTES
from security.vault.private_files import NotPrivate

__all__ = ["Custodian", "Custody", "CustodyRefused", "FileCustodian", "custodian_at"]

DAMAGED: Final = "security:custody_damaged"
OTHER_REGION: Final = "security:custody_other_region"
PERMISSIONS: Final = "security:custody_permissions"
UNKNOWN_CUSTODIAN: Final = "security:custody_unknown_custodian"
UNKNOWN_KEY: Final = "security:custody_unknown_key"
KEY_IN_USE: Final = "security:custody_key_in_use"


class CustodyRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """The keys cannot be had: `code` says why, `name` is that of a file, scheme, region or key id."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(code, name)
        self.code = code
        self.name = name


class Custodian(Protocol):
    """Who keeps the root key. It never leaves: keys go in to be wrapped, and wrapped ones to be opened."""

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
        """Return the key; raise `EnvelopeRefused`."""


@dataclass(frozen=True, slots=True)
class Custody:
    """The opened keys of one region: KEKs by id (`kek_id`: the current one) and four keys, 32 bytes each.

    `link_key` makes pseudonyms, `blind_index_key` makes tags, `log_signing_seed` is the ledger's
    Ed25519 seed and `witness_signing_seed` the one with which other regions' ledgers are cosigned. None of
    them prints. Python cannot wipe memory: they stay in the process until it ends.
    """

    region: str
    kek_id: UUID
    epoch: int
    keks: Mapping[UUID, bytes] = field(repr=False)
    link_key: bytes = field(repr=False)
    blind_index_key: bytes = field(repr=False)
    log_signing_seed: bytes = field(repr=False)
    witness_signing_seed: bytes = field(repr=False)
    _custodian: Custodian = field(repr=False, compare=False)

    @classmethod
    def open(cls, custodian_url: str, region: str) -> "Custody":
        """Open the keys of a region (`file:/folder`), making them on first use; raise `CustodyRefused`."""
        try:
            custodian = custodian_at(custodian_url, region)
            with custodian.held():
                keyring = _completed(custodian, custodian.read() or _first(custodian, region))
                return _opened(custodian, keyring, region)
        except NotPrivate as refused:
            raise CustodyRefused(PERMISSIONS, refused.name) from None
        except (KeyringRefused, EnvelopeRefused):
            raise CustodyRefused(DAMAGED, region) from None

    @property
    def kek(self) -> bytes:
        """The current KEK, 32 bytes: new data keys are wrapped with it."""
        return self.keks[self.kek_id]

    def kek_of(self, kek_id: UUID) -> bytes:
        """Return the KEK of this id; raise `CustodyRefused` (`…:custody_unknown_key`)."""
        kek = self.keks.get(kek_id)
        if kek is None:
            raise CustodyRefused(UNKNOWN_KEY, str(kek_id))
        return kek

    def with_new_epoch(self) -> "Custody":
        """Add a KEK with the next epoch, durably, and return the custody that uses it; older ones stay."""
        with self._custodian.held():
            keyring = self._read_again()
            epoch = max(key.epoch for key in keyring.of_kind("kek")) + 1
            added = replace(keyring, keys=(*keyring.keys, _wrapped(self._custodian, "kek", epoch)))
            self._custodian.write(added)
            return _opened(self._custodian, added, self.region)

    def without_epoch(self, kek_id: UUID) -> "Custody":
        """Destroy an old KEK, durably; the caller has rewrapped every data key. Raise `CustodyRefused`.

        The current KEK is refused (`…:custody_key_in_use`), an unknown one too (`…:custody_unknown_key`).
        """
        with self._custodian.held():
            keyring = self._read_again()
            newest = max(keyring.of_kind("kek"), key=lambda key: key.epoch)
            if newest.id == kek_id:
                raise CustodyRefused(KEY_IN_USE, str(kek_id))
            kept = tuple(key for key in keyring.keys if key.kind != "kek" or key.id != kek_id)
            if len(kept) == len(keyring.keys):
                raise CustodyRefused(UNKNOWN_KEY, str(kek_id))
            self._custodian.write(replace(keyring, keys=kept))
            return _opened(self._custodian, replace(keyring, keys=kept), self.region)

    def _read_again(self) -> Keyring:
        keyring = self._custodian.read()
        if keyring is None:
            raise CustodyRefused(DAMAGED, self.region)
        return keyring


def custodian_at(custodian_url: str, region: str) -> Custodian:
    """Return the custodian of a URL such as `file:/folder`; raise `CustodyRefused`, `NotPrivate`."""
    url = urlsplit(custodian_url)
    if url.scheme != "file" or url.netloc or not url.path or url.query or url.fragment:
        raise CustodyRefused(UNKNOWN_CUSTODIAN, url.scheme)
    return FileCustodian(Path(unquote(url.path)), region)


def _first(custodian: Custodian, region: str) -> Keyring:
    root_id = custodian.begin()
    keys = tuple(_wrapped(custodian, kind, 1 if kind == "kek" else 0) for kind in KINDS)
    keyring = Keyring(region, root_id, keys)
    custodian.write(keyring)
    return keyring


def _completed(custodian: Custodian, keyring: Keyring) -> Keyring:
    """Make the keys that an earlier version of this house did not have."""
    lacking = [kind for kind in LATER if not any(keyring.of_kind(kind))]
    if not lacking:
        return keyring
    completed = replace(keyring, keys=(*keyring.keys, *(_wrapped(custodian, kind, 0) for kind in lacking)))
    custodian.write(completed)
    return completed


def _wrapped(custodian: Custodian, kind: str, epoch: int) -> WrappedKey:
    key_id = uuid7()
    return WrappedKey(kind, key_id, epoch, custodian.wrap(new_key(), kind=kind, key_id=key_id))


def _opened(custodian: Custodian, keyring: Keyring, region: str) -> Custody:
    if keyring.region != region:
        raise CustodyRefused(OTHER_REGION, keyring.region)
    opened = {key.id: custodian.unwrap(key.wrapped, kind=key.kind, key_id=key.id) for key in keyring.keys}
    if any(len(key) != KEY_BYTES for key in opened.values()):
        raise CustodyRefused(DAMAGED, region)
    newest = max(keyring.of_kind("kek"), key=lambda key: key.epoch)
    single = {key.kind: opened[key.id] for key in keyring.keys if key.kind != "kek"}
    return Custody(
        region=region,
        kek_id=newest.id,
        epoch=newest.epoch,
        keks=MappingProxyType({key.id: opened[key.id] for key in keyring.of_kind("kek")}),
        link_key=single["link_key"],
        blind_index_key=single["blind_index_key"],
        log_signing_seed=single["log_signing_seed"],
        witness_signing_seed=single["witness_signing_seed"],
        _custodian=custodian,
    )
