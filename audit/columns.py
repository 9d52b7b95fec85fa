"""The ledger in columns, beside it: what answers questions over millions of entries; made from leaves, never the truth.

A piece is a read-only DuckDB file with the parts of consecutive leaves. It is named for where it begins and ends and
for the hash of its last leaf, so that one of another ledger is not taken. Whatever no piece covers is counted in the
ledger itself: a lost folder makes answers slower, never wrong.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Final
from uuid import uuid4

from audit.refusal import Refusal

if TYPE_CHECKING:
    import duckdb

    from audit.stored import Connection

PIECE: Final = 1 << 14
JOINED: Final = 16  # pieces of one size that become one
LARGEST: Final = 1 << 22
KEPT_SECONDS: Final = 3600.0  # a piece that a larger one replaces may still be in use
MARK: Final = 16
_NAME: Final = re.compile(r"(\d{12})-(\d{12})-([0-9a-f]{16})\.columns")
# A pseudonym as a number: its first eight bytes. What a number stands for is read from the entry it was met in.
_NUMBER: Final = (
    "('x' || encode(substring(decode(translate(sub, '-_', '+/') || '=', 'base64') for 8), 'hex'))"
    "::bit(64)::bigint"
)
# Why something was denied: the code kept beside the entry, or else the kind of the entry.
REFUSAL: Final = (
    "case when l.dec <> 'allow' then"
    " coalesce((select f.document::json ->> 'refusal' from ledger_fact f where f.index = l.index), l.act) end"
)
_READ: Final = (
    "select l.index, floor(extract(epoch from l.ts))::bigint, l.act, (l.dec = 'allow')::int, l.who, l.role,"  # noqa: S608 -- constants of this file
    f" {_NUMBER}, l.res, l.tier, l.why, {REFUSAL}"
    " from ledger_leaf l where l.index >= $1 and l.index < $2 order by l.index"
)
_COLUMNS: Final = (
    "{'index': 'bigint', 't': 'bigint', 'act': 'varchar', 'ok': 'boolean', 'who': 'varchar', 'role': 'varchar',"
    " 'sub': 'bigint', 'res': 'varchar', 'tier': 'varchar', 'why': 'varchar', 'refusal': 'varchar'}"
)
_NOBODY: Final = (
    "select null::bigint as index, null::bigint as t, null::varchar as act, null::boolean as ok, null::varchar as who,"
    " null::varchar as role, null::bigint as sub, null::varchar as res, null::varchar as tier, null::varchar as why,"
    " null::varchar as refusal where false"
)
# No extension is fetched from anywhere.
_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "512MB",
    "threads": "2",
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
    named = [(path, _NAME.fullmatch(path.name)) for path in folder.glob("*.columns")]
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


async def add_piece(connection: "Connection", folder: Path, *, size: int = PIECE) -> bool:
    """Make the next piece, if the ledger has grown by one; join what has become many. Says whether it did anything.

    Where the ledger is far ahead, pieces are as large from the beginning as they would become.
    """
    chosen = await standing(connection, folder)
    if await _joined(folder, chosen):
        return True
    start = covered(chosen)
    for much in (size * JOINED, size):
        if start % much == 0 and (mark := await _mark(connection, start + much - 1)):
            await _add(connection, folder, start, much, mark)
            return True
    return False


async def _mark(connection: "Connection", index: int) -> str | None:
    found: str | None = await connection.fetchval(
        "select encode(hash, 'hex') from ledger_leaf where index = $1", index
    )
    return found


async def _add(connection: "Connection", folder: Path, start: int, size: int, mark: str) -> None:
    """Read leaves into a piece."""
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    draft = folder / f"{uuid4().hex}.csv"
    try:
        with await asyncio.to_thread(draft.open, "wb") as rows:
            await connection.copy_from_query(_READ, start, start + size, output=rows, format="csv")
        await asyncio.to_thread(_write, [draft], (), _path(folder, start, start + size, mark))
    finally:
        await asyncio.to_thread(draft.unlink, missing_ok=True)


async def _joined(folder: Path, chosen: Sequence[Piece]) -> bool:
    """Make one of `JOINED` pieces of one size that stand in a row from a round place on."""
    for at in range(len(chosen) - JOINED + 1):
        run = chosen[at : at + JOINED]
        size = run[0].end - run[0].start
        alike = all(piece.end - piece.start == size for piece in run)
        if alike and size < LARGEST and run[0].start % (size * JOINED) == 0:
            target = _path(folder, run[0].start, run[-1].end, run[-1].mark)
            await asyncio.to_thread(_write, [], [piece.path for piece in run], target)
            return True
    return False


async def clear_replaced(folder: Path, *, after: float = KEPT_SECONDS) -> None:
    """Remove pieces that a larger one has replaced for long enough, and drafts that were left half-made."""
    await asyncio.to_thread(_clear, folder, time.time() - after)


def _clear(folder: Path, before: float) -> None:
    found = pieces(folder)
    for piece in found:
        larger = [
            other
            for other in found
            if other.start <= piece.start and other.end >= piece.end and other != piece
        ]
        if any(
            other.end - other.start > piece.end - piece.start and _age(other.path) < before
            for other in larger
        ):
            piece.path.unlink(missing_ok=True)
    for draft in (*folder.glob("*.csv"), *folder.glob("*.half*")):
        if _age(draft) < before:
            draft.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _path(folder: Path, start: int, end: int, mark: str) -> Path:
    return folder / f"{start:012d}-{end:012d}-{mark[:MARK]}.columns"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _write(drafts: Sequence[Path], sources: Sequence[Path], target: Path) -> None:
    """Write a piece under a name of its own, then give it its name: a reader sees all of it or nothing.

    Raises PieceNotMade.
    """
    import duckdb  # noqa: PLC0415 -- a large library, wanted only where entries are many

    half = target.with_suffix(f".half-{uuid4().hex}")
    connection = duckdb.connect(config=_CONFIG)
    try:
        connection.execute(f"attach {_quoted(half)} as made")
        connection.execute(f"create table made.entry as {_NOBODY}")
        for draft in drafts:
            rows = f"read_csv({_quoted(draft)}, header = false, columns = {_COLUMNS})"
            connection.execute(f"insert into made.entry from {rows}")
        for nth, source in enumerate(sources):  # one after the other: they are in order already
            connection.execute(f"attach {_quoted(source)} as p{nth} (read_only)")
            connection.execute(f"insert into made.entry from p{nth}.entry")
        connection.execute("detach made")
    except duckdb.Error:
        raise PieceNotMade from None
    finally:
        connection.close()
    half.replace(target)


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
        self, chosen: Sequence[Piece], sql: str, values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        """Answer a question put to `{entry}` over these pieces."""
        return await asyncio.to_thread(self._ask, chosen, sql, list(values))

    def _ask(self, chosen: Sequence[Piece], sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
        cursor = self._cursor(chosen)
        parts = " union all ".join(f"from {self._names[piece.path]}.entry" for piece in chosen)
        with contextlib.closing(cursor):
            return cursor.execute(sql.replace("{entry}", f"({parts or _NOBODY})"), values).fetchall()

    def _cursor(self, chosen: Sequence[Piece]) -> "duckdb.DuckDBPyConnection":
        import duckdb  # noqa: PLC0415 -- as above

        with self._lock:
            if self._connection is None:
                self._connection = duckdb.connect(config=_CONFIG)
            for piece in chosen:
                if piece.path not in self._names:
                    name = f"p{len(self._names)}"
                    self._connection.execute(f"attach {_quoted(piece.path)} as {name} (read_only)")
                    self._names[piece.path] = name
            return self._connection.cursor()

    def close(self) -> None:
        """Let the files go."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._names = None, {}
