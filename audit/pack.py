"""`python -m audit pack FILE`: the verifier as one file, to be run by any Python 3.11 that has `cryptography`.

What goes in is found by following imports from the command, so nothing is forgotten and nothing of the floors above can
slip in. Two packs of one source are the same bytes.
"""

import ast
import pkgutil
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

DONE, UNUSABLE = 0, 2
_PACKAGE: Final = "audit"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_START: Final = b"#!/usr/bin/env python3\n"
_MAIN: Final = b"""# SPDX-License-Identifier: Apache-2.0
import sys

from audit.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
"""


def run(target: Path) -> int:
    """Write the file; returns the exit code."""
    try:
        with target.open("xb") as file:
            file.write(packed())
        target.chmod(0o755)
    except OSError as problem:
        print(f"unusable: {problem}", file=sys.stderr)
        return UNUSABLE
    return DONE


@cache
def packed() -> bytes:
    """Return the bytes of the file."""
    written = BytesIO()
    written.write(_START)
    with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("__main__.py", _EPOCH), _MAIN, zipfile.ZIP_DEFLATED)
        for name in modules():
            info = zipfile.ZipInfo(f"{_PACKAGE}/{name}.py", _EPOCH)
            archive.writestr(info, _source(name), zipfile.ZIP_DEFLATED)
    return written.getvalue()


def modules() -> list[str]:
    """Name the files of this floor that the command needs."""
    found: set[str] = set()
    ahead = ["__init__", "__main__"]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += _imported(ast.parse(_source(name)))
    return sorted(found)


def _imported(tree: ast.Module) -> Iterator[str]:
    """Name what a file imports of this floor when it is run: not what it imports for its annotations alone."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == _PACKAGE:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{_PACKAGE}."):
            yield str(node.module).removeprefix(f"{_PACKAGE}.")


def _source(name: str) -> bytes:
    data = pkgutil.get_data(_PACKAGE, f"{name}.py")
    if data is None:
        raise FileNotFoundError(name)
    return data
