"""The keys of a region, opened once by the process that may hold them; a custodian keeps their root."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from uuid import UUID

from uuid_utils.compat import uuid7

from security.vault.custodian import (
    DAMAGED,
    KEY_IN_USE,
    OTHER_REGION,
    PERMISSIONS,
    UNKNOWN_KEY,
    Custodian,
    CustodyRefused,
)
from security.vault.custodians import custodian_at
from security.vault.envelope import EnvelopeRefused
from security.vault.keyring import KINDS, LATER, NEXT_LOG_KEY, Keyring, KeyringRefused, WrappedKey
from security.vault.keys import new_key
from security.vault.primitives import KEY_BYTES
from security.vault.private_files import NotPrivate

LOG_KEY = "log_signing_seed"
__all__ = ["Custodian", "Custody", "CustodyRefused", "custodian_at", "move_custody"]


@dataclass(frozen=True, slots=True)
class Custody:
    """The opened keys of one region: KEKs by id (`kek_id`: the current one) and five keys, 32 bytes each.

    `epochs` says which epoch each KEK is of; ids and epochs are all of it that may be told.

    `link_key` makes pseudonyms, `blind_index_key` makes tags, `log_signing_seed` is the ledger's
    Ed25519 seed, `witness_signing_seed` and `witness_mldsa_seed` those (Ed25519, ML-DSA-44) with which other
    regions' ledgers are cosigned. None of them prints. Python cannot wipe memory: they stay until the process ends.
    """

    region: str
    kek_id: UUID
    epoch: int
    keks: Mapping[UUID, bytes] = field(repr=False)
    epochs: Mapping[UUID, int]
    link_key: bytes = field(repr=False)
    blind_index_key: bytes = field(repr=False)
    log_signing_seed: bytes = field(repr=False)
    witness_signing_seed: bytes = field(repr=False)
    witness_mldsa_seed: bytes = field(repr=False)
    log_next_seed: bytes | None = field(repr=False)
    _custodian: Custodian = field(repr=False, compare=False)

    @classmethod
    def open(cls, custodian_url: str, region: str) -> "Custody":
        """Open the keys of a region, making them on first use; raise `CustodyRefused`.

        `custodians.custodian_at` says what an address looks like.
        """
        with _by_code(region):
            custodian = custodian_at(custodian_url, region)
            with custodian.held():
                keyring = _completed(custodian, custodian.read() or _first(custodian, region))
                return _opened(custodian, keyring, region)

    @property
    def custodian(self) -> str:
        """The kind of custodian: `file`, `awskms` or `pkcs11`."""
        return self._custodian.kind

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
        with _by_code(self.region), self._custodian.held():
            keyring = self._read_again()
            epoch = max(key.epoch for key in keyring.of_kind("kek")) + 1
            added = replace(keyring, keys=(*keyring.keys, _wrapped(self._custodian, "kek", epoch)))
            self._custodian.write(added)
            return _opened(self._custodian, added, self.region)

    def without_epoch(self, kek_id: UUID) -> "Custody":
        """Destroy an old KEK, durably; the caller has rewrapped every data key. Raise `CustodyRefused`.

        The current KEK is refused (`…:custody_key_in_use`), an unknown one too (`…:custody_unknown_key`).
        """
        with _by_code(self.region), self._custodian.held():
            keyring = self._read_again()
            newest = max(keyring.of_kind("kek"), key=lambda key: key.epoch)
            if newest.id == kek_id:
                raise CustodyRefused(KEY_IN_USE, str(kek_id))
            kept = tuple(key for key in keyring.keys if key.kind != "kek" or key.id != kek_id)
            if len(kept) == len(keyring.keys):
                raise CustodyRefused(UNKNOWN_KEY, str(kek_id))
            self._custodian.write(replace(keyring, keys=kept))
            return _opened(self._custodian, replace(keyring, keys=kept), self.region)

    def with_next_log_key(self) -> "Custody":
        """Make the log's key to come, durably, unless there is one; it signs nothing by being here."""
        with _by_code(self.region), self._custodian.held():
            keyring = self._read_again()
            if any(keyring.of_kind(NEXT_LOG_KEY)):
                return _opened(self._custodian, keyring, self.region)
            made = replace(keyring, keys=(*keyring.keys, _wrapped(self._custodian, NEXT_LOG_KEY, 0)))
            self._custodian.write(made)
            return _opened(self._custodian, made, self.region)

    def without_next_log_key(self) -> "Custody":
        """Destroy the log's key to come."""
        with _by_code(self.region), self._custodian.held():
            keyring = self._read_again()
            kept = replace(keyring, keys=tuple(key for key in keyring.keys if key.kind != NEXT_LOG_KEY))
            self._custodian.write(kept)
            return _opened(self._custodian, kept, self.region)

    def with_log_key_retired(self) -> "Custody":
        """Destroy the log's key and put the one to come in its place, durably."""
        with _by_code(self.region), self._custodian.held():
            keyring = self._read_again()
            following = next(keyring.of_kind(NEXT_LOG_KEY), None)
            if following is None:
                raise CustodyRefused(UNKNOWN_KEY, NEXT_LOG_KEY)
            seed = self._custodian.unwrap(following.wrapped, kind=NEXT_LOG_KEY, key_id=following.id)
            wrapped = self._custodian.wrap(seed, kind=LOG_KEY, key_id=following.id)
            kept = (key for key in keyring.keys if key.kind not in {NEXT_LOG_KEY, LOG_KEY})
            turned = replace(keyring, keys=(*kept, replace(following, kind=LOG_KEY, wrapped=wrapped)))
            self._custodian.write(turned)
            return _opened(self._custodian, turned, self.region)

    def wrapped_by(self, custodian: Custodian) -> tuple[WrappedKey, ...]:
        """Wrap every key with another custodian; ids and epochs stay."""
        ring = self._read_again()
        opened = {
            key.id: self._custodian.unwrap(key.wrapped, kind=key.kind, key_id=key.id) for key in ring.keys
        }
        return tuple(
            replace(key, wrapped=custodian.wrap(opened[key.id], kind=key.kind, key_id=key.id))
            for key in ring.keys
        )

    def _read_again(self) -> Keyring:
        keyring = self._custodian.read()
        if keyring is None:
            raise CustodyRefused(DAMAGED, self.region)
        return keyring


