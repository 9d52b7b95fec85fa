"""How much is done: a bar on a terminal; lines where they are asked for; else nothing."""

import sys
import time
from collections.abc import Callable
from typing import Final, TextIO

_CELLS: Final = 40
_TENTH: Final = 10
_SECONDS: Final = 0.1


class Bar:
    """Draws a bar on stderr (by default) ten times a second, or writes a line for every tenth that is done."""

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        lines: bool = False,
        noun: str = "leaves",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._draws = self._stream.isatty()
        self._writes = lines and not self._draws
        self._noun = noun
        self._clock = clock
        self._began = clock()
        self._drawn = 0.0
        self._tenths = 0

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` are done."""
        if self._draws and (done >= total or self._clock() >= self._drawn + _SECONDS):
            self._drawn = self._clock()
            self._draw(done, total)
        elif self._writes and (tenths := done * _TENTH // max(total, 1)) > self._tenths:
            self._tenths = tenths
            print(self._said(done, total), file=self._stream, flush=True)

    def clear(self) -> None:
        """Take the bar away."""
        if self._draws and self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _draw(self, done: int, total: int) -> None:
        filled = done * _CELLS // max(total, 1)
        self._stream.write(f"\r[{'#' * filled}{'.' * (_CELLS - filled)}] {self._said(done, total)}\x1b[K")
        self._stream.flush()

    def _said(self, done: int, total: int) -> str:
        rate = done / max(self._clock() - self._began, 0.001)
        return f"{done * 100 // max(total, 1):3}% {done:,} of {total:,} {self._noun}, {rate:,.0f}/s"
