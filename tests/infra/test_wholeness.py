"""What lies in the data folder belongs together, or the start says what is missing."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import venv
from infra.cell import Cell
from infra.options import read_options
from infra.refusal import Refused
from infra.wholeness import LOADING, check_whole, forget, forget_quarters


@pytest.fixture
def cell(tmp_path: Path) -> Iterator[Cell]:
    """Give a cell that has everything a start leaves, without a server."""
    made = Cell(tmp_path / "var", "eu")
    made.prepare()
    assert made.secrets
    made.postgres.mkdir(parents=True)
    (made.postgres / "PG_VERSION").write_text("18\n")
    (made.custody / "root.key").write_bytes(b"key")
    yield made
    forget_quarters(made)


def test_a_whole_cell_is_left_alone(cell: Cell) -> None:
    """Nothing is mended where nothing is broken."""
    check_whole(cell)
    assert (cell.custody / "root.key").exists()
    assert (cell.postgres / "PG_VERSION").exists()


def test_lost_passwords_are_named(cell: Cell) -> None:
    """A database whose passwords are gone is neither opened nor thrown away."""
    cell.secrets_file.unlink()
    with pytest.raises(Refused) as refused:
        check_whole(cell)
    assert refused.value.code == "infra:data_without_secrets"
    assert (cell.postgres / "PG_VERSION").exists()


def test_a_lost_database_is_named(cell: Cell) -> None:
    """Keys without their database are never given a new, empty one."""
    (cell.postgres / "PG_VERSION").unlink()
    with pytest.raises(Refused) as refused:
        check_whole(cell)
    assert refused.value.code == "infra:data_without_database"


def test_half_a_demo_is_thrown_away(cell: Cell) -> None:
    """A start that was killed while it loaded the demo begins anew: databases, keys and passwords."""
    before = cell.secrets
    (cell.folder / LOADING).touch()
    check_whole(cell)
    assert not cell.folder.exists()
    assert not cell.postgres.exists()
    cell.prepare()
    assert cell.secrets != before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's databases lie outside the data folder")
def test_a_removed_data_folder_begins_anew(cell: Cell) -> None:
    """When the data folder was removed by hand, root's database under /var/lib is forgotten with it."""
    cell.secrets_file.unlink()
    (cell.custody / "root.key").unlink()
    check_whole(cell)
    assert not cell.postgres.exists()


def test_fresh_forgets_only_its_own(cell: Cell) -> None:
    """`--fresh` removes the region asked for and the demo's list, not a neighbour."""
    (cell.data / "demo.json").write_text("{}")
    (cell.data / "cn").mkdir()
    (cell.data / "front").mkdir()
    forget(read_options(["--fresh", "--regions", "eu", "--data", str(cell.data)]))
    assert sorted(path.name for path in cell.data.iterdir()) == ["cn"]


def test_running_keeps_what_developing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `test` installed the larger lock, `run` finds everything it needs and takes nothing away."""
    monkeypatch.setattr(venv, "PYTHON", Path(venv.__file__))
    monkeypatch.setattr(venv, "STAMP", tmp_path / "stamp.json")
    monkeypatch.setattr(venv, "VENV", tmp_path / "must-not-be-made")
    stamp = venv._stamp_of(venv.DEVELOP, "done")
    venv.STAMP.write_text(json.dumps(stamp))
    venv.install(venv.RUN)
    assert json.loads(venv.STAMP.read_text()) == stamp
    assert list(tmp_path.iterdir()) == [venv.STAMP]
