"""What lies beside the root key: every region-wide key, wrapped, as a JSON document without a clear byte."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

VERSION: Final = 1
KINDS: Final = (
    "kek",
    "link_key",
    "blind_index_key",
    "log_signing_seed",
    "witness_signing_seed",
    "witness_mldsa_seed",
)
SINGLE: Final = KINDS[1:]
"""Kinds of which a region has exactly one; `kek` has one per epoch."""
LATER: Final = ("witness_signing_seed", "witness_mldsa_seed")
"""Kinds that a keyring made by an earlier version lacks; they are made when it is opened."""
NEXT_LOG_KEY: Final = "log_next_seed"
"""The log's key to come, while its ceremony lasts: one or none."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """One wrapped key: its kind, its id (bound into the wrapping), its epoch (KEKs from 1, others 0)."""

    kind: str
    id: UUID
    epoch: int
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class Keyring:
    """All wrapped keys of one region, and the id of the root that wrapped them."""

    region: str
    root_id: UUID
    keys: tuple[WrappedKey, ...]

    def of_kind(self, kind: str) -> Iterator[WrappedKey]:
        """Yield the wrapped keys of one kind."""
        return (key for key in self.keys if key.kind == kind)


class KeyringRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """The document is damaged, of another version, or lacks a key."""

    code = "security:custody_damaged"


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    region: str
    root_id: UUID
    keys: tuple[WrappedKey, ...]


def write_keyring(keyring: Keyring) -> bytes:
    """Return the JSON document of a keyring, indented for a person who looks at it."""
    document = _Document(VERSION, keyring.region, keyring.root_id, keyring.keys)
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def read_keyring(document: bytes) -> Keyring:
    """Return the keyring of a JSON document; raise `KeyringRefused`."""
    try:
        read = msgspec.json.decode(document, type=_Document)
    except msgspec.DecodeError:
        raise KeyringRefused from None
    keyring = Keyring(read.region, read.root_id, read.keys)
    epochs = [key.epoch for key in keyring.of_kind("kek")]
    whole = (
        read.version == VERSION
        and bool(epochs)
        and len(set(epochs)) == len(epochs)
        and len({key.id for key in read.keys}) == len(read.keys)
        and all(key.kind in (*KINDS, NEXT_LOG_KEY) for key in read.keys)
        and _count(keyring, NEXT_LOG_KEY) <= 1
        and all(
            _count(keyring, kind) == 1 or (kind in LATER and not _count(keyring, kind)) for kind in SINGLE
        )
    )
    if not whole:
        raise KeyringRefused
    return keyring


def _count(keyring: Keyring, kind: str) -> int:
    return len(list(keyring.of_kind(kind)))
