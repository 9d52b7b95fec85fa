"""`python -m tests.bench.ledger [--only PART]`: sequencing, export, verifying, proofs; the ledger beside a portal."""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import asyncpg
import uvloop

from audit import ledger
from infra.options import ROOT
from security.memory import look_seldom
from tests import database
from tests.bench import ledger_beside, ledger_proofs
from tests.bench.figures import Promise
from tests.bench.ledger_rows import drained, fill, sequencing

PARTS: Final = ("share", "log", "proof", "beside")
ALONE: Final = 200_000
AT_ONCE: Final = 100_000
ROUNDS: Final = 3
PASSES: Final = ((("--hashes",), 170_000, "hash pass"), ((), 60_000, "full pass"))

# A process begins with the peak of the one that forked it; a small one in between gives the command's own.
MEASURED: Final = (
    "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]);"
    " print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(code)"
)


def main(arguments: Sequence[str]) -> int:
    """Measure; exit 1 when a promise is broken, 2 without wrk."""
    look_seldom()  # as the keeper does
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ledger", description=__doc__)
    parser.add_argument(
        "--entries", type=int, default=1_000_000, help="of the log that is exported and verified"
    )
    parser.add_argument(
        "--proofs", type=int, default=10_000_000, help="leaves of the log that proofs are asked of"
    )
    parser.add_argument("--seconds", type=int, default=60, help="beside the portal")
    parser.add_argument("--only", choices=PARTS, action="append", help="leave the rest out; may be repeated")
    asked = parser.parse_args(arguments)
    parts = asked.only or PARTS
    if "beside" in parts and shutil.which("wrk") is None:
        print("wrk is missing: on Debian, apt-get install wrk.", file=sys.stderr)
        return 2
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    print(f"{os.cpu_count()} processors, load before the start {os.getloadavg()[0]:.1f}", flush=True)
    promises: list[Promise] = []
    with tempfile.TemporaryDirectory(prefix="waxwing-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        database.announce()
        try:
            if "share" in parts:
                promises += uvloop.run(ledger_beside.share())
            if "log" in parts:
                promises += uvloop.run(_log(folder, asked.entries))
            if "proof" in parts:
                promises += uvloop.run(_proofs(asked.proofs))
        finally:
            database.conclude()
        if "beside" in parts:
            promises += ledger_beside.beside(folder, asked.seconds)
    print("\nPromised")
    print("\n".join(promise.line() for promise in promises))
    return 0 if all(promise.kept for promise in promises) else 1


async def _log(folder: Path, entries: int) -> list[Promise]:
    async with database.lone_cell() as lone, sequencing(lone.db, folder / "blobs") as made:
        web = await asyncpg.connect(lone.db.dsn("wx_web"))
        await fill(web, ALONE, mixed=False)
        alone = await drained(made, ALONE)
        rates = []
        while made.size < entries:
            count = min(AT_ONCE, entries - made.size)
            await fill(web, count, mixed=True)
            rates.append(await drained(made, count))
        await web.close()
        print(
            f"\nsequenced {made.size:,} leaves: {alone:,.0f}/s of views, {_slowest(rates)}with lists of fifty"
        )
        promises = [Promise("leaves sequenced alone", alone, 25_000, "/s", least=True)]
        bundle = folder / "bundle.zip"
        promises += [await _export(lone.db, bundle, made.size)]
        return promises + [
            await asyncio.to_thread(_verify, bundle, made.vkey, made.size, *one) for one in PASSES
        ]


def _slowest(rates: Sequence[float]) -> str:
    return f"{min(rates):,.0f} to {max(rates):,.0f}/s " if rates else ""


async def _export(db: database.CellDb, bundle: Path, size: int) -> Promise:
    worker = await asyncpg.connect(db.dsn("wx_admin"))
    told: list[tuple[int, int]] = []
    began = time.perf_counter()
    async with worker.transaction(isolation="repeatable_read", readonly=True):
        await worker.execute("set local role wx_as_worker")
        await ledger.export(worker, bundle, lambda done, total: told.append((done, total)))
    took = time.perf_counter() - began
    await worker.close()
    print(
        f"exported {size:,} entries, {await asyncio.to_thread(_megabytes, bundle):,.0f} MB, told {len(told)} times"
    )
    return Promise(f"export of {size:,} entries", took, 60, "s")


def _verify(bundle: Path, key: str, size: int, options: tuple[str, ...], least: int, title: str) -> Promise:
    """Run the command as an auditor does, start and end included; the best of a few is the figure."""
    command = [sys.executable, "-m", "audit", "verify", str(bundle), "--key", key, *options]
    command = [sys.executable, "-c", MEASURED, *command]
    rates, peak = [], 0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        rates.append(size / (time.perf_counter() - began))
        peak = max(peak, int(done.stderr))
    print(
        f"{title}: {min(rates):,.0f} to {max(rates):,.0f} leaves/s, {peak // 1024} MB in the largest process"
    )
    return Promise(f"verifier, {title}", max(rates), least, "/s", least=True)


def _megabytes(file: Path) -> float:
    return file.stat().st_size / 1e6


async def _proofs(size: int) -> list[Promise]:
    async with database.lone_cell() as lone:
        connection = await asyncpg.connect(lone.db.dsn("wx_admin"))
        try:
            return await ledger_proofs.measure(connection, size)
        finally:
            await connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
