"""Which operation of scans is answered by what."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from security.keeper.held import Held
from security.keeper.messages import Done
from security.keeper.scan_messages import (
    BeginScan,
    DropScan,
    EndScan,
    OpenScan,
    ReadPiece,
    ScanAnswer,
    ScanOperation,
    SealPiece,
)
from security.keeper.scan_sealing import begin_scan, drop_scan, end_scan, seal_piece
from security.keeper.scan_showing import open_scan, read_piece


async def scan_answer(held: Held, ask: ScanOperation, at: datetime) -> ScanAnswer | Done:
    """Answer one operation of scans."""
    match ask:
        case BeginScan():
            return await begin_scan(held, ask, at)
        case SealPiece():
            return await seal_piece(held, ask, at)
        case EndScan():
            return await end_scan(held, ask, at)
        case DropScan():
            return await drop_scan(held, ask, at)
        case OpenScan():
            return await open_scan(held, ask, at)
        case ReadPiece():
            return await read_piece(held, ask, at)
        case _:
            assert_never(ask)
