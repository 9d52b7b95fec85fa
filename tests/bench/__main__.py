"""`python -m tests.bench`: measure, print the figures and the promises; exit 1 if one is broken, 2 without wrk."""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench import vault
from tests.bench.figures import Promise
from tests.bench.races import Races
from tests.bench.stage import staged
from tests.bench.starts import starts

PARTS = ("vault", "list", "reveal", "start")


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="of each load (default 10)")
    parser.add_argument("--rounds", type=int, default=3, help="of each race (default 3)")
    parser.add_argument("--only", choices=PARTS, action="append", help="leave the rest out; may be repeated")
    asked = parser.parse_args(arguments)
    if shutil.which("wrk") is None and asked.only != ["vault"]:
        print("wrk is missing: on Debian, apt-get install wrk.", file=sys.stderr)
        return 2
    parts = asked.only or PARTS
    print(f"{os.cpu_count()} processors, load before the start {os.getloadavg()[0]:.1f}", flush=True)
    promises: list[Promise] = []
    with tempfile.TemporaryDirectory(prefix="waxwing-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if "vault" in parts:
            promises += vault.measure()
        if "start" in parts:
            promises += _starts(folder)
        if "list" in parts or "reveal" in parts:
            with staged(folder) as stage:
                races = Races(stage, asked.rounds, asked.seconds)
                if "list" in parts:
                    promises += races.lists()
                if "reveal" in parts:
                    promises += races.reveals()
    print("\nPromised")
    print("\n".join(promise.line() for promise in promises))
    return 0 if all(promise.kept for promise in promises) else 1


def _starts(folder: Path) -> list[Promise]:
    took = starts(folder)
    return [
        Promise("first start from a fresh clone, warm package cache", took.first, 60, "s"),
        Promise("second start", took.second, 10, "s"),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
