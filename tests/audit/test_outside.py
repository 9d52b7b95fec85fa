"""`python -m audit witness`, as somebody outside runs it against a cell's published checkpoint and tiles."""

import http.server
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from audit import __main__ as command
from audit.cosigning import read_cosignature
from audit.note import parse_note, parse_vkey, verified_by
from tests.audit.made_log import MadeLog, maker

ROOT = Path(command.__file__).parents[1]
KEY = maker().signer.verifier()


class Cell(http.server.ThreadingHTTPServer):
    """A cell that publishes a log; tiles want a token."""

    log = None
    asked = 0


class Handler(http.server.BaseHTTPRequestHandler):
    """GET of checkpoint and tiles."""

    def do_GET(self):
        """Answer."""
        path = self.path.removeprefix("/ledger/")
        self.server.asked += 1
        data = self.server.log.files().get(path)
        if path != "checkpoint" and self.headers.get("authorization") != "Bearer a token":
            data = None
        self.send_response(200 if data else 404)
        self.send_header("content-length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, format, *arguments):  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture
def cell():
    """Serve a cell's log."""
    server = Cell(("127.0.0.1", 0), Handler)
    server.log = MadeLog().grow(300)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def look(cell, folder, *more, token="a token", key=KEY):  # noqa: S107 - of the invented cell
    """Run the command once."""
    source = f"http://127.0.0.1:{cell.server_address[1]}"
    options = ["--once", "--from", source, "--key", folder / "key", "--state", folder / "state", "--log", key]
    line = [sys.executable, "-m", "audit", "witness", *map(str, options), "--token", token, *map(str, more)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


def test_it_follows_a_log_and_cosigns_it(cell, tmp_path):
    """Looking again after the log grew, it proves the growth from a few tiles, and prints a note that both signed."""
    first = look(cell, tmp_path)
    assert first.returncode == 0, first.stderr
    witness, second_key = (parse_vkey(text) for text in first.stderr.split())
    cell.log.grow(700)
    cell.asked = 0
    second = look(cell, tmp_path)
    note = parse_note(second.stdout.encode())
    assert verified_by(note, [KEY, witness, second_key]) == (KEY, witness, second_key)
    assert witness.name == second_key.name
    assert read_cosignature(note.text, second.stdout.rpartition("\n\n")[2], witness).at > 0
    assert (tmp_path / "key.mldsa").stat().st_mode & 0o777 == 0o600
    assert cell.asked <= 5
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (lambda: MadeLog().grow(200), "shrunken"),
        (lambda: MadeLog().grow(299).add([MadeLog().grow(2).leaves[1]]), "fork"),
        (lambda: MadeLog().grow(299).add([MadeLog().grow(2).leaves[1]]).grow(100), "fork"),
        (lambda: MadeLog(maker(seed=bytes(32))).grow(400), "unsigned"),
        (lambda: MadeLog(maker(origin="elsewhere/audit/eu")).grow(400), "unknown_log"),
    ],
)
def test_it_refuses_what_does_not_continue(cell, tmp_path, now, said):
    """A shrunken, forked, wrongly signed or other log is refused with 1 and named, and what is known stays."""
    assert look(cell, tmp_path).returncode == 0
    known = (tmp_path / "state").read_bytes()
    cell.log = now()
    refused = look(cell, tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert said in refused.stderr
    assert (tmp_path / "state").read_bytes() == known


def test_what_makes_it_unusable(cell, tmp_path):
    """No answer, no tiles, no log, a wrong key, a lost or damaged state: 2 with a reason, and nothing is forgotten."""
    assert look(cell, tmp_path, key="nonsense").returncode == 2
    assert look(cell, tmp_path).returncode == 0
    cell.log.grow(50)
    assert look(cell, tmp_path, token="another").returncode == 2
    kept = (tmp_path / "state").read_bytes()
    (tmp_path / "state").unlink()
    lost = look(cell, tmp_path)
    assert (lost.returncode, "lost" in lost.stderr) == (2, True)
    (tmp_path / "state").write_bytes(kept[:-9])
    assert look(cell, tmp_path).returncode == 2
    (tmp_path / "state").unlink()
    (tmp_path / "last").write_text(cell.log.state.note)
    assert look(cell, tmp_path, "--known", tmp_path / "last").returncode == 0
    shutil.copy(tmp_path / "last", tmp_path / "key")
    assert look(cell, tmp_path).returncode == 2
