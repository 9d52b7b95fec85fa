"""One process's share of a long run, on databases of its own."""

import asyncio
import logging
from typing import Any

import asyncpg
import structlog

from tests import database
from tests.fuzz import in_process, kills

Share = tuple[int, int, float]
"""How many, the seed, and at most so many seconds."""


def struck(share: Share) -> in_process.Run:
    """Do the share of operations."""
    run: in_process.Run = _on_a_cell(
        share, lambda db, **more: in_process.run(db, operations=share[0], **more)
    )
    return run


def killed(share: Share) -> kills.Killed:
    """Do the share of kills."""
    run: kills.Killed = _on_a_cell(share, lambda db, **more: kills.run(db, kills=share[0], **more))
    return run


def _on_a_cell(share: Share, run: Any) -> Any:
    """Run on databases of this process's own, without the thousands of warnings that are meant here."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    _, seed, seconds = share

    async def on_copies() -> Any:
        cell = await database.shared_cell()
        admin = await asyncpg.connect(cell.dsn("wx_admin", "postgres"))
        try:
            async with database.copied(cell, admin) as db:
                return await run(db, seed=seed, seconds=seconds, say=lambda *so_far: _say(seed, *so_far))
        finally:
            await admin.close()

    return asyncio.run(on_copies())


def _say(seed: int, done: Any, watch: Any) -> None:
    count = getattr(done, "operations", None) or getattr(done, "kills", 0)
    print(
        f"  seed {seed}, {count:,}: {watch.handed_out:,} values handed out, {len(watch.faults)} faults",
        flush=True,
    )
