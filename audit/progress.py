"""A bar on a terminal; nothing where nobody looks."""

import sys
from typing import Final, TextIO

_CELLS: Final = 40


class Bar:
    """Draws how much is done, on stderr by default, at most once per percent."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._shown = self._stream.isatty()
        self._percent = -1

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` leaves are done."""
        percent = done * 100 // total if total else 100
        if not self._shown or percent == self._percent:
            return
        self._percent = percent
        filled = percent * _CELLS // 100
        self._stream.write(
            f"\r[{'#' * filled}{'.' * (_CELLS - filled)}] {percent:3}% {done:,} of {total:,} leaves"
        )
        self._stream.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self._shown and self._percent >= 0:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
