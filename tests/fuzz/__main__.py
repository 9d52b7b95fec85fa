"""`python -m tests.fuzz [--operations N] [--kills N] [--seconds S] [--seed N] [--processes N]`: exit 1 for any fault.

The long run. Several processes share the work on databases of their own, with the seeds that follow the given one; what
they did is added up at the end.
"""

import argparse
import asyncio
import os
import platform
import secrets
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from tests import database
from tests.fuzz.shares import Share, killed, struck


def main(arguments: Sequence[str]) -> int:
    """Do what was asked for, and say what was done."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="at most, for each of the two")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args(arguments)
    machine = f"{os.cpu_count()} processors, Python {platform.python_version()}"
    print(
        f"{time.strftime('%Y-%m-%d %H:%M')}, seed {asked.seed}, {asked.processes} at once, {machine}",
        flush=True,
    )
    database.announce()
    try:
        asyncio.run(database.shared_cell())
        with ProcessPoolExecutor(asked.processes, mp_context=get_context("spawn")) as pool:
            faults = _operations(pool, asked) + _kills(pool, asked)
    finally:
        database.conclude()
    print("\n".join(sorted(set(faults))) or "0 plaintexts without a covered leaf")
    return 1 if faults else 0


def _shares(total: int, asked: Any) -> list[Share]:
    """Share out: number, seed and seconds for each process."""
    number, left = divmod(total, asked.processes)
    counts = [number + (place < left) for place in range(asked.processes)]
    return [(count, asked.seed + place, asked.seconds) for place, count in enumerate(counts) if count]


def _operations(pool: ProcessPoolExecutor, asked: Any) -> list[str]:
    runs = list(pool.map(struck, _shares(asked.operations, asked)))
    if runs:
        strikes, answers = (
            sum((getattr(run, name) for run in runs), Counter()) for name in ("struck", "answers")
        )
        total = {
            name: sum(getattr(run, name) for run in runs)
            for name in ("operations", "led_anew", "opened", "handed_out")
        }
        print(
            f"{total['operations']:,} operations in {max(run.seconds for run in runs):,.0f} s,"
            f" {strikes.total():,} of them struck {dict(strikes)}, ledger led anew {total['led_anew']:,} times,"
            f" {total['opened']:,} values opened, {total['handed_out']:,} handed out;"
            f" answers {dict(answers.most_common())}",
            flush=True,
        )
    return [fault for run in runs for fault in run.faults]


def _kills(pool: ProcessPoolExecutor, asked: Any) -> list[str]:
    runs = list(pool.map(killed, _shares(asked.kills, asked)))
    if runs:
        said: Counter[str] = sum((run.said for run in runs), Counter())
        print(
            f"{sum(run.kills for run in runs):,} kills in {max(run.seconds for run in runs):,.0f} s,"
            f" {sum(run.answers for run in runs):,} values handed out; answers {dict(said.most_common())}",
            flush=True,
        )
    return [fault for run in runs for fault in run.faults]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
