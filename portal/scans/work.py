"""What the worker does for scans: deletes from the store what no row names, and what was never finished."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from security.blobs.store import BlobsAway, BlobStore

GRACE: Final = timedelta(hours=24)
"""An upload may be sealed and not yet on file for a moment; a day leaves time to notice a wrong database."""
_MANY: Final = 500
Work = Callable[[], AbstractAsyncContextManager[Any]]
"""Opens a short transaction as the worker."""

log = structlog.get_logger("portal.worker")


async def collect_orphans(work: Work, store: BlobStore, at: datetime) -> int:
    """Delete each scan that no row names and that has lain for a day; say how many."""
    gone, batch = 0, []
    try:
        async for blob in store.names():
            if blob.at < at - GRACE:
                batch.append(blob.name)
            if len(batch) == _MANY:
                gone, batch = gone + await _delete(work, store, batch), []
        gone += await _delete(work, store, batch)
        gone += await store.forget_unfinished(at - GRACE)
    except BlobsAway as away:
        log.warning("scan_store_away", cause=away.cause)
    if gone:
        log.info("scans_collected", count=gone)
    return gone


async def _delete(work: Work, store: BlobStore, names: list[str]) -> int:
    ids = {name: UUID(name) for name in names if _is_id(name)}
    async with work() as connection:  # not held while the store is asked
        rows = await connection.fetch("select id from document_scan where id = any($1)", list(ids.values()))
    kept = {row["id"] for row in rows}
    orphans = [name for name, scan in ids.items() if scan not in kept]
    for name in orphans:
        await store.delete(name)
    return len(orphans)


def _is_id(name: str) -> bool:
    """Whether a name is one of ours: what somebody else put into the store is left alone."""
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
