"""An extract: some entries of the log as a table, beside them the leaves they were read from, and proofs.

A ZIP of `about.json`, `checkpoint`, the tiles that prove these leaves (all from level 1 up, of level 0 those with a
leaf of the extract or a handover of the log's key, and the last), `side/keys.jsonl` where the key was changed
(`key_chain.py`), `leaves.jsonl` (`{"index": n, "leaf": text}`, canonical JSON, ascending) and the
table `entries.<layout>` with one row for each leaf, in the same order. A row says of a leaf what `row_of` says.
"""

import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from audit import jcs
from audit.bundle import CHECKPOINT, KEYS
from audit.tiles import HEIGHT, WIDTH, Tile

FORMAT: Final = "waxwing-extract@v1"
ABOUT: Final = "about.json"
LEAVES: Final = "leaves.jsonl"
LAYOUTS: Final = ("csv", "xlsx", "parquet", "jsonl")
SHEET_ROWS: Final = 1_048_575  # a sheet's rows below its heading
Row: TypeAlias = list[str]
# The columns of a table, and which part of a leaf each shows; the first is the leaf's index.
COLUMNS: Final[tuple[tuple[str, str], ...]] = (
    ("entry", ""),
    ("time", "ts"),
    ("happened_at", "at"),
    ("region", "reg"),
    ("kind", "act"),
    ("decision", "dec"),
    ("actor", "who"),
    ("role", "role"),
    ("field", "res"),
    ("shown_as", "tier"),
    ("purpose", "why"),
    ("subject", "sub"),
    ("list", "set"),
    ("reference", "case"),
    ("grant", "via"),
    ("request", "req"),
)
HEADINGS: Final = tuple(name for name, _ in COLUMNS)
_PARTS: Final = tuple(part for _, part in COLUMNS[1:])
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def is_extract(path: Path) -> bool:
    """Say whether a file is an extract, whole or not, rather than a bundle of a whole log."""
    try:
        with zipfile.ZipFile(path) as held:
            return LEAVES in held.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def row_of(index: int, parts: Mapping[str, Any]) -> Row:
    """Say of a leaf what a row of the table holds."""
    get = parts.get
    return [str(index), *[get(part, "") for part in _PARTS]]


def neutral(text: str) -> str:
    """Keep a spreadsheet from reading a cell of a CSV file as a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def proving(size: int, touched: Iterable[int]) -> list[Tile]:
    """Name the tiles that prove leaves of these level-0 tiles in a tree of `size` leaves, at their full width."""
    wanted: list[Tile] = []
    for level in range(HEIGHT):
        count = size >> HEIGHT * level
        if not count:
            break
        last = (count - 1) // WIDTH
        places = sorted({*touched, last}) if level == 0 else range(last + 1)
        wanted += [Tile(level, index, min(WIDTH, count - index * WIDTH)) for index in places]
    return wanted


class ExtractWriter:
    """Writes an extract: leaves as they come, then `finish` with checkpoint, tiles, table and what it is about."""

    def __init__(self, target: Path) -> None:
        self._zip = zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._leaves: Any = self._zip.open(_info(LEAVES), "w", force_zip64=True)
        self.touched: set[int] = set()
        self.count = 0

    def add(self, rows: Iterable[tuple[int, str]]) -> None:
        """Add leaves, ascending, each as (index, canonical text)."""
        lines: list[str] = []
        for index, leaf in rows:
            lines.append(f'{{"index":{index},"leaf":{json.dumps(leaf, ensure_ascii=False)}}}\n')
            self.touched.add(index >> HEIGHT)
        self.count += len(lines)
        self._leaves.write("".join(lines).encode())

    def begin_tiles(self, checkpoint: str, handovers: Iterable[Mapping[str, Any]] = ()) -> None:
        """End the leaves and add the signed checkpoint, and the lines that lead to the key that signed it."""
        self._leaves.close()
        self._zip.writestr(_info(CHECKPOINT), checkpoint.encode())
        if lines := [jcs.canonical(one) + b"\n" for one in handovers]:
            self._zip.writestr(_info(KEYS), b"".join(lines))

    def add_tile(self, tile: Tile, data: bytes) -> None:
        """Add a tile; hashes do not shrink, so they are stored as they are."""
        self._zip.writestr(_info(tile.path, zipfile.ZIP_STORED), data)

    def add_table(self, layout: str, source: Path) -> None:
        """Add the table from a file; what is compressed already is stored as it is."""
        packed = layout in {"xlsx", "parquet"}
        info = _info(f"entries.{layout}", zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED)
        with source.open("rb") as reading, self._zip.open(info, "w", force_zip64=True) as member:
            while block := reading.read(1 << 20):
                member.write(block)

    def finish(self, about: Mapping[str, Any]) -> None:
        """Say what the extract is of, and make the file whole."""
        told = {"format": FORMAT, "entries": str(self.count), **about}
        self._zip.writestr(_info(ABOUT), jcs.canonical(told))
        self._zip.close()

    def drop(self) -> None:
        """Close the file half-made."""
        self._leaves.close()
        self._zip.close()


def _info(path: str, compression: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
    info.compress_type = compression
    info.external_attr = 0o600 << 16
    return info
