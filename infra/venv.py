"""`.venv` with exactly what a lock file names: made once, mended after a broken-off start, else left alone.

Standard library only. pip (slow) puts the pinned uv (quick) into `.venv`; uv does the rest.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.options import ROOT
from infra.refusal import Refused

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
BYTECODE = VENV / "bytecode"
STAMP = VENV / "waxwing.json"
INSTALLER = ROOT / "infra" / "uv.lock"
RUN = "requirements.lock"
DEVELOP = "requirements-dev.lock"  # holds everything RUN holds


def install(wanted: str) -> None:
    """Bring `.venv` to the lock file `wanted` (RUN or DEVELOP); where DEVELOP already is, it stays.

    Raises `infra:no_venv`, `infra:no_installer`, `infra:not_installed`; the same call then goes on where it
    was broken off.
    """
    with (ROOT / "pyproject.toml").open() as gate:  # two starts at once: the second waits here
        fcntl.flock(gate, fcntl.LOCK_EX)
        stamp = _read_stamp()
        lock = DEVELOP if stamp.get("lock") == DEVELOP else wanted
        if not _is_done(stamp, lock):
            _install(lock, stamp)


def _is_done(stamp: dict[str, str], lock: str) -> bool:
    return PYTHON.exists() and stamp == _stamp_of(lock, "done")


def _install(lock: str, stamp: dict[str, str]) -> None:
    broken_off = stamp.get("state") == "begun"
    if not (PYTHON.exists() and _answers([PYTHON, "-m", "pip", "--version"])):
        _make()
    if not _answers([UV, "--version"], _pinned()):
        print("Installing uv …", flush=True)
        command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command += ["--require-hashes", "-r", str(INSTALLER)]
        if subprocess.run(command, check=False).returncode != 0:
            raise Refused("infra:no_installer", path=str(VENV))
    _write_stamp(_stamp_of(lock, "begun"))
    print(f"Installing what {lock} names …", flush=True)
    # A sync that was killed may have left a package that only looks whole: lay everything anew (from cache).
    again = ["--reinstall"] if broken_off else []
    command = [str(UV), "pip", "sync", "--quiet", "--python", str(PYTHON), "--require-hashes", *again]
    if (
        subprocess.run([*command, str(ROOT / lock)], check=False, cwd=ROOT, env=_uv_environment()).returncode
        != 0
    ):
        raise Refused("infra:not_installed", lock=lock)
    _write_stamp(_stamp_of(lock, "done"))


def _make() -> None:
    print("Making .venv …", flush=True)
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        said = (made.stderr or made.stdout).strip().splitlines()
        raise Refused("infra:no_venv", path=str(VENV), said=said[-1] if said else str(made.returncode))


def _pinned() -> str:
    """Return the version of uv that INSTALLER pins."""
    return INSTALLER.read_text("utf-8").split("==", 1)[1].split(maxsplit=1)[0]


def _answers(command: list[str | Path], expected: str = "") -> bool:
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return said.returncode == 0 and expected in said.stdout


def _stamp_of(lock: str, state: str) -> dict[str, str]:
    digest = hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
    return {"lock": lock, "digest": digest, "state": state}


def _read_stamp() -> dict[str, str]:
    try:
        read = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _write_stamp(stamp: dict[str, str]) -> None:
    draft = STAMP.with_suffix(".new")
    draft.write_text(json.dumps(stamp), "utf-8")
    draft.replace(STAMP)


def _uv_environment() -> dict[str, str]:
    """Tell uv what the person told pip: a mirror, an own certificate."""
    environment = dict(os.environ)
    for ours, theirs in (("UV_DEFAULT_INDEX", "PIP_INDEX_URL"), ("SSL_CERT_FILE", "PIP_CERT")):
        if theirs in environment:
            environment.setdefault(ours, environment[theirs])
    environment.pop("VIRTUAL_ENV", None)  # another, activated one is not meant
    return environment
