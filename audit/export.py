"""The export written: the whole log as a bundle, some thousand leaves at a time, read while the last are packed.

Memory is that of two such steps, however long the log is. Everything is read in the caller's transaction: what is
sequenced meanwhile is not in it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeAlias

from audit import handovers, jcs, stored, tiles
from audit.bundle import CHECKPOINT, FACTS, KEYS, SETS, BundleWriter
from audit.entry import b64url
from audit.stored import Head, NoSuchLeaf
from audit.tiles import ENTRIES, WIDTH, Tile

if TYPE_CHECKING:
    from audit.stored import Connection

KEEPING_UP: Final = timedelta(minutes=1)
STEP: Final = 16 * WIDTH
_DOCUMENTS: Final = "select index, document from ledger_fact where index >= $1 and index < $2 order by index"
_MEMBERS: Final = (
    "select index, array_agg(sub order by position), array_agg(nonce order by position)"
    " from ledger_member where index >= $1 and index < $2 group by index order by index"
)
_GAP: Final = (
    "select min(n) from generate_series($1::bigint, $2 - 1) n"
    " where not exists (select from ledger_leaf where index = n)"
)
Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds: the whole log under one checkpoint."""

    origin: str
    size: int


async def export(
    connection: "Connection", target: Path, progress: Progress = lambda _done, _all: None
) -> Exported:
    """Write the whole log as a bundle for `python -m audit verify`, with the lines of its witnesses.

    Where witnesses keep up the bundle ends with the newest checkpoint that they cosigned, seconds ago. `progress` is
    called with steps done and steps in all. `target` must not exist. The caller's transaction is repeatable read.
    `NoSuchLeaf` of an unopened log, and of the first leaf that is missing; `TileRefused` of a tile.
    """
    newest = await stored.head(connection)
    if newest is None:
        raise NoSuchLeaf(index=0)
    newest = await _best(connection, newest)
    writer = await asyncio.to_thread(BundleWriter, target)
    try:
        await asyncio.to_thread(writer.add, CHECKPOINT, newest.note.encode())
        steps = await handovers.kept(connection, newest.origin, newest.size)
        if steps:
            with writer.lines(KEYS) as stream:
                stream.write(b"".join([jcs.canonical(step.line()) + b"\n" for step in steps]))
        await _Run(connection, writer, newest.size, progress).all()
    finally:
        await asyncio.to_thread(writer.close)
    return Exported(newest.origin, newest.size)


async def newest_signed(connection: "Connection") -> Head | None:
    """Return the checkpoint that an export ends with, with its witnesses' lines; None before the log was opened."""
    newest = await stored.head(connection)
    return None if newest is None else await _best(connection, newest)


async def _best(connection: "Connection", newest: Head) -> Head:
    """Return the newest cosigned checkpoint if witnesses keep up, else the newest."""
    cosigned = await stored.cosigned(connection, newest)
    return cosigned if cosigned and newest.signed_at - cosigned.signed_at < KEEPING_UP else newest


@dataclass(frozen=True, slots=True)
class Step:
    """What one step read: tiles, and bundles of leaves not yet packed; or rows of what is kept beside leaves."""

    tiles: dict[Tile, bytes] = field(default_factory=dict)
    bundles: dict[Tile, list[bytes]] = field(default_factory=dict)
    rows: Sequence[Any] = ()


class _Run:
    def __init__(self, connection: "Connection", writer: BundleWriter, size: int, progress: Progress) -> None:
        self._connection = connection
        self._writer = writer
        self._size = size
        self._progress = progress
        self._spans = [(start, min(start + STEP, size)) for start in range(0, size, STEP)]
        self._done = 0

    async def all(self) -> None:
        """Write tiles and leaves, then what is kept beside them."""
        await self._write(self._leaves(), self._pack)
        for path, query, line in ((FACTS, _DOCUMENTS, _fact), (SETS, _MEMBERS, _set)):
            with self._writer.lines(path) as stream:
                await self._write(self._beside(query), partial(_write_lines, stream, line))

    async def _write(self, read: AsyncIterator[Step], write: Callable[[Step], None]) -> None:
        """Write each step in a thread while the next is read."""
        writing: asyncio.Task[None] | None = None
        try:
            async for step in read:
                if writing is not None:
                    await writing
                writing = asyncio.create_task(asyncio.to_thread(write, step))
                self._done += 1
                self._progress(self._done, 3 * len(self._spans) + 1)
        finally:
            if writing is not None:
                await writing

    def _pack(self, step: Step) -> None:
        for tile, data in step.tiles.items():
            self._writer.add(tile.path, data)
            bundle = Tile(ENTRIES, tile.index, tile.width)
            if bundle in step.bundles:
                self._writer.add(bundle.path, tiles.encode_bundle(step.bundles[bundle]))

    async def _leaves(self) -> AsyncIterator[Step]:
        for start, end in self._spans:
            leaves = await stored.read_leaves(self._connection, start, end)
            if len(leaves) != end - start:
                raise NoSuchLeaf(index=await self._connection.fetchval(_GAP, start, end))
            places = [Tile(0, at // WIDTH, min(WIDTH, end - at)) for at in range(start, end, WIDTH)]
            bundles = {
                Tile(ENTRIES, tile.index, tile.width): leaves[at : at + WIDTH]
                for tile, at in zip(places, range(0, end - start, WIDTH), strict=True)
            }
            yield Step(await stored.read_whole(self._connection, places), bundles)
        upper = [tile for tile in tiles.between(0, self._size) if tile.level > 0]
        yield Step(await stored.read_whole(self._connection, upper))

    async def _beside(self, query: str) -> AsyncIterator[Step]:
        for start, end in self._spans:
            yield Step(rows=await self._connection.fetch(query, start, end))


def _write_lines(stream: IO[bytes], line: Callable[[Any], dict[str, Any]], step: Step) -> None:
    stream.write(b"".join([jcs.canonical(line(row)) + b"\n" for row in step.rows]))


def _fact(row: Any) -> dict[str, Any]:
    index, document = row
    return {"document": document, "index": index}


def _set(row: Any) -> dict[str, Any]:
    index, subs, nonces = row
    return {
        "index": index,
        "members": [[sub, b64url(nonce)] for sub, nonce in zip(subs, nonces, strict=True)],
    }
