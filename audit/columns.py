"""The ledger in columns, beside it: what answers questions over millions of entries; made from leaves, never the truth.

A piece is a read-only DuckDB file with the parts of consecutive leaves. It is named for where it begins and ends and
for the hash of its last leaf, so that one of another ledger is not taken. Whatever no piece covers is counted in the
ledger itself: a lost folder makes answers slower, never wrong.
"""

import asyncio
import contextlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Final

from audit.refusal import Refusal

if TYPE_CHECKING:
    import duckdb

    from audit.stored import Connection

MARK: Final = 16
NUMBERED: Final = (
    "who",
    "sub",
)  # columns of numbers; each has a table of its name that says what they stand for
FORM: Final = "columns-2"  # what lies in the folder in another form is not read
_NAME: Final = re.compile(rf"(\d{{12}})-(\d{{12}})-([0-9a-f]{{16}})\.{FORM}")
# Why something was denied: the code kept beside the entry, or else the kind of the entry.
REFUSAL: Final = (
    "case when l.dec <> 'allow' then"
    " coalesce((select f.document::json ->> 'refusal' from ledger_fact f where f.index = l.index), l.act) end"
)
# No extension is fetched from anywhere.
CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "512MB",
    "threads": "2",
    "perfect_ht_threshold": "20",  # bits: numbers without gaps are counted in a table of their own
}


class PieceNotMade(Refusal):
    """A piece could not be written; the ledger itself answers meanwhile."""

    code: ClassVar[str] = "audit:piece_not_made"


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """One file: entries `start` up to `end`, the hash of the last, and where it lies."""

    start: int
    end: int
    mark: str
    path: Path


def pieces(folder: Path) -> list[Piece]:
    """List what lies in a folder, half-made files left out."""
    named = [(path, _NAME.fullmatch(path.name)) for path in folder.glob(f"*.{FORM}")]
    return sorted(Piece(int(name[1]), int(name[2]), name[3], path) for path, name in named if name)


def cover(found: Iterable[Piece]) -> list[Piece]:
    """Choose pieces that follow one another from the first entry on, the largest first."""
    largest: dict[int, Piece] = {}
    for piece in found:
        known = largest.get(piece.start)
        if known is None or piece.end > known.end:
            largest[piece.start] = piece
    chosen: list[Piece] = []
    at = 0
    while at in largest:
        chosen.append(largest[at])
        at = largest[at].end
    return chosen


async def standing(connection: "Connection", folder: Path) -> list[Piece]:
    """Return the pieces of this very ledger: those of a cover whose last leaves it holds."""
    chosen = cover(await asyncio.to_thread(pieces, folder))
    if not chosen:
        return []
    rows = await connection.fetch(
        "select index, encode(hash, 'hex') from ledger_leaf where index = any ($1::bigint[])",
        [piece.end - 1 for piece in chosen],
    )
    marks = {index: mark[:MARK] for index, mark in rows}
    for place, piece in enumerate(chosen):
        if marks.get(piece.end - 1) != piece.mark:
            return chosen[:place]
    return chosen


def covered(chosen: Sequence[Piece]) -> int:
    """Return how many entries a cover holds."""
    return chosen[-1].end if chosen else 0


def path_of(folder: Path, start: int, end: int, mark: str) -> Path:
    """Name a piece."""
    return folder / f"{start:012d}-{end:012d}-{mark[:MARK]}.{FORM}"


def quoted(path: Path) -> str:
    """Write a path as SQL."""
    return "'" + str(path).replace("'", "''") + "'"


class Columns:
    """The pieces of one folder (None: there are none), open for reading in this process; threads may ask at once."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._names: dict[Path, str] = {}
        self._lock = Lock()

    async def opened(self, chosen: Sequence[Piece]) -> list[Piece]:
        """Open pieces; one that cannot be read ends what they cover."""
        return await asyncio.to_thread(self._opened, chosen)

    def _opened(self, chosen: Sequence[Piece]) -> list[Piece]:
        import duckdb  # noqa: PLC0415 -- as above

        for place, piece in enumerate(chosen):
            try:
                self._cursor([piece]).close()
            except duckdb.Error:
                return list(chosen[:place])
        return list(chosen)

    async def ask(
        self, chosen: Sequence[Piece], low: int, high: int, sql: str, values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        """Answer a question over these pieces, put to `{entry}`, the entries from `low` to `high`.

        What the numbers in its columns `who` and `sub` stand for is in `{who}` and `{sub}` (number, name).
        """
        return await asyncio.to_thread(self._ask, chosen, low, high, sql, list(values))

    def _ask(
        self, chosen: Sequence[Piece], low: int, high: int, sql: str, values: list[Any]
    ) -> list[tuple[Any, ...]]:
        cursor = self._cursor(chosen)
        before = [piece for piece in chosen if piece.start < high]
        tables = {"entry": [piece for piece in before if piece.end > low], **dict.fromkeys(NUMBERED, before)}
        for table, of in tables.items():
            parts = " union all ".join(f"from {self._names[piece.path]}.{table}" for piece in of)
            sql = sql.replace(f"{{{table}}}", f"({parts})")
        with contextlib.closing(cursor):
            return cursor.execute(sql, values).fetchall()

    def _cursor(self, chosen: Sequence[Piece]) -> "duckdb.DuckDBPyConnection":
        import duckdb  # noqa: PLC0415 -- as above

        with self._lock:
            if self._connection is None:
                self._connection = duckdb.connect(config=CONFIG)
            for piece in chosen:
                if piece.path not in self._names:
                    name = f"p{len(self._names)}"
                    self._connection.execute(f"attach {quoted(piece.path)} as {name} (read_only)")
                    self._names[piece.path] = name
            return self._connection.cursor()

    def close(self) -> None:
        """Let the files go."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._names = None, {}
