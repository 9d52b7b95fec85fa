"""The process itself: nothing of its memory may reach a disk, and its log speaks in codes."""

from __future__ import annotations

import ctypes
import logging
import resource
import sys
from typing import Final

import structlog

from security.log_lines import LossyLoggerFactory

PR_SET_DUMPABLE: Final = 4


def close_memory() -> None:
    """Leave no core file, and let no other process of this user read our memory (prctl(2), Linux)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def configure_log(log_format: str) -> None:
    """Log to standard error as JSON lines, or readable for `console`; tracebacks are never written."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if log_format == "console" else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=LossyLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
