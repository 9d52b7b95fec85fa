"""What is installed is pinned by hash, and no committed file says from where."""

import json
import re
from pathlib import Path

import pytest

from infra.options import ROOT

LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock", ROOT / "infra" / "uv.lock"]
NPM = ROOT / "infra" / "assets"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_python_packages_are_pinned_by_hash(lock: Path) -> None:
    """Every requirement has an exact version and a SHA-256, and no line is an option or an address."""
    text = lock.read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z0-9,_-]+\])?==[^\s;]+", line), line
        assert "--hash=sha256:" in line, line
    assert "://" not in text
    assert "index-url" not in text


def test_running_needs_nothing_else_than_developing() -> None:
    """The lock for developing holds every requirement of the lock for running, at the same version."""
    run, develop = (
        {line.split(" ")[0] for line in lock.read_text("utf-8").splitlines() if "==" in line}
        for lock in LOCKS[:2]
    )
    assert run - develop == set()


def test_npm_packages_are_pinned_without_an_address() -> None:
    """Every npm package has a version and an integrity hash, and no file of ours names a registry."""
    packages = json.loads((NPM / "package-lock.json").read_text("utf-8"))["packages"]
    assert len(packages) > 1
    for name, package in packages.items():
        if name:
            assert package["integrity"].startswith("sha512-"), name
            assert "resolved" not in package, name
    for file in ("package.json", "package-lock.json", ".npmrc"):
        assert "://" not in (NPM / file).read_text("utf-8"), file
