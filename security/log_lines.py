"""Where log lines go: one that finds no room is dropped, because what is being done must not fail with it."""

import contextlib
from typing import Any, TextIO

import structlog


class LossyLogger(structlog.WriteLogger):
    """Writes lines to a file; on a full disk they are lost, and nothing else is."""

    def msg(self, message: str) -> None:
        """Write and flush a line, if that is possible."""
        with contextlib.suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


class LossyLoggerFactory:
    """Makes loggers to one file."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def __call__(self, *_: Any) -> LossyLogger:
        """Make a logger; structlog passes a name, which is not needed."""
        return LossyLogger(self._file)
