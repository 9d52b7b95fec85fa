"""The rows of an extract's table, read back as the texts that `row_of` writes; nothing of it is believed."""

import csv
import importlib
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, iterparse

from audit.extract import HEADINGS, Row, neutral

_SHEET: Final = "xl/worksheets/sheet1.xml"
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_SELECT: Final = "select {} from read_parquet(?)".format(", ".join(f'"{name}"' for name in HEADINGS))  # noqa: S608 -- constants
_MAX_LINE: Final = 1_000_000


class TableUnread(Exception):  # noqa: N818 -- named for what happens
    """The table cannot be read; `reason`: `malformed`, or `needs_duckdb` where that library is missing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def rows_of(layout: str, source: zipfile.ZipFile) -> Iterator[Row]:
    """Read the rows of `entries.<layout>` in order. `TableUnread`."""
    with source.open(f"entries.{layout}") as member:
        try:
            yield from {"csv": _csv, "jsonl": _jsonl, "xlsx": _xlsx, "parquet": _parquet}[layout](member)
        except (ValueError, KeyError, TypeError, csv.Error, ParseError, zipfile.BadZipFile) as bad:
            raise TableUnread("malformed") from bad


def as_written(layout: str, row: Row) -> Row:
    """Give a row as this layout writes it: CSV keeps cells from being read as formulas."""
    return [neutral(cell) for cell in row] if layout == "csv" else row


def _csv(member: Any) -> Iterator[Row]:
    reader = csv.reader(io.TextIOWrapper(member, encoding="utf-8-sig", newline=""))
    _headed(next(reader, []))
    yield from reader


def _headed(found: list[str]) -> None:
    if tuple(found) != HEADINGS:
        raise ValueError


def _jsonl(member: Any) -> Iterator[Row]:
    while line := member.readline(_MAX_LINE):
        said = json.loads(line)
        if not set(said) <= set(HEADINGS):
            raise ValueError
        yield [str(said.get(name, "")) for name in HEADINGS]


def _xlsx(member: Any) -> Iterator[Row]:
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(member, copy)
        with zipfile.ZipFile(copy) as book, book.open(_SHEET) as sheet:
            for number, row in enumerate(_sheet_rows(sheet)):
                if number:  # the first is the heading, in a person's language
                    yield row[: len(HEADINGS)]


def _sheet_rows(sheet: Any) -> Iterator[Row]:
    for _, element in iterparse(sheet):  # noqa: S314 -- expat refuses what grows without end
        if element.tag == f"{_MAIN}row":
            yield _cells(element)
            element.clear()


def _cells(row: Element) -> Row:
    cells = [""] * len(HEADINGS)
    for cell in row:
        letters = cell.get("r", "").rstrip("0123456789")
        place = ord(letters) - ord("A") if len(letters) == 1 else len(HEADINGS)
        if 0 <= place < len(HEADINGS):
            cells[place] = "".join(cell.itertext())
    return cells


def _parquet(member: Any) -> Iterator[Row]:
    try:
        duckdb = importlib.import_module("duckdb")
    except ImportError:
        raise TableUnread("needs_duckdb") from None
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "entries.parquet"
        with copy.open("wb") as target:
            shutil.copyfileobj(member, target)
        connection = duckdb.connect()
        try:
            found = connection.execute(_SELECT, [str(copy)])
            while batch := found.fetchmany(10_000):
                for row in batch:
                    yield ["" if cell is None else str(cell) for cell in row]
        except duckdb.Error as bad:
            raise TableUnread("malformed") from bad
        finally:
            connection.close()
