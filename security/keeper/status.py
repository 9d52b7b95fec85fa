"""How the keeper is: for readiness, and for the metrics of the ledger."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

import asyncpg

from security.keeper.connection import KeeperUnavailable
from security.keeper.held import Held
from security.keeper.holdings import Holdings
from security.keeper.messages import Status

PATIENCE: Final = 1.0


async def status_of(holdings: Holdings, at: datetime) -> Status:
    """Ask both databases and the sequencer; `missing` names in codes who did not answer within a second."""
    missing = set(holdings.missing())
    try:
        held = holdings.held()
    except KeeperUnavailable:
        return Status(ready=False, missing=sorted(missing), figures={})
    if not await _answers(held.quick):
        missing.add("database")
    if not await _answers(held.keys):
        missing.add("keystore")
    keks = {str(kek_id): epoch for kek_id, epoch in held.custody.epochs.items()}
    return Status(ready=not missing, missing=sorted(missing), figures=_figures(held, at), keks=keks)


async def _answers(pool: asyncpg.Pool) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            return bool(await pool.fetchval("select true"))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        return False


def _figures(held: Held, at: datetime) -> dict[str, float]:
    sequencer = held.sequencer
    figures = {"ledger_size": float(sequencer.size), "ledger_waiting": float(sequencer.waiting_count)}
    signed = sequencer.last_checkpoint_at
    if signed is not None:
        figures["checkpoint_age_seconds"] = max(0.0, (at - signed).total_seconds())
    return figures | (held.asking.figures(sequencer.size, at) if held.asking else {})
