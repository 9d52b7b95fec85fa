"""The verifier as one file: it runs where nothing of ours is, with `cryptography` alone."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit import __main__ as command
from audit import pack
from tests.audit.big_log import write_big
from tests.audit.made_log import ORIGIN, MadeLog, maker, written

# A process begins with the peak of the one that forked it; a small one in between gives the command's own.
MEASURED = (
    "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]);"
    " print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(code)"
)
FEW, MANY = 20_000, 100_000


@pytest.fixture(scope="module")
def lonely(tmp_path_factory):
    """Return a folder with the packed verifier, `cryptography`, and a system that lacks what Windows lacks."""
    folder = tmp_path_factory.mktemp("lonely")
    assert command.main(["pack", str(folder / "verifier.pyz")]) == 0
    library = folder / "library"
    library.mkdir()
    for name in ("cryptography", "cffi", "_cffi_backend"):
        found = importlib.util.find_spec(name)
        place = Path(found.origin)
        place = place.parent if place.name == "__init__.py" else place
        (library / place.name).symlink_to(place)
    (library / "fcntl.py").write_text("raise ImportError\n")
    return folder


def run(lonely, *arguments):
    """Run the packed verifier without the packages of this environment; give its code, its words, its peak memory."""
    told = {"PYTHONPATH": str(lonely / "library"), "PATH": os.environ["PATH"]}
    line = [sys.executable, "-S", "-c", MEASURED, sys.executable, "-S", "verifier.pyz", *map(str, arguments)]
    done = subprocess.run(line, cwd=lonely, env=told, capture_output=True, text=True, check=False)
    *said, peak = done.stderr.splitlines()
    return done.returncode, done.stdout + "\n".join(said), int(peak) / 1024


def test_the_packed_verifier_needs_cryptography_alone(lonely):
    """Copied alone to where no other package is, it verifies whole and broken exports, as the command does."""
    log = MadeLog().grow(600)
    key = maker().signer.verifier()
    code, said, _ = run(lonely, "verify", written(log.files(), lonely, "whole.zip"), "--key", key)
    assert (code, said) == (0, f"whole: 600 leaves of {ORIGIN}\n")
    files = log.files() | {"side/sets.jsonl": b""}
    code, said, _ = run(lonely, "verify", written(files, lonely, "broken.zip"), "--key", key)
    assert (code, said) == (
        1,
        "leaf 3: the people kept beside it are not those it commits to (and 59 more)\n",
    )
    code, said, _ = run(lonely, "verify", lonely / "absent.zip")
    assert code == 2


def test_a_large_export_is_verified_by_processes_in_the_memory_of_a_small_one(lonely):
    """Five times the leaves cost no more memory than what names the files, and the answer is the same."""
    small, large = (write_big(size, lonely / f"{size}.zip") for size in (FEW, MANY))
    code, said, little = run(lonely, "verify", small, "--processes", 2)
    assert (code, said.splitlines()[0]) == (0, f"whole: 20,000 leaves of {ORIGIN}")
    code, said, much = run(lonely, "verify", large, "--processes", 2, "--progress")
    assert code == 0
    assert f"whole: 100,000 leaves of {ORIGIN}" in said
    assert len([line for line in said.splitlines() if "of 100,000 leaves, " in line]) == 10
    assert 15 < little < much + 1
    assert much < little + 6


def test_two_packs_are_the_same_bytes():
    """A pack depends on nothing but the source, and holds nothing of the floors above or of a database."""
    assert pack.packed() == pack.packed()
    assert {"__main__", "verify", "crew", "drill", "outside"} <= set(pack.modules())
    assert {"sequencer", "journal", "ledger", "replay"}.isdisjoint(pack.modules())


def test_a_pack_is_never_written_over_something(tmp_path, capsys):
    """A file that exists stays as it is: exit 2."""
    target = tmp_path / "verifier.pyz"
    target.write_text("kept")
    assert command.main(["pack", str(target)]) == 2
    assert capsys.readouterr().err.startswith("unusable: ")
    assert target.read_text() == "kept"
