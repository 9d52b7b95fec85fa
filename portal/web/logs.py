"""structlog: JSON lines (or a console's), with codes and no personal value."""

import logging
import sys
from typing import Any

import msgspec
import structlog

from security.log_lines import LossyLoggerFactory


def configure_logs(form: str, **always: Any) -> None:
    """Set up this process's log: `form` is `json` or `console`; `always` is bound to every line."""
    render: Any = (
        structlog.dev.ConsoleRenderer() if form == "console" else structlog.processors.JSONRenderer(_line)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=LossyLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(**always)
    # Libraries log through `logging`; their messages may quote what they were given, so only names of loggers pass.
    logging.basicConfig(level=logging.ERROR, handlers=[_NamesOnly()], force=True)


def _line(event: Any, **_: Any) -> str:
    """Write an event as JSON; what JSON does not know, by its own word."""
    return msgspec.json.encode(event, enc_hook=repr).decode()


class _NamesOnly(logging.Handler):
    """Turns a library's error record into a line that names the library and nothing it said."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        structlog.get_logger("library").error("library_error", library=record.name, error=kind)
