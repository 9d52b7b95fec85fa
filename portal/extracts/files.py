"""Tables as files, written row by row: CSV, XLSX, JSON lines; Parquet is made by DuckDB from a CSV of its own."""

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb
import xlsxwriter

from audit.extract import HEADINGS, Row, neutral

MEMORY = "256MB"
WIDTHS = (9, 26, 26, 8, 34, 9, 14, 14, 24, 10, 18, 14, 14, 24, 14, 14)


@dataclass(frozen=True, slots=True)
class Speech:
    """How a sheet for people speaks: its title, headings, what each kind is called, and which way it runs."""

    title: str
    headings: Sequence[str]
    kinds: Mapping[str, str]
    right_to_left: bool = False


class Table(Protocol):
    """A table that is being written."""

    path: Path

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows."""

    def close(self) -> None:
        """Make the file whole."""


class CsvTable:
    """UTF-8 with a mark at the front, so that spreadsheets read it; no cell runs as a formula."""

    def __init__(self, path: Path, _speech: Speech) -> None:
        self.path = path
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEADINGS)

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows."""
        self._writer.writerows([[neutral(cell) for cell in row] for row in rows])

    def close(self) -> None:
        """Make the file whole."""
        self._file.close()


class JsonTable:
    """One object a line; what a leaf does not say is left out."""

    def __init__(self, path: Path, _speech: Speech) -> None:
        self.path = path
        self._file = path.open("w", encoding="utf-8")

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows."""
        self._file.write("".join([_line(row) for row in rows]))

    def close(self) -> None:
        """Make the file whole."""
        self._file.close()


def _line(row: Row) -> str:
    said = {name: cell for name, cell in zip(HEADINGS, row, strict=True) if cell}
    return json.dumps(said | {"entry": int(row[0])}, ensure_ascii=False, separators=(",", ":")) + "\n"


class ParquetTable:
    """A CSV that DuckDB turns into Parquet: numbers and times typed, strings compressed, bounded memory."""

    def __init__(self, path: Path, _speech: Speech) -> None:
        self.path = path
        self._plain = path.with_suffix(".plain")
        self._file = self._plain.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, quoting=csv.QUOTE_ALL)

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows."""
        self._writer.writerows(rows)

    def close(self) -> None:
        """Make the file whole."""
        self._file.close()
        columns = dict.fromkeys(HEADINGS, "VARCHAR") | {"entry": "BIGINT"}
        connection = duckdb.connect(config={"memory_limit": MEMORY, "threads": 1})
        try:
            source = connection.read_csv(
                str(self._plain), header=False, columns=columns, quotechar='"', escapechar='"', parallel=False
            )
            source.write_parquet(str(self.path), compression="zstd")
        finally:
            connection.close()
            self._plain.unlink()


class XlsxTable:
    """A sheet in the reader's language, from right to left where that is read so; one more column names the kind."""

    def __init__(self, path: Path, speech: Speech) -> None:
        self.path = path
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book: Any = xlsxwriter.Workbook(str(path), options)
        self._sheet: Any = self._book.add_worksheet(speech.title[:31])
        self._kinds = speech.kinds
        self._row = 0
        heading = self._book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for column, width in enumerate((*WIDTHS, 34)):
            self._sheet.set_column(column, column, width)
        for column, said in enumerate(speech.headings):
            self._sheet.write_string(0, column, said, heading)
        self._sheet.freeze_panes(1, 1)
        if speech.right_to_left:
            self._sheet.right_to_left()

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows; what a leaf does not say is no cell."""
        sheet, kinds, at = self._sheet, self._kinds, self._row
        write = sheet.write_string
        for row in rows:
            at += 1
            sheet.write_number(at, 0, int(row[0]))
            for column, cell in enumerate(row):
                if cell and column:
                    write(at, column, cell)
            write(at, len(row), kinds.get(row[4], row[4]))
        self._row = at

    def close(self) -> None:
        """Make the file whole."""
        self._book.close()


TABLES: Mapping[str, Callable[[Path, Speech], Table]] = {
    "csv": CsvTable,
    "xlsx": XlsxTable,
    "parquet": ParquetTable,
    "jsonl": JsonTable,
}
