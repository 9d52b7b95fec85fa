"""`python -m tests.fuzz [--operations N] [--kills N] [--seconds S] [--seed N]`: the long run; exit 1 for any fault."""

import argparse
import asyncio
import logging
import os
import platform
import secrets
import sys
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import structlog

from tests import database
from tests.fuzz import in_process, kills


def main(arguments: Sequence[str]) -> int:
    """Do what was asked for, and say what was done."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="at most, for each of the two")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    asked = parser.parse_args(arguments)
    machine = f"{os.cpu_count()} processors, Python {platform.python_version()}"
    print(f"{time.strftime('%Y-%m-%d %H:%M')}, seed {asked.seed}, {machine}", flush=True)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
    )  # thousands of warnings
    database.announce()
    try:
        faults = asyncio.run(_both(asked))
    finally:
        database.conclude()
    print("\n".join(sorted(set(faults))) or "0 plaintexts without a covered leaf")
    return 1 if faults else 0


async def _both(asked: Any) -> list[str]:
    cell = await database.shared_cell()
    admin = await asyncpg.connect(cell.dsn("wx_admin", "postgres"))
    faults: list[str] = []
    limits = {"seed": asked.seed, "seconds": asked.seconds, "say": _say}
    try:
        if asked.operations:
            async with database.copied(cell, admin) as db:
                run = await in_process.run(db, operations=asked.operations, **limits)
            print(
                f"{run.operations:,} operations in {run.seconds:,.0f} s, {run.struck.total():,} of them struck"
                f" {dict(run.struck)}, ledger led anew {run.led_anew:,} times,"
                f" {run.opened:,} values opened, {run.handed_out:,} handed out",
                flush=True,
            )
            faults += run.faults
        if asked.kills:
            async with database.copied(cell, admin) as db:
                done = await kills.run(db, kills=asked.kills, **limits)
            print(
                f"{done.kills:,} kills in {done.seconds:,.0f} s, {done.answers:,} values handed out",
                flush=True,
            )
            faults += done.faults
    finally:
        await admin.close()
    return faults


def _say(done: Any, watch: Any) -> None:
    count = getattr(done, "operations", None) or getattr(done, "kills", 0)
    print(f"  {count:,}: {watch.handed_out:,} values handed out, {len(watch.faults)} faults", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
