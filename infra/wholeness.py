"""Does what lies in the data folder belong together? And how all of it is forgotten."""

import contextlib
import shutil
from pathlib import Path

from infra.cell import Cell
from infra.front import FRONT, Front
from infra.options import REGIONS, Options
from infra.postgres import end_leftover
from infra.quarters import Quarters, is_root
from infra.refusal import Refused

LOADING = "demo.loading"


def check_whole(cell: Cell) -> None:
    """Mend what a broken-off first start left; refuse what lost a part of itself.

    Raises `infra:data_without_secrets` and `infra:data_without_database`.
    """
    if (cell.folder / LOADING).exists():
        forget_quarters(cell)  # the demo is loaded into empty cells only: nothing but half a demo is lost
    has_database = (cell.postgres / "PG_VERSION").exists()
    has_keys = cell.custody.is_dir() and any(cell.custody.iterdir())
    _check_secrets(cell, may_begin_anew=not has_keys)
    if has_keys and not has_database:
        raise Refused("infra:data_without_database", path=str(cell.folder), database=str(cell.postgres))


def check_front(front: Front) -> None:
    """Look at the front door's database and secrets. Raises `infra:data_without_secrets`."""
    _check_secrets(front, may_begin_anew=True)


def _check_secrets(quarters: Quarters, *, may_begin_anew: bool) -> None:
    if not (quarters.postgres / "PG_VERSION").exists() or quarters.secrets_file.exists():
        return
    if is_root() and may_begin_anew:
        forget_quarters(quarters)  # somebody removed the data folder; the part under /var/lib stayed behind
        return
    secrets = str(quarters.secrets_file)
    raise Refused("infra:data_without_secrets", path=str(quarters.postgres), secrets=secrets)


def forget(options: Options) -> None:
    """Remove everything `run` ever stored under this data folder for the regions asked for."""
    for region in options.regions:
        forget_quarters(Cell(options.data, region))
    forget_quarters(Front(options.data))
    (options.data / "demo.json").unlink(missing_ok=True)


def forget_all(data: Path) -> None:
    """Remove every cell and the front door under a data folder, also what lies elsewhere for root."""
    for name in (*REGIONS, FRONT):
        quarters = Front(data) if name == FRONT else Cell(data, name)
        if quarters.folder.exists() or quarters.postgres_home.exists():
            forget_quarters(quarters)


def forget_quarters(quarters: Quarters) -> None:
    """Remove one cell, or the front door: databases, keys, blobs, logs."""
    end_leftover(quarters)
    for folder in (*quarters.socket_folders(), quarters.postgres_home, quarters.folder):
        shutil.rmtree(folder, ignore_errors=True)
    if is_root():
        with contextlib.suppress(OSError):  # another still lives there
            quarters.postgres_home.parent.rmdir()
    quarters.forget_made()
