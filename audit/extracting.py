"""Making an extract from the database: what the caller's role and account may see, in bounded memory."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from audit import handovers, stored
from audit.export import newest_signed
from audit.extract import ExtractWriter, Row, proving, row_of
from audit.ledger import Filter, NoSuchLeaf
from audit.refusal import Refusal
from audit.stored import Head
from audit.tiles import HEIGHT

if TYPE_CHECKING:
    from audit.stored import Connection

BATCH: Final = 5_000
TILES: Final = 200


class TooManyRows(Refusal):
    """More entries than the layout can hold."""

    code = "audit:too_many_rows"


class Table(Protocol):
    """A table that is being written."""

    path: Path

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows."""

    def close(self) -> None:
        """Make the file whole."""

    def drop(self) -> None:
        """Let the file go half-made."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries, in which layout, how many at most, and what else the extract says of itself."""

    only: Filter
    layout: str
    most: int | None
    about: dict[str, str]


Told = Callable[[int, int], Awaitable[None]]


async def make_extract(
    connection: "Connection", target: Path, table: Table, wanted: Wanted, told: Told
) -> int:
    """Write an extract and say how many entries it holds. `told` hears how many are done, of how many.

    The caller's transaction is repeatable read. `NoSuchLeaf` of an unopened log; `TooManyRows`.
    """
    try:
        return await _made(connection, target, table, wanted, told)
    except BaseException:
        await asyncio.to_thread(table.drop)
        raise


async def _made(connection: "Connection", target: Path, table: Table, wanted: Wanted, told: Told) -> int:
    head = await newest_signed(connection)
    if head is None:
        raise NoSuchLeaf(index=0)
    clauses, values = wanted.only.where()
    values.append(head.size)
    where = " and ".join([*clauses, f"index < ${len(values)}"])
    total = await connection.fetchval(f"select count(*) from ledger_leaf where {where}", *values)  # noqa: S608 -- clauses are constants
    if wanted.most is not None and total > wanted.most:
        raise TooManyRows
    writer = await asyncio.to_thread(ExtractWriter, target)
    try:
        await _leaves(connection, writer, table, (where, values, total), told)
        await asyncio.to_thread(writer.begin_tiles, head.note, await _handovers(connection, writer, head))
        await _tiles(connection, writer, head.size)
        await asyncio.to_thread(table.close)
        await asyncio.to_thread(writer.add_table, wanted.layout, table.path)
        about = {"layout": wanted.layout, "origin": head.origin, **wanted.about}
        await asyncio.to_thread(writer.finish, about)
    except BaseException:
        await asyncio.to_thread(writer.drop)
        raise
    return writer.count


async def _leaves(
    connection: "Connection",
    writer: ExtractWriter,
    table: Table,
    asked: tuple[str, list[Any], int],
    told: Told,
) -> None:
    where, values, total = asked
    query = f"select index, leaf from ledger_leaf where {where} order by index"  # noqa: S608 -- as above
    cursor = await connection.cursor(query, *values)
    await told(0, total)
    while rows := await cursor.fetch(BATCH):
        await asyncio.to_thread(_write, writer, table, rows)
        await told(writer.count, total)


def _write(writer: ExtractWriter, table: Table, rows: Any) -> None:
    writer.add([(row[0], row[1]) for row in rows])
    table.add([row_of(row[0], json.loads(row[1])) for row in rows])


async def _handovers(connection: "Connection", writer: ExtractWriter, head: Head) -> list[dict[str, Any]]:
    """Say how the log's key was handed on, each with its entry, and which tiles prove that.

    Who sees a part of the ledger only gets none: those entries are of no part.
    """
    lines: list[dict[str, Any]] = []
    for step in await handovers.kept(connection, head.origin, head.size):
        leaf = await connection.fetchval("select leaf from ledger_leaf where index = $1", step.index)
        if leaf is None:
            return []
        lines.append({**step.line(), "leaf": leaf})
        writer.touched |= {step.index >> HEIGHT, (step.size - 1) >> HEIGHT}
    return lines


async def _tiles(connection: "Connection", writer: ExtractWriter, size: int) -> None:
    places = proving(size, writer.touched)
    for start in range(0, len(places), TILES):
        some = places[start : start + TILES]
        held = await stored.read_tiles(connection, [(tile.level, tile.index) for tile in some])
        for tile in some:
            data = held[tile.level, tile.index][: tile.width * 32]
            await asyncio.to_thread(writer.add_tile, tile, data)
