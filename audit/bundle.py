"""The export: a ZIP in the C2SP layout, with what is kept beside the leaves.

`checkpoint`, `tile/…` and `tile/entries/…` as the log serves them; `side/facts.jsonl` (`{"document": text,
"index": n}`) and `side/sets.jsonl` (`{"index": n, "members": [[sub, nonce], …]}`), canonical JSON, one line
for one leaf, in order; of a log whose key was changed `side/keys.jsonl` too (`key_chain.py`). Two exports of one tree
are the same bytes.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, ClassVar, Final

from audit.refusal import Refusal

CHECKPOINT: Final = "checkpoint"
FACTS: Final = "side/facts.jsonl"
SETS: Final = "side/sets.jsonl"
KEYS: Final = "side/keys.jsonl"
MAX_MEMBER: Final = 256 * (2 + 65_535)  # the largest bundle of leaves
_MAX_LINE: Final = 4_000_000
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class BundleUnusable(Refusal):
    """The file cannot be read as a bundle at all. `reason`: not_zip, no_checkpoint, and such."""

    code: ClassVar[str] = "audit:bundle_unusable"


class BundleWriter:
    """Writes a bundle file; `close` makes it whole."""

    def __init__(self, target: Path) -> None:
        self._zip = zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED)

    def add(self, path: str, data: bytes) -> None:
        """Add the checkpoint, a tile or a bundle of leaves."""
        info = _info(path)
        if path.startswith("tile/") and not path.startswith("tile/entries/"):
            info.compress_type = zipfile.ZIP_STORED  # hashes do not get smaller
        self._zip.writestr(info, data)

    def lines(self, path: str) -> IO[bytes]:
        """Open a side file to write lines into; nothing else can be added until it is closed."""
        return self._zip.open(_info(path), "w", force_zip64=True)

    def close(self) -> None:
        """Write the directory and close the file."""
        self._zip.close()


class BundleReader:
    """Reads a bundle, file by file, believing nothing."""

    def __init__(self, source: Path) -> None:
        self.source = source
        self._streams: list[IO[bytes]] = []
        try:
            self._zip = zipfile.ZipFile(source)
        except (OSError, zipfile.BadZipFile):
            raise BundleUnusable(reason="not_zip") from None
        names = [name for name in self._zip.namelist() if not name.endswith("/")]
        self.paths = frozenset(names)
        if len(self.paths) != len(names):
            raise BundleUnusable(reason="doubled")
        if CHECKPOINT not in self.paths:
            raise BundleUnusable(reason="no_checkpoint")

    def read(self, path: str) -> bytes | None:
        """Return one file, or None."""
        if path not in self.paths:
            return None
        with _readable(path), self._zip.open(path) as member:
            data = member.read(MAX_MEMBER + 1)
        if len(data) > MAX_MEMBER:
            raise BundleUnusable(reason="too_large", path=path)
        return data

    def lines(self, path: str) -> Iterator[bytes]:
        """Return the lines of a side file, one at a time, without their newlines."""
        if path not in self.paths:
            return
        with _readable(path), self._zip.open(path) as member:
            self._streams.append(member)
            while line := member.readline(_MAX_LINE):
                yield line.removesuffix(b"\n")

    def close(self) -> None:
        """Close the file, whoever still reads lines of it."""
        for stream in self._streams:
            stream.close()
        self._zip.close()


@contextmanager
def _readable(path: str) -> Iterator[None]:
    """Turn the many ways in which a ZIP's member can be unreadable into one."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        raise BundleUnusable(reason="unreadable", path=path) from None


def _info(path: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info
