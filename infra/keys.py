"""`python3 infra/dev.py keys …`: the product's `keys` command, told where the keeper of a running cell is."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from infra import environment
from infra.cell import Cell
from infra.options import REGIONS, ROOT


def main(arguments: Sequence[str]) -> None:
    """Become `python -m portal keys` with the environment of one cell."""
    parser = argparse.ArgumentParser(prog="infra/dev.py keys", add_help=False, allow_abbrev=False)
    parser.add_argument("--region", choices=REGIONS, default=REGIONS[0])
    parser.add_argument("--data", type=Path, default=ROOT / "var")
    options, rest = parser.parse_known_args(arguments)
    cell = Cell(options.data.absolute(), options.region)
    socket = cell.run / "keeper.sock"
    if not socket.exists():
        sys.exit(f"No keeper of {options.region} runs on {options.data}.")
    told = {**environment.base(), "WX_REGION": options.region, "WX_KEEPER_URL": f"unix:{socket}"}
    os.execve(sys.executable, environment.python("portal", "keys", *rest), told)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(sys.argv[1:])
