"""`python -m infra.generation`: close a log that is lost, so that the keeper opens its next generation.

For the case that a database was set back and its blobs with it, or both were changed: what others hold is no
longer here. The runbook `lost-ledger.md` says when, and what comes before.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from audit.checkpoint import CheckpointRefused, parse_checkpoint, region_of
from audit.note import NoteRefused, parse_note
from infra.cell import Cell
from infra.options import REGIONS, ROOT


async def close_log(dsn: str, last: str) -> int:
    """Close the log of a main database, as its owner; return the number of the generation to come."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("set local role wx_owner")
            number: int = await connection.fetchval("select ledger_close($1)", last)
            return number
    finally:
        await connection.close()


def read_last(path: Path, region: str) -> str:
    """Read the last known checkpoint; `ValueError` if it is none of this region's."""
    text = path.read_text("utf-8")
    try:
        tree = parse_checkpoint(parse_note(text.encode()).text)
    except (NoteRefused, CheckpointRefused):
        raise ValueError(f"{path} holds no signed checkpoint.") from None
    if region_of(tree.origin) != region:
        raise ValueError(f"{path} is a checkpoint of {tree.origin}, not of {region}.")
    return text


def main(arguments: Sequence[str]) -> int:
    """Run the command and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.generation", description=__doc__)
    parser.add_argument("--region", required=True, choices=REGIONS)
    parser.add_argument(
        "--last", required=True, type=Path, help="the last known checkpoint, as others hold it"
    )
    parser.add_argument("--data", type=Path, default=ROOT / "var", help="the data folder (default var/)")
    parser.add_argument("--dsn", default="", help="address of the main database as its administrator")
    options = parser.parse_args(arguments)
    try:
        last = read_last(options.last, options.region)
        dsn = options.dsn or Cell(options.data.absolute(), options.region).dsn("wx_admin")
        number = asyncio.run(close_log(dsn, last))
    except (OSError, ValueError, asyncpg.PostgresError) as problem:
        print(f"Not closed: {problem}", file=sys.stderr)
        return 1
    print(f"Closed. The keeper opens generation {number} at its next start.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
