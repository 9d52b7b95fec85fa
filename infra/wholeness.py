"""Does what lies in the data folder belong together? And how all of it is forgotten."""

import contextlib
import shutil

from infra.cell import Cell, is_root
from infra.options import Options
from infra.postgres import end_leftover
from infra.refusal import Refused

LOADING = "demo.loading"


def check_whole(cell: Cell) -> None:
    """Mend what a broken-off first start left; refuse what lost a part of itself.

    Raises `infra:data_without_secrets` and `infra:data_without_database`.
    """
    if (cell.folder / LOADING).exists():
        forget_cell(cell)  # the demo is loaded into empty cells only: nothing but half a demo is lost
    has_database = (cell.postgres / "PG_VERSION").exists()
    has_keys = cell.custody.is_dir() and any(cell.custody.iterdir())
    if has_database and not cell.secrets_file.exists():
        if is_root() and not has_keys:
            forget_cell(cell)  # somebody removed the data folder; the part under /var/lib stayed behind
        else:
            secrets = str(cell.secrets_file)
            raise Refused("infra:data_without_secrets", path=str(cell.postgres), secrets=secrets)
    if has_keys and not has_database:
        raise Refused("infra:data_without_database", path=str(cell.folder), database=str(cell.postgres))


def forget(options: Options) -> None:
    """Remove everything `run` ever stored under this data folder for the regions asked for."""
    for region in options.regions:
        forget_cell(Cell(options.data, region))
    shutil.rmtree(options.data / "front", ignore_errors=True)
    (options.data / "demo.json").unlink(missing_ok=True)


def forget_cell(cell: Cell) -> None:
    """Remove one cell: databases, keys, blobs, logs."""
    end_leftover(cell)
    for folder in (cell.run, cell.socket, cell.postgres_home, cell.folder):
        shutil.rmtree(folder, ignore_errors=True)
    if is_root():
        with contextlib.suppress(OSError):  # another region still lives there
            cell.postgres_home.parent.rmdir()
    for made in ("secrets", "run", "socket"):
        vars(cell).pop(made, None)  # to be made anew, and not only remembered
