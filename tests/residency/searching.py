"""Looking for values everywhere one cell keeps anything: tables, files, and PostgreSQL's own files."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import asyncpg

from infra.quarters import Quarters

SECRETS = ("custody", "secrets.json")
PIECE = 8 << 20
LONGEST = 200  # bytes of a value, so that one across two pieces is found


async def in_tables(dsn: str, values: Iterable[str]) -> list[tuple[str, str]]:
    """Name the tables of a database that hold one of the values, as text or as bytes."""
    wanted, found = list(values), []
    connection = await asyncpg.connect(dsn)
    try:
        for (table,) in await connection.fetch(
            "select format('%I.%I', schemaname, tablename) from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        ):
            text = "\n".join(row[0] for row in await connection.fetch(f"select t::text from {table} t"))
            found += [(table, v) for v in wanted if v in text or v.encode().hex() in text]
        await connection.execute("checkpoint")  # what is searched next is on the disk
    finally:
        await connection.close()
    return found


def files_of(quarters: Quarters) -> list[Path]:
    """List every file of a cell or the front door, also those of PostgreSQL that lie elsewhere for root."""
    folders = {quarters.folder, quarters.postgres_home}
    return sorted({path for folder in folders for path in folder.rglob("*") if path.is_file()})


def in_files(paths: Iterable[Path], values: Iterable[str]) -> list[tuple[str, str]]:
    """Name the files that hold one of the values."""
    wanted = [value.encode() for value in values]
    found = []
    for path in paths:
        for piece in _pieces(path):
            found += [(str(path), value.decode()) for value in wanted if value in piece]
    return found


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            rest = b""
            while piece := file.read(PIECE):
                yield rest + piece
                rest = piece[-LONGEST:]
    except FileNotFoundError:  # PostgreSQL tidies up while we read
        return
