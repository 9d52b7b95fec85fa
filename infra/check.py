"""`python -m infra.check`: style, types, import contracts, catalogs, tests; with arguments only pytest."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from infra.assets import build
from infra.options import ROOT
from infra.refusal import Refused
from infra.sentences import say

WORKERS = "2"


def steps() -> list[tuple[str, list[str]]]:
    """Return what is checked, in order: name and command."""
    python = [sys.executable, "-m"]
    compiled = [("catalogs compile", [*python, "i18n", "compile"]), ("catalogs", [*python, "i18n", "check"])]
    return [
        *(compiled[:1] if _has_catalogs() else []),
        ("format", [*python, "ruff", "format", "--check", "."]),
        ("style", [*python, "ruff", "check", "."]),
        ("types", [*python, "mypy"]),
        ("import contracts", [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]),
        *(compiled[1:] if _has_catalogs() else []),
        ("tests", [*python, "pytest", "-n", WORKERS, "--dist", "worksteal"]),
    ]


def _has_catalogs() -> bool:
    return (ROOT / "i18n" / "__main__.py").exists()


def main(arguments: Sequence[str]) -> int:
    """Check everything and return 0, or 1 when anything failed; with arguments pytest's own exit code."""
    os.chdir(ROOT)
    try:
        build(develop=True)
    except Refused as refused:  # the tests that need them will say so
        print(say(refused), file=sys.stderr, flush=True)
    if arguments:
        if _has_catalogs():
            subprocess.run([sys.executable, "-m", "i18n", "compile"], check=False)
        return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode
    outcomes = [_run(name, command) for name, command in steps()]
    print("\nWhat was checked")
    for line, _ in outcomes:
        print(line)
    return 0 if all(passed for _, passed in outcomes) else 1


def _run(name: str, command: list[str]) -> tuple[str, bool]:
    print(f"\n── {name}", flush=True)
    began = time.monotonic()
    status = subprocess.run(command, check=False).returncode
    passed = status == 0
    return f"  {'passed' if passed else 'FAILED':<8}{name:<18}{time.monotonic() - began:6.1f} s", passed


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
