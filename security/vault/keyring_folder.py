"""The wrapped keys as a document in a private folder, for custodians whose root lies elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from security.vault.keyring import Keyring, read_keyring, write_keyring
from security.vault.private_files import locked, private_folder, read_private, write_private

KEYRING_NAME: Final = "keyring.json"


class KeyringFolder:
    """One region's `keyring.json` (0600) in a folder (0700). It opens nothing without its root."""

    __slots__ = ("_folder",)

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        private_folder(folder)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder against other processes."""
        with locked(self._folder):
            yield

    def read(self) -> Keyring | None:
        """Return the keyring, or None; raise `KeyringRefused`, `NotPrivate`."""
        document = read_private(self._folder / KEYRING_NAME)
        return None if document is None else read_keyring(document)

    def write(self, keyring: Keyring) -> None:
        """Replace the keyring as a whole, durably."""
        write_private(self._folder / KEYRING_NAME, write_keyring(keyring))
