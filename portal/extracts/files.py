"""Tables as files, written row by row: CSV, XLSX, JSON lines; Parquet is made by DuckDB from a CSV of its own."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from xml.sax.saxutils import escape

from audit.extract import HEADINGS, Row, neutral

MEMORY = "256MB"
SHEET = "xl/worksheets/sheet1.xml"
_BETWEEN = "\x1f"  # in no cell: what a leaf says has no control in it
_DIMENSION = re.compile(r"<dimension [^>]*/>")
_TEXTS = "BCDEFGHIJKLMNOPQ"
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

    def drop(self) -> None:
        """Let the file go half-made."""


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

    drop = close


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

    drop = close


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
        import duckdb  # noqa: PLC0415 -- a large library, loaded where a file is made

        connection = duckdb.connect(config={"memory_limit": MEMORY, "threads": 1})
        try:
            source = connection.read_csv(
                str(self._plain), header=False, columns=columns, quotechar='"', escapechar='"', parallel=False
            )
            source.write_parquet(str(self.path), compression="zstd")
        finally:
            connection.close()
            self._plain.unlink()

    def drop(self) -> None:
        """Let the file go half-made."""
        self._file.close()


class XlsxTable:
    """A sheet in the reader's language, from right to left where that is read so; one more column names the kind.

    XlsxWriter makes the workbook with its heading. Rows go into its sheet as XML by themselves: through its cells a
    million of them would take minutes. A cell is text or a number, so none is ever a formula.
    """

    def __init__(self, path: Path, speech: Speech) -> None:
        self.path = path
        self._kinds = {kind: escape(said) for kind, said in speech.kinds.items()}
        self._frame = zipfile.ZipFile(_workbook(speech))
        head, end, self._tail = self._frame.read(SHEET).decode().partition("</sheetData>")
        self._tail = end + self._tail
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._sheet = self._zip.open(SHEET, "w", force_zip64=True)
        self._sheet.write(_DIMENSION.sub("", head).encode())
        self._row = 1

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows; what a leaf does not say is no cell."""
        made, at, kinds = [], self._row, self._kinds
        for row in rows:
            at += 1
            texts = escape(_BETWEEN.join(row)).split(_BETWEEN)
            cells = [
                f'<c r="{letter}{at}" t="inlineStr"><is><t>{text}</t></is></c>'
                for letter, text in zip(_TEXTS, [*texts[1:], kinds.get(row[4], texts[4])], strict=True)
                if text
            ]
            made.append(f'<row r="{at}"><c r="A{at}"><v>{row[0]}</v></c>{"".join(cells)}</row>')
        self._row = at
        self._sheet.write("".join(made).encode())

    def close(self) -> None:
        """Make the file whole."""
        self._sheet.write(self._tail.encode())
        self._sheet.close()
        for name in self._frame.namelist():
            if name != SHEET:
                self._zip.writestr(name, self._frame.read(name))
        self._zip.close()

    def drop(self) -> None:
        """Let the file go half-made."""
        self._sheet.close()
        self._zip.close()


def _workbook(speech: Speech) -> io.BytesIO:
    """Make a workbook that has nothing but its heading."""
    import xlsxwriter  # noqa: PLC0415 -- as above

    made = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book: Any = xlsxwriter.Workbook(made, options)
    sheet = book.add_worksheet(speech.title[:31])
    heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    for column, (width, said) in enumerate(zip((*WIDTHS, 34), speech.headings, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, said, heading)
    sheet.freeze_panes(1, 1)
    if speech.right_to_left:
        sheet.right_to_left()
    book.close()
    return made


TABLES: Mapping[str, Callable[[Path, Speech], Table]] = {
    "csv": CsvTable,
    "xlsx": XlsxTable,
    "parquet": ParquetTable,
    "jsonl": JsonTable,
}
