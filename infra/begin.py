"""From `infra/dev.py` to `infra.run` or `infra.check` inside `.venv`. Standard library only."""

import os
import sys
from collections.abc import Sequence

from infra.ground import check_ports, take
from infra.options import ROOT, read_options
from infra.refusal import Refused
from infra.sentences import say
from infra.venv import BYTECODE, DEVELOP, PYTHON, RUN, install

OTHERS = {"PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE"}  # what the caller told another Python

USAGE = """usage:
  python3 infra/dev.py run [--port 8080] [--regions eu,cn] [--fresh] [--no-demo] [--data var]
  python3 infra/dev.py test [pytest arguments]
  python3 infra/dev.py keys [--data var] [--region eu] (status|rotate|rewrap|reseal|shred) --email ADDRESS"""


def main(arguments: Sequence[str]) -> int:
    """Do what was asked; on success the process becomes another, else the exit code is returned."""
    command, rest = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    if command in {"-h", "--help"}:
        print(USAGE)
        return 0
    known = {"run": _run, "test": _test, "keys": _keys}
    if command not in known:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        return known[command](rest)
    except Refused as refused:
        print(say(refused), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nBroken off; the same command goes on from here.", file=sys.stderr)
        return 130


def _run(arguments: list[str]) -> int:
    options = read_options(arguments)
    take(options.data).close()  # only to look: infra.run takes it for good
    check_ports(options.ports)
    install(RUN)
    # The place is settled here, where a relative --data still means what the person meant.
    return _become("infra.run", [*arguments, "--data", str(options.data)])


def _test(arguments: list[str]) -> int:
    install(DEVELOP)
    return _become("infra.check", arguments)


def _keys(arguments: list[str]) -> int:
    install(RUN)
    return _become("infra.keys", arguments)


def _become(module: str, arguments: list[str]) -> int:
    os.chdir(ROOT)
    sys.stdout.flush()
    environment = {key: value for key, value in os.environ.items() if key not in OTHERS}
    # Compiling what is imported takes most of a start: where the caller wants no `__pycache__`, and where he does not
    # care, what was compiled is kept in `.venv`.
    environment["PYTHONPYCACHEPREFIX"] = str(BYTECODE)
    os.execve(PYTHON, [str(PYTHON), "-m", module, *arguments], environment)  # noqa: S606 - no shell is the point
