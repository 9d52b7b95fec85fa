"""On one machine, cells learn each other's public keys from the files in which their keepers publish them.

Keys are made at a keeper's first start, so this comes after all cells are up. A name that is pinned already is
left alone, whatever key it has now: only a person may change that, as the runbook says.
"""

from base64 import b64decode
from collections.abc import Callable, Iterable, Sequence

from infra.cell import Cell, write_private


def pin_each_other(cells: Sequence[Cell], tell: Callable[[str], None]) -> None:
    """Let each cell pin the log keys and witness keys of the others."""
    for cell in cells:
        others = [line for other in cells if other is not cell for line in _lines(other)]
        _pin(cell, others, tell)


def _lines(cell: Cell) -> Iterable[str]:
    """Return what others pin of a cell: `log VKEY`, `witness REGION VKEY`."""
    public = cell.witness / "public"
    for line in public.read_text("utf-8").splitlines() if public.exists() else ():
        role, _, vkey = line.partition(" ")
        yield f"log {vkey}" if role == "log" else f"witness {cell.region} {vkey}"


def _pin(cell: Cell, lines: Sequence[str], tell: Callable[[str], None]) -> None:
    path = cell.witness / "pins"
    pinned = path.read_text("utf-8").splitlines() if path.exists() else []
    keys = {_slot(line): _vkey(line) for line in pinned if line and line[0] != "#"}
    added = [line for line in lines if _slot(line) not in keys]
    for line in lines:
        name = _vkey(line).partition("+")[0]
        if keys.get(_slot(line), _vkey(line)) != _vkey(line):
            tell(f"{cell.region}: {name} has another key than the one pinned; see the runbook witnesses.md.")
    if added:
        write_private(path, "".join(f"{line}\n" for line in (*pinned, *added)))


def _vkey(line: str) -> str:
    """Return the last word of what is stated before a change is."""
    return line.partition(" replaces ")[0].split()[-1]


def _slot(line: str) -> tuple[str, bytes]:
    """Return whose key this is and its algorithm: a witness has one of each."""
    name, _, rest = _vkey(line).partition("+")
    return name, b64decode(rest.partition("+")[2])[:1]
