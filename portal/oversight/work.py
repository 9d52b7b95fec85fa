"""The worker's part: the ledger's columns follow the ledger a piece at a time, behind all that people wait for."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from audit.columns import PieceNotMade
from audit.piecing import add_piece, clear_replaced

log = structlog.get_logger("portal.worker")
PAUSE = 5.0  # between two looks whether the ledger has grown by a piece
AWAY = (PieceNotMade, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


async def keep_columns(work: Callable[[], Any], folder: Path, stopping: asyncio.Event) -> None:
    """Make pieces until told to stop; a database or a disk that is away is waited for."""
    while not stopping.is_set():
        try:
            async with work() as connection:
                made = await add_piece(connection, folder)
            if not made:
                await clear_replaced(folder)
        except AWAY as failure:
            made = False
            log.warning("columns_wait", error=type(failure).__name__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), 0.0 if made else PAUSE)
