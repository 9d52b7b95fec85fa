"""The custodian of a laptop: a root key in a 0600 file, and the wrapped keys in a JSON document beside it.

It protects against stolen backups only, which hold neither file. Whoever reads this folder reads everything.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from security.vault.envelope import Context, open_envelope, seal
from security.vault.keyring import Keyring, KeyringRefused, read_keyring, write_keyring
from security.vault.primitives import KEY_BYTES
from security.vault.private_files import locked, private_folder, read_private, rename_private, write_private

ROOT_NAME: Final = "root.key"
ROOT_DRAFT: Final = "root.key.new"
KEYRING_NAME: Final = "keyring.json"
_ID_BYTES: Final = 16
_ROOT_MAGIC: Final = b"waxwing-root-v1\n"
_TABLE: Final = "custody"


class FileCustodian:
    """Root and keyring of one region in one 0700 folder; `custodian.Custodian` says what each does."""

    __slots__ = ("_begun", "_folder", "_region", "_root", "_root_id")
    kind: Final = "file"

    def __init__(self, folder: Path, region: str) -> None:
        self._folder = folder
        self._region = region
        private_folder(folder)
        self._root_id, self._root = UUID(int=0), b""
        self._begun = False

    def __repr__(self) -> str:
        return f"FileCustodian({self._region})"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder against other processes while keys are read, made or changed."""
        with locked(self._folder):
            yield

    def read(self) -> Keyring | None:
        """Return the keyring, or None before the first `write`; raise `KeyringRefused`, `NotPrivate`.

        A root without its keyring, or the reverse, is damage and never a reason to make new keys.
        """
        document = read_private(self._folder / KEYRING_NAME)
        root = read_private(self._folder / ROOT_NAME)
        if root is None and document is None:
            return None
        if document is None:
            raise KeyringRefused
        keyring = read_keyring(document)
        draft = read_private(self._folder / ROOT_DRAFT) if root is None else None
        self._root_id, self._root = _parse_root(root or draft)
        if self._root_id != keyring.root_id:
            raise KeyringRefused
        if draft is not None:
            # The first start was interrupted between the keyring and the last rename: finish it.
            rename_private(self._folder / ROOT_DRAFT, self._folder / ROOT_NAME)
        return keyring

    def begin(self) -> UUID:
        """Make a root key, in memory and under a draft name, and return its id; `write` makes it the root."""
        self._root_id, self._root = uuid7(), secrets.token_bytes(KEY_BYTES)
        write_private(self._folder / ROOT_DRAFT, _ROOT_MAGIC + self._root_id.bytes + self._root)
        self._begun = True
        return self._root_id

    def write(self, keyring: Keyring) -> None:
        """Replace the keyring as a whole; a draft root becomes the root once its keyring is on the disk."""
        write_private(self._folder / KEYRING_NAME, write_keyring(keyring))
        if self._begun:
            rename_private(self._folder / ROOT_DRAFT, self._folder / ROOT_NAME)
            self._begun = False

    def wrap(self, key: bytes, *, kind: str, key_id: UUID) -> bytes:
        """Return the key sealed under the root, bound to region, kind and id."""
        return seal(key, dek=self._root, dek_id=self._root_id, context=self._place(kind, key_id))

    def unwrap(self, wrapped: bytes, *, kind: str, key_id: UUID) -> bytes:
        """Return the key; raise `EnvelopeRefused` for another root, region, kind or id."""
        return open_envelope(wrapped, dek=self._root, context=self._place(kind, key_id))

    def _place(self, kind: str, key_id: UUID) -> Context:
        return Context(self._region, _TABLE, kind, key_id)


def _parse_root(file: bytes | None) -> tuple[UUID, bytes]:
    if file is None or not file.startswith(_ROOT_MAGIC):
        raise KeyringRefused
    body = file[len(_ROOT_MAGIC) :]
    if len(body) != _ID_BYTES + KEY_BYTES:
        raise KeyringRefused
    return UUID(bytes=body[:_ID_BYTES]), body[_ID_BYTES:]