def move_custody(old_url: str, new_url: str, region: str) -> Custody:
    """Wrap a region's keys anew with another custodian, which must not have any yet; the old one keeps its own.

    What was written is opened again and compared before this returns. Raise `CustodyRefused`, also
    `…:custody_key_in_use` when the new custodian already has a keyring.
    """
    old = Custody.open(old_url, region)
    with _by_code(region):
        custodian = custodian_at(new_url, region)
        with custodian.held():
            if custodian.read() is not None:
                raise CustodyRefused(KEY_IN_USE, custodian.kind)
            root_id = custodian.begin()
            custodian.write(Keyring(region, root_id, old.wrapped_by(custodian)))
    moved = Custody.open(new_url, region)
    if moved != old:
        raise CustodyRefused(DAMAGED, region)
    return moved


@contextmanager
def _by_code(region: str) -> Iterator[None]:
    """Turn whatever keeps keys from being had into one refusal, with its code."""
    try:
        yield
    except NotPrivate as refused:
        raise CustodyRefused(PERMISSIONS, refused.name) from None
    except (KeyringRefused, EnvelopeRefused):
        raise CustodyRefused(DAMAGED, region) from None


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
        epochs=MappingProxyType({key.id: key.epoch for key in keyring.of_kind("kek")}),
        link_key=single["link_key"],
        blind_index_key=single["blind_index_key"],
        log_signing_seed=single["log_signing_seed"],
        witness_signing_seed=single["witness_signing_seed"],
        witness_mldsa_seed=single["witness_mldsa_seed"],
        log_next_seed=single.get(NEXT_LOG_KEY),
        _custodian=custodian,
    )
