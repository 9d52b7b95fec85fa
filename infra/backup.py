"""`python -m infra.backup --region eu`: both databases of a cell into files, and old ones away.

Neither the custodian's keys nor the list of the shredded are in a backup: the one must lie apart from it, the other
must outlive it. The main database is read first: whatever key its values need is then in the key store's file too.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.binaries import programs
from infra.cell import Cell, private_folder
from infra.options import REGIONS, ROOT
from infra.quarters import write_private
from infra.refusal import Refused

MAIN_FILE, KEYS_FILE, MANIFEST = "main.dump", "keys.dump", "backup.json"
KEPT = {MAIN_FILE: timedelta(days=21), KEYS_FILE: timedelta(days=14)}
STAMP = "%Y%m%dT%H%M%SZ"


def back_up(cell: Cell, at: datetime, target: Path | None = None) -> Path:
    """Write a backup of a running cell into a folder named for the time; return the folder. Raises `Refused`."""
    folder = private_folder((target or cell.folder / "backups") / at.strftime(STAMP))
    for file, database in ((MAIN_FILE, cell.main), (KEYS_FILE, cell.keys)):
        dump(cell, database, folder / file)
    digests = {file: digest_of(folder / file) for file in (MAIN_FILE, KEYS_FILE)}
    manifest = {"region": cell.region, "at": at.isoformat(), "sha256": digests}
    write_private(folder / MANIFEST, json.dumps(manifest, indent=2) + "\n")
    return folder


def dump(cell: Cell, database: str, target: Path) -> None:
    """Write one database into a file (0600), as the role that may read everything and change nothing."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        call(cell, "wx_backup", ["pg_dump", "--format=custom", "--dbname", database], stdout=file.fileno())
        os.fsync(file.fileno())


def call(cell: Cell, role: str, command: list[str], stdout: int = subprocess.DEVNULL) -> None:
    """Run one of PostgreSQL's programs as a login role. Raises `infra:backup_failed` with its last words."""
    told = {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C",
        "PGHOST": str(cell.socket),
        "PGUSER": role,
        "PGPASSWORD": cell.secrets[role],
    }
    program = str(programs().folder / command[0])
    done = subprocess.run(
        [program, *command[1:]], env=told, stdout=stdout, stderr=subprocess.PIPE, check=False
    )
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Refused("infra:backup_failed", program=command[0], said=said[0] if said else "")


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def forget_old(folder: Path, at: datetime) -> list[str]:
    """Delete files older than they may become: 21 days for the main database, 14 for the key store."""
    gone = []
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            made = datetime.strptime(place.name, STAMP).replace(tzinfo=UTC)
        except ValueError:
            continue
        for file, kept in KEPT.items():
            if at - made > kept and (place / file).exists():
                (place / file).unlink()
                gone.append(f"{place.name}/{file}")
    return gone


def main(arguments: Sequence[str]) -> int:
    """Run the command and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.backup", description=__doc__)
    parser.add_argument("--region", required=True, choices=REGIONS)
    parser.add_argument("--data", type=Path, default=ROOT / "var", help="the data folder (default var/)")
    parser.add_argument("--to", type=Path, help="where to (default <data>/<region>/backups)")
    options = parser.parse_args(arguments)
    cell, at = Cell(options.data.absolute(), options.region), datetime.now(UTC)
    try:
        made = back_up(cell, at, options.to)
    except Refused as refused:
        print(f"{refused.code}: {refused.fields.get('said', '')}", file=sys.stderr)
        return 1
    for name in forget_old(made.parent, at):
        print(f"deleted {name}")
    print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
