"""Entries that wait, as the web states them, and a sequencer that takes them; PostgreSQL syncs every commit."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg

from audit.journaled import JournaledBlobs
from audit.sequencer import Sequencer
from tests.database import CellDb

REGION: Final = "eu"
_COLUMNS: Final = (
    "kind, decision, who, role, request, subject, members, field, tier, purpose, reference, document"
)
_ID: Final = (
    "md5(clock_timestamp()::text || n)::uuid"  # cheaper than a random one: stating is not what is measured
)
# One of twenty is a list of fifty people, one of ten has a document beside it; the others are views of one person.
_MIXED: Final = (
    f"insert into ledger_pending ({_COLUMNS})"
    " select case when n % 20 = 3 then 'passengers:list:viewed' else 'passengers:profile:viewed' end,"
    " 'allow', 'op_' || n % 97, 'operations', gen_random_uuid(),"
    " case when n % 20 <> 3 then gen_random_uuid() end,"
    " case when n % 20 = 3 then array(select gen_random_uuid() from generate_series(1, 50) m where n > 0) end,"
    " case when n % 20 <> 3 then 'passport.number' end, case when n % 20 <> 3 then 'masked' end, 'border_filing',"
    " 'eu_' || n, case when n % 10 = 5 then '{\"rows\":\"' || n || '\"}' end"
    " from generate_series(1, $1::int) n"
)
_PLAIN: Final = (
    f"insert into ledger_pending ({_COLUMNS})"
    f" select 'passengers:profile:viewed', 'allow', 'op_' || n % 97, 'operations', {_ID}, {_ID}, null,"
    "  'passport.number', 'masked', 'border_filing', 'eu_' || n, null"
    " from generate_series(1, $1::int) n"
)


async def fill(connection: Any, count: int, *, mixed: bool) -> None:
    """State so many entries, in one transaction."""
    await connection.execute(_MIXED if mixed else _PLAIN, count)


@asynccontextmanager
async def sequencing(db: CellDb, folder: Path) -> AsyncIterator[Sequencer]:
    """Start a sequencer over blobs behind their journal, as the keeper has them; it does not run yet."""
    pool = await asyncpg.create_pool(db.dsn("wx_keeper"), min_size=1, max_size=4)
    made = Sequencer(
        pool,
        region=REGION,
        log_name="waxwing.example",
        signing_seed=bytes(32),
        link_key=bytes(32),
        blobs=JournaledBlobs(folder),
        now=lambda: datetime.now(UTC),
    )
    try:
        await made.start()
        yield made
    finally:
        await made.stop()
        pool.terminate()


async def drained(made: Sequencer, count: int) -> float:
    """Run the sequencer until it has taken so many; give leaves a second."""
    target, began = made.size + count, time.perf_counter()
    task = asyncio.create_task(made.run())
    while made.size < target:
        if task.done():
            task.result()
        await asyncio.sleep(0.01)
    took = time.perf_counter() - began
    task.cancel()
    await asyncio.wait([task])
    return count / took
