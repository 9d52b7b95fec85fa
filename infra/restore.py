"""`python -m infra.restore BACKUP --region eu [--drill]`: bring a backup back, or prove that one could be.

Whoever was shredded since is taken away again before this ends. `--drill` restores into a server of its own that is
thrown away afterwards, beside the running cell, opens everything and verifies the ledger; exit 1 if anything of
somebody shredded opened, or if the ledger is not whole.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infra.backup import KEYS_FILE, MAIN_FILE, MANIFEST, call, digest_of
from infra.cell import Cell
from infra.environment import custodian
from infra.migrate import migrate
from infra.options import REGIONS, ROOT
from infra.postgres import Server
from infra.refusal import Refused
from infra.roles import prepare_roles
from security.keeper.restored import Drilled, Place, drill, replay_erasures

LOG_NAME = "waxwing.example"


def check(backup: Path, region: str) -> None:
    """Refuse a backup that is not whole, or not of this region."""
    try:
        manifest = json.loads((backup / MANIFEST).read_text("utf-8"))
        told = {file: digest_of(backup / file) for file in (MAIN_FILE, KEYS_FILE)}
    except (OSError, ValueError):
        raise Refused("infra:backup_unusable", path=str(backup)) from None
    if manifest.get("sha256") != told or manifest.get("region") != region:
        raise Refused("infra:backup_unusable", path=str(backup))


async def restore(cell: Cell, backup: Path) -> None:
    """Fill the empty databases of a running server from a backup, and bring them to today's shape."""
    await prepare_roles(cell)
    for file, database in ((MAIN_FILE, cell.main), (KEYS_FILE, cell.keys)):
        command = ["pg_restore", "--exit-on-error", "--single-transaction", "--dbname", database]
        call(cell, "wx_admin", [*command, str(backup / file)])
    await migrate(cell.dsn("wx_admin"), cell.keys_dsn("wx_admin"), cell.region)


async def restore_cell(cell: Cell, backup: Path) -> int:
    """Restore into a cell that has no database yet, and take away again who was shredded; returns how many."""
    server = Server(cell)
    server.start()
    try:
        await restore(cell, backup)
        return await replay_erasures(cell.dsn("wx_admin"), cell.keys_dsn("wx_admin"), cell.erasures)
    finally:
        server.stop()


async def drilled(cell: Cell, backup: Path, *, is_live: bool) -> Drilled:
    """Restore beside the cell and try everything; `is_live`: try the running cell's keys as well."""
    check(backup, cell.region)
    with tempfile.TemporaryDirectory(prefix="waxwing-drill-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o711)  # noqa: PTH101, S103 - PostgreSQL, if it is another user, passes through
        scratch = Cell(Path(name), cell.region, home=Path(name) / "postgres")
        server = Server(scratch, durable=False)
        server.start()
        try:
            await restore(scratch, backup)
            return await drill(
                Place(scratch.dsn("wx_admin"), scratch.keys_dsn("wx_admin")),
                Place(cell.dsn("wx_backup"), cell.keys_dsn("wx_backup")) if is_live else None,
                custodian=custodian(cell),
                region=cell.region,
                erasures=cell.erasures,
                work=Path(name),
                log_name=os.environ.get("WX_LOG_NAME", LOG_NAME),
            )
        finally:
            server.stop()


def make_room(cell: Cell, backup: Path) -> None:
    """Refuse a cell that has a database, or a backup that is not whole; make the cell's folders."""
    check(backup, cell.region)
    if cell.postgres.exists():
        raise Refused("infra:database_there", path=str(cell.postgres))
    cell.prepare()


def told(found: Drilled) -> list[str]:
    """Say what a drill found."""
    return [
        f"shredded           {found.shredded:,} subjects; {found.came_back:,} of them were in this backup",
        f"their values       {found.shredded_opened:,} opened",
        f"their keys         {found.still_wrapped:,} in the backup's files until these are deleted or their epoch ends",
        f"everybody else     {found.opened:,} values opened, {found.closed:,} did not",
        f"ledger             {found.ledger}",
        "passed" if found.passed else "FAILED",
    ]


def main(arguments: Sequence[str]) -> int:
    """Run the command and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.restore", description=__doc__)
    parser.add_argument("backup", type=Path, help="the folder of a backup")
    parser.add_argument("--region", required=True, choices=REGIONS)
    parser.add_argument("--data", type=Path, default=ROOT / "var", help="the data folder (default var/)")
    parser.add_argument("--drill", action="store_true", help="only prove it, beside the running cell")
    options = parser.parse_args(arguments)
    cell = Cell(options.data.absolute(), options.region)
    try:
        if options.drill:
            found = asyncio.run(drilled(cell, options.backup.absolute(), is_live=True))
            print("\n".join(told(found)))
            return 0 if found.passed else 1
        make_room(cell, options.backup.absolute())
        back = asyncio.run(restore_cell(cell, options.backup.absolute()))
    except Refused as refused:
        print(f"{refused.code}: {refused.fields}", file=sys.stderr)
        return 1
    print(f"Restored. {back} subjects who had been shredded had come back, and are gone again.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
