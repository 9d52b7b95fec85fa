"""In which line of a TOML text something stands, so that a fault can be found by whoever has to mend it. Pure."""

import re
from collections.abc import Iterator
from typing import Final

_HEADER: Final = re.compile(r"\s*\[\s*([A-Za-z0-9_.\s-]+?)\s*\]\s*(#.*)?$")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
_AT: Final = re.compile(r"at line (\d+)")


def line_of(text: str, table: str, key: str | None = None) -> int | None:
    """Return the number of the line of a key in a table, or of the table's header; None if it is not there."""
    found = next((number for number, where, name in _named(text) if (where, name) == (table, key)), None)
    if found is None and key is not None:
        return line_of(text, table)
    return found


def line_told(message: str) -> int | None:
    """Return the line that a reader of TOML names in its complaint."""
    told = _AT.search(message)
    return int(told[1]) if told else None


def line_of_word(text: str, word: str) -> int | None:
    """Return the first line that holds a quoted word."""
    return next((number for number, line in enumerate(text.splitlines(), 1) if f'"{word}"' in line), None)


def _named(text: str) -> Iterator[tuple[int, str, str | None]]:
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.fullmatch(line):
            table = header[1]
            yield number, table, None
        elif key := _KEY.match(line):
            yield number, table, key[1]
