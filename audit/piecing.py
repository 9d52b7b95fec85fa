"""Making the columns of the ledger: pieces of leaves, and of many pieces one; see `audit.columns` for what they are.

A ledger names few actors and subjects many times. In the columns each of them is a number, given in the order in
which the ledger first names them, so that whoever makes a piece anew gives the same; a piece says what its own new
numbers stand for. Numbers without gaps are counted several times as fast as texts.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from audit.columns import (
    CONFIG,
    FORM,
    NUMBERED,
    REFUSAL,
    Piece,
    PieceNotMade,
    covered,
    path_of,
    pieces,
    quoted,
    standing,
)

if TYPE_CHECKING:
    import duckdb

    from audit.stored import Connection

PIECE: Final = 1 << 14
JOINED: Final = 16  # pieces of one size that become one
LARGEST: Final = 1 << 22
KEPT_SECONDS: Final = 3600.0  # a piece that a larger one replaces may still be in use
_READ: Final = (
    "select l.index, floor(extract(epoch from l.ts))::bigint, l.act, (l.dec = 'allow')::int, l.who, l.role,"  # noqa: S608 -- constants of this file
    f" l.sub, l.res, l.tier, l.why, {REFUSAL}"
    " from ledger_leaf l where l.index >= $1 and l.index < $2 order by l.index"
)
_TEXTS: Final = (
    "{'index': 'bigint', 't': 'bigint', 'act': 'varchar', 'ok': 'boolean', 'who': 'varchar', 'role': 'varchar',"
    " 'sub': 'varchar', 'res': 'varchar', 'tier': 'varchar', 'why': 'varchar', 'refusal': 'varchar'}"
)
_FORM: Final = (
    "header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"'"  # as PostgreSQL writes it
)
_ENTRY: Final = (
    "create table made.entry (index bigint, t bigint, act varchar, ok boolean, who uinteger, role varchar,"
    " sub uinteger, res varchar, tier varchar, why varchar, refusal varchar)"
)
_TABLES: Final = (
    _ENTRY,
    *(f"create table made.{column} (number uinteger, name varchar)" for column in NUMBERED),
)
_NEW: Final = """
insert into made.{column}
select (select count(*) from known_{column}) + row_number() over (order by first) - 1, name
from (select {column} as name, min(index) as first from draft where {column} is not null group by 1) met
where name not in (select name from known_{column})
"""
_ENTRIES: Final = """
insert into made.entry
select d.index, d.t, d.act, d.ok, w.number, d.role, s.number, d.res, d.tier, d.why, d.refusal from draft d
left join (from known_who union all from made.who) w on w.name = d.who
left join (from known_sub union all from made.sub) s on s.name = d.sub order by d.index
"""


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
            await _add(connection, folder, chosen, much, mark)
            return True
    return False


async def _mark(connection: "Connection", index: int) -> str | None:
    found: str | None = await connection.fetchval(
        "select encode(hash, 'hex') from ledger_leaf where index = $1", index
    )
    return found


async def _add(connection: "Connection", folder: Path, before: Sequence[Piece], size: int, mark: str) -> None:
    """Read the leaves that follow these pieces into another."""
    start = covered(before)
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    draft = folder / f"{uuid4().hex}.csv"
    try:
        with await asyncio.to_thread(draft.open, "wb") as rows:
            await connection.copy_from_query(_READ, start, start + size, output=rows, format="csv")
        await asyncio.to_thread(_made, draft, before, path_of(folder, start, start + size, mark))
    finally:
        await asyncio.to_thread(draft.unlink, missing_ok=True)


async def _joined(folder: Path, chosen: Sequence[Piece]) -> bool:
    """Make one of `JOINED` pieces of one size that stand in a row from a round place on."""
    for at in range(len(chosen) - JOINED + 1):
        run = chosen[at : at + JOINED]
        size = run[0].end - run[0].start
        alike = all(piece.end - piece.start == size for piece in run)
        if alike and size < LARGEST and run[0].start % (size * JOINED) == 0:
            target = path_of(folder, run[0].start, run[-1].end, run[-1].mark)
            await asyncio.to_thread(_one_of_many, run, target)
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
    for other in folder.glob("*"):  # half-made, or of another form; no folder: nothing
        if other.suffix != f".{FORM}" and _age(other) < before:
            other.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _made(draft: Path, before: Sequence[Piece], target: Path) -> None:
    """Make a piece of a draft, with the numbers of the pieces before it and its own new ones."""
    with _writing(target) as connection:
        known = _attached(connection, before)
        rows = f"read_csv({quoted(draft)}, {_FORM}, columns = {_TEXTS})"
        connection.execute(f"create temp table draft as from {rows}")
        for column in NUMBERED:
            names = " union all ".join(f"from {name}.{column}" for name in known) or f"from made.{column}"
            connection.execute(f"create temp table known_{column} as {names}")
            connection.execute(_NEW.format(column=column))
        connection.execute(_ENTRIES)


def _one_of_many(run: Sequence[Piece], target: Path) -> None:
    with _writing(target) as connection:
        for name in _attached(connection, run):  # one after the other: they are in order already
            for table in ("entry", *NUMBERED):
                connection.execute(f"insert into made.{table} from {name}.{table}")


def _attached(connection: "duckdb.DuckDBPyConnection", some: Sequence[Piece]) -> list[str]:
    names = [f"p{nth}" for nth, _ in enumerate(some)]
    for name, piece in zip(names, some, strict=True):
        connection.execute(f"attach {quoted(piece.path)} as {name} (read_only)")
    return names


@contextmanager
def _writing(target: Path) -> "Iterator[duckdb.DuckDBPyConnection]":
    """Write a piece under a name of its own, then give it its name: a reader sees all of it or nothing.

    Raises PieceNotMade.
    """
    import duckdb  # noqa: PLC0415 -- a large library, wanted only where entries are many

    half = target.with_suffix(f".half-{uuid4().hex}")
    connection = duckdb.connect(config=CONFIG)
    try:
        connection.execute(f"attach {quoted(half)} as made")
        for table in _TABLES:
            connection.execute(table)
        yield connection
        connection.execute("detach made")
    except duckdb.Error:
        raise PieceNotMade from None
    finally:
        connection.close()
    half.replace(target)
