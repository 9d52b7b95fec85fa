"""`python -m tests.bench.extracts [--entries 1000000]`: extracts of so many entries, made and checked, by layout.

A PostgreSQL of its own holds the leaves and their tiles. What is timed is `make_extract`, read under the policies of
the worker for an auditor; then the check.
"""

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from audit import merkle
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.entry import timestamp
from audit.extract_check import check_extract
from audit.extracting import Wanted, make_extract
from audit.growth import Edge, grow
from audit.ledger import Filter
from audit.note import Signer
from audit.verify import Trust
from portal.extracts.files import TABLES
from portal.extracts.words import speech
from security.sign_in.accounts import open_account
from tests import database
from tests.bench.figures import Promise

ORIGIN, STEP, PROMISED = "waxwing.example/audit/eu", 65_536, 60.0
START = datetime(2026, 1, 1, tzinfo=UTC)
LEAF = (
    '{"act":"passengers:profile:viewed","case":"eu_01a219c8-2551-70b2-814e-%012d","dec":"allow","n":"%022d","reg":"eu",'
    '"req":"01a219c8-2551-70b2-814e-%012d","res":"passenger","role":"operations","sub":"%043d","tier":"masked",'
    '"ts":"%s","v":1,"who":"st_%08x"}'
)
COLUMNS = ["index", "leaf", "hash", "ts", "act", "dec", "who", "role", "sub", "res", "tier"]


async def fill(admin: Any, entries: int) -> None:
    """Write so many leaves, their tiles and a signed checkpoint."""
    edge = Edge()
    for start in range(0, entries, STEP):
        made = [_row(n) for n in range(start, min(start + STEP, entries))]
        await admin.copy_records_to_table("ledger_leaf", columns=COLUMNS, records=made)
        grown = grow(edge, [row[2] for row in made])
        edge = grown.edge
        for tile, data in grown.tiles:
            await admin.execute(
                "insert into ledger_tile (level, index, data) values ($1, $2, $3)"
                " on conflict (level, index) do update set data = excluded.data",
                tile.level,
                tile.index,
                data,
            )
    note = sign_checkpoint(Checkpoint(ORIGIN, entries, edge.root), Signer.from_seed(ORIGIN, bytes(32)))
    await admin.execute(
        "insert into ledger_head (origin, size, root, note, signed_at) values ($1, $2, $3, $4, now())",
        ORIGIN,
        entries,
        edge.root,
        str(note),
    )
    await admin.execute("analyze ledger_leaf")


def _row(n: int) -> tuple[Any, ...]:
    at = START + timedelta(milliseconds=n * 40)
    leaf = LEAF % (n, n, n, n % 5000, timestamp(at), n % 300)
    known = (at, "passengers:profile:viewed", "allow", f"st_{n % 300:08x}", "operations", f"{n % 5000:043d}")
    return (n, leaf, merkle.leaf_hash(leaf.encode()), *known, "passenger", "masked")


async def measure(folder: Path, entries: int, layouts: Sequence[str]) -> list[Promise]:
    """Fill a database, then make and check each layout."""
    promises = []
    async with database.lone_cell() as cell:
        admin = await asyncpg.connect(cell.db.dsn("wx_admin"))
        await fill(admin, entries)
        opened = await open_account(admin, email="a@x.test", password_hash="!", role="auditor")
        await admin.close()
        worker = await asyncpg.connect(cell.db.dsn("wx_worker"))
        for layout in layouts:
            began, cpu = time.monotonic(), time.process_time()
            target = folder / f"{layout}.zip"
            await _make(worker, target, layout, str(opened.id))
            took, cpu = time.monotonic() - began, time.process_time() - cpu
            began = time.monotonic()
            report = await asyncio.to_thread(check_extract, target, Trust())
            checked = time.monotonic() - began
            assert (report.entries, report.findings.first) == (entries, {}), report.findings
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            size = target.stat().st_size / 1e6
            told = f"{took:6.1f} s to make ({cpu:.1f} s of its own processor time), {checked:6.1f} s to check"
            print(f"{layout:8} {told}, {size:6.1f} MB, peak {memory} MB", flush=True)
            promises.append(Promise(f"{layout} of {entries:,} entries", took, PROMISED * entries / 1e6, "s"))
            target.unlink()
        await worker.close()
    return promises


async def _make(worker: Any, target: Path, layout: str, account: str) -> None:
    async def told(_done: int, _total: int) -> None:
        return None

    async with worker.transaction(isolation="repeatable_read", readonly=True):
        await worker.execute(
            "select set_config('role', 'wx_as_worker', true), set_config('wx.account', $1, true)", account
        )
        table = TABLES[layout](target.with_suffix(".rows"), speech("en"))
        await make_extract(worker, target, table, Wanted(Filter(), layout, None, {}), told)
        target.with_suffix(".rows").unlink()


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.extracts", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--only", choices=sorted(TABLES), action="append", help="may be repeated")
    asked = parser.parse_args(arguments)
    print(f"{os.cpu_count()} processors, load before the start {os.getloadavg()[0]:.1f}", flush=True)
    database.announce()
    try:
        with tempfile.TemporaryDirectory(prefix="waxwing-extracts-") as name:
            promises = asyncio.run(measure(Path(name), asked.entries, asked.only or list(TABLES)))
    finally:
        database.conclude()
    print("\n".join(promise.line() for promise in promises))
    return 0 if all(promise.kept for promise in promises) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
