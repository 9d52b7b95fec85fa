"""The command `python -m audit`: its exit codes, its lines, and what it needs."""

import json
import re
import subprocess
import sys
from pathlib import Path

from audit import __main__ as command
from audit import merkle
from audit.note import Signer
from audit.proof import format_proof
from audit.tiles import ENTRIES, Tile, decode_bundle, encode_bundle
from tests.audit.made_log import ORIGIN, MadeLog, maker, written

SIZE = 600
SECOND = Tile(ENTRIES, 1).path
KEY = maker().signer.verifier()
LOG = MadeLog().grow(300)
OLDER = LOG.state.note.encode()
LOG.grow(SIZE - 300)


def test_every_finding_has_a_sentence():
    """Each code that the verifier can find is told in words, and no words are left over."""
    folder = Path(command.__file__).parent
    source = "".join(
        (folder / name).read_text() for name in ("verify.py", "parts.py", "leafcheck.py", "key_chain.py")
    )
    told = {f'"{code}"' for code in command.SENTENCES}
    assert all(code in source for code in told)
    added = set(re.findall(r'\.add\(\s*("audit:[a-z_]+")', source))
    assert added <= told


def run(*arguments):
    """Run the command as a person does, from where the floors stand."""
    command_line = [sys.executable, "-m", "audit", *map(str, arguments)]
    root = Path(command.__file__).parents[1]
    done = subprocess.run(command_line, cwd=root, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_the_command_needs_nothing_else_of_this_house():
    """Beside the standard library the verifier loads `cryptography` and nothing of ours but this floor."""
    probe = "import audit.__main__, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    root = Path(command.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", probe], cwd=root, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split()) - sys.stdlib_module_names
    assert {"audit", "cryptography"} <= loaded
    assert loaded.isdisjoint(
        {"asyncpg", "litestar", "piccolo", "msgspec", "portal", "security", "infra", "i18n"}
    )


def test_the_command_says_whole(tmp_path):
    """The command says how much is whole and exits 0; without a key it says that none was checked."""
    path = written(LOG.files(), tmp_path)
    code, out, _ = run("verify", path, "--key", KEY)
    assert (code, out) == (0, f"whole: 600 leaves of {ORIGIN}\n")
    code, out, _ = run("verify", path)
    assert code == 0
    assert "keys were not checked" in out
    code, out, _ = run("verify", path, "--json")
    assert json.loads(out)["whole"] is True


def test_the_command_names_the_first_broken_leaf(tmp_path):
    """The command names what is broken, one line each, and exits 1."""
    older = tmp_path / "older"
    older.write_bytes(OLDER)
    leaves = decode_bundle(LOG.files()[SECOND])
    del leaves[44]
    files = LOG.files() | {SECOND: encode_bundle(leaves)}
    code, out, _ = run("verify", written(files, tmp_path), "--key", KEY, "--checkpoint", older)
    assert (code, out) == (1, "leaf 300: deleted\n")


def test_the_command_says_unusable(tmp_path):
    """A wrong key, a missing file, a file that is none of ours: exit 2, on stderr, without a traceback."""
    path = written(LOG.files(), tmp_path)
    for arguments in (
        (path, "--key", "nonsense"),
        (tmp_path / "absent",),
        (tmp_path,),
        (path, "--checkpoint", path),
    ):
        code, out, err = run("verify", *arguments)
        assert (code, out) == (2, "")
        assert err.startswith("unusable: ")
        assert "Traceback" not in err


def test_the_command_checks_a_proof_file(tmp_path):
    """A proof file is checked by the same command: whole, broken under another key."""
    leaf = LOG.leaves[5].data
    row = [merkle.leaf_hash(one.data) for one in LOG.leaves]
    path = merkle.inclusion_proof(
        5, SIZE, lambda node: merkle.root_of(row[node[1] << node[0] :][: 1 << node[0]])
    )
    file = tmp_path / "proof"
    file.write_text(format_proof(leaf=leaf, index=5, path=path, checkpoint=LOG.state.note))
    code, out, _ = run("verify", file, "--key", KEY)
    assert code == 0
    assert leaf.decode() in out
    other = Signer.from_seed(ORIGIN, bytes(32)).verifier()
    code, out, _ = run("verify", file, "--key", other)
    assert code == 1
    assert out.startswith("proof: ")
