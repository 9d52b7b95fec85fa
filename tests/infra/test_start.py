"""`infra/dev.py run` refuses in one clear sentence, before it starts or installs anything."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.ground import check_ports, take
from infra.house import House
from infra.options import ROOT, read_options
from infra.refusal import Refused
from infra.sentences import SENTENCES, say
from tests.ports import free_ports

DEV = ROOT / "infra" / "dev.py"


def run(cwd: Path, *arguments: str, program: str = "") -> subprocess.CompletedProcess[str]:
    """Call dev.py as a person would, from another folder."""
    begin = ["-c", program] if program else [str(DEV)]
    command = [sys.executable, *begin, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def listening() -> Iterator[int]:
    """Listen on some free port of this machine."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_ports(2)))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_taken_port_is_named(tmp_path: Path, before: int) -> None:
    """The front door's port and each cell's are looked at; the taken one is named, nothing is left."""
    with listening() as port:
        done = run(tmp_path, "run", "--data", "data", "--port", str(port - before))
    assert done.returncode == 1
    assert done.stderr == say(Refused("infra:port_taken", port=str(port))) + "\n"
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["waxwing.lock"]


def test_a_second_run_on_the_same_data(tmp_path: Path) -> None:
    """While one run holds the data folder, another is refused and told which process it is."""
    with take(tmp_path):
        done = run(tmp_path, "run", "--data", str(tmp_path), "--port", "59170")
    assert done.returncode == 1
    assert f"process {os.getpid()}" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    take(tmp_path).close()


def test_an_unwritable_folder(tmp_path: Path) -> None:
    """A data folder that cannot be made or written is named with the reason (also for root)."""
    (tmp_path / "file").touch()
    done = run(tmp_path, "run", "--data", "file/data", "--port", "59171")
    assert done.returncode == 1
    assert done.stderr.startswith(f"The folder {tmp_path}/file/data cannot be written: not a directory")


@pytest.mark.parametrize("name", ["cn", "front"])
def test_an_unwritable_folder_of_one_cell(tmp_path: Path, name: str) -> None:
    """A cell's or the front door's folder that cannot be made is named, before anything is started."""
    data = tmp_path / "data"
    take(data).close()
    (data / name).touch()
    house = House(read_options(["--data", str(data)]), lambda _: None)
    with pytest.raises(Refused) as refused:
        house.up()
    assert say(refused.value).startswith(f"The folder {data / name} cannot be written: file exists")
    house.down()


def test_somebody_elses_folder(tmp_path: Path) -> None:
    """A folder with other things in it is never taken as data, so `--fresh` cannot empty it."""
    (tmp_path / "thesis.txt").write_text("kept")
    done = run(tmp_path, "run", "--fresh", "--data", ".", "--port", "59172")
    assert done.returncode == 1
    assert "holds other things" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--regions", "eu,cn,eu"], "The region eu is named twice"),
        (["run", "--regions", ","], "At least one region is needed"),
        (["run", "--regions", "xx"], "There is no region xx"),
        (["run", "--port", "seventy"], "a number from 1 to"),
        (["fly"], "usage:"),
        ([], "usage:"),
    ],
)
def test_what_it_does_not_understand(tmp_path: Path, arguments: list[str], said: str) -> None:
    """Wrong arguments end with a sentence or the usage, never with a traceback."""
    done = run(tmp_path, *arguments)
    assert done.returncode in {1, 2}
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_an_old_python_is_told(tmp_path: Path) -> None:
    """Python 3.9 gets a sentence that names what is needed and what it is."""
    program = f"import sys, runpy; sys.version_info = (3, 9, 2); runpy.run_path({str(DEV)!r})"
    done = run(tmp_path, program=program)
    assert done.returncode == 1
    assert done.stderr == "Waxwing needs Python 3.11 or newer; this is Python 3.9.\n"


def test_ports_follow_the_front_door(tmp_path: Path) -> None:
    """The front door is on the port asked for, cells on the next in the order asked for; data is the person's."""
    options = read_options(["--port", "9000", "--data", str(tmp_path)])
    assert options.front == "http://localhost:9000"
    assert options.cells == {"eu": "http://localhost:9001", "cn": "http://localhost:9002"}
    three = read_options(["--port", "9000", "--regions", "me, cn,us"])
    assert three.cells == {
        "me": "http://localhost:9001",
        "cn": "http://localhost:9002",
        "us": "http://localhost:9003",
    }
    assert three.ports == (9000, 9001, 9002, 9003, 9004, 9005)  # the last two: mail and its page
    assert options.data == tmp_path
    assert read_options([]).data == ROOT / "var"


def test_a_port_just_left_is_free() -> None:
    """A port whose last connections still linger can be used at once: a second start need not wait."""
    with listening() as port:
        client = socket.create_connection(("127.0.0.1", port))
    client.close()
    check_ports([port])


def test_every_refusal_has_a_sentence() -> None:
    """Each code that `infra` raises is in the list of sentences, and each sentence is used."""
    text = "".join(
        path.read_text("utf-8") for path in (ROOT / "infra").glob("*.py") if path.stem != "sentences"
    )
    assert {code for code in SENTENCES if f'"{code}"' not in text} == set()
    raised = {part.partition('"')[0] for part in text.split('Refused("')[1:]}
    assert raised - set(SENTENCES) == set()
