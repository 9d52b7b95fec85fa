"""Processes are started again with growing pauses, and stopped for good."""

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.journal import Journal
from infra.options import read_options
from infra.process import Process
from infra.refusal import Refused
from infra.screen import show_states
from infra.supervisor import State, Supervisor
from tests.processes import ends

STUBBORN = (
    "import signal, subprocess, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "child = subprocess.Popen(['sleep', '60']); print(child.pid, flush=True); time.sleep(60)"
)


class Stage:
    """A supervisor on a clock that only the test moves, and what it told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.time = 1000.0
        self.told: list[str] = []
        self.supervisor = Supervisor(self.told.append, now=lambda: self.time)

    def process(self, name: str, program: str) -> Process:
        """Make a real process that runs a line of Python."""
        log = self.folder / f"{name.replace('/', '-')}.log"
        return Process(name, [sys.executable, "-c", program], dict(os.environ), log)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give a stage and clear it of processes afterwards."""
    made = Stage(tmp_path)
    yield made
    made.supervisor.stop([["web", "keeper", "demo", "postgres"]])


def wait_for(process: Process) -> None:
    """Wait until a process has ended by itself."""
    deadline = time.monotonic() + 20
    while process.ended() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_pauses_double_up_to_five_seconds(stage: Stage) -> None:
    """A process that keeps failing is started again after 0.2, 0.4, … and never more than 5 seconds."""
    process = stage.process("web", "raise SystemExit(3)")
    stage.supervisor.start(process)
    pauses = []
    for _ in range(7):
        wait_for(process)
        stage.supervisor.tend()
        pauses.append(float(stage.told[-1].rpartition(" in ")[2].removesuffix(" s")))
        stage.time += pauses[-1] - 0.01
        stage.supervisor.tend()
        assert process.pid is None
        stage.time += 0.02
        stage.supervisor.tend()
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert "web" in stage.told[-1]
    assert "status 3" in stage.told[-1]


def test_a_long_life_is_forgiven(stage: Stage) -> None:
    """A process that ran for a while before it ended begins with the shortest pause again."""
    process = stage.process("web", "raise SystemExit(3)")
    stage.supervisor.start(process)
    for _ in range(3):
        wait_for(process)
        stage.time += 60
        stage.supervisor.tend()
        assert stage.told[-1].endswith("in 0.2 s")
        stage.time += 1
        stage.supervisor.tend()


def test_a_process_that_never_starts_is_given_up(stage: Stage) -> None:
    """Before the house is ready three ends are enough: its last line is said, with the log's place."""
    process = stage.process("keeper", "raise SystemExit('WX_CUSTODIAN is missing')")
    stage.supervisor.start(process)
    for _ in range(3):
        stage.supervisor.refuse_failing()
        wait_for(process)
        stage.supervisor.tend()
        stage.time += 10
        stage.supervisor.tend()
    with pytest.raises(Refused) as refused:
        stage.supervisor.refuse_failing()
    assert refused.value.fields["said"] == "WX_CUSTODIAN is missing"
    assert refused.value.fields["log"] == str(process.log_file)


def test_a_stubborn_process_and_its_children_are_ended(stage: Stage) -> None:
    """Who ignores the request to stop is killed with everything it started, within five seconds."""
    process = stage.process("keeper", STUBBORN)
    stage.supervisor.start(process)
    deadline = time.monotonic() + 20
    while not (said := process.log_file.read_text() if process.log_file.exists() else ""):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    began = time.monotonic()
    stage.supervisor.stop([["web"], ["keeper"]])
    assert time.monotonic() - began < 5
    assert process.ended() == -9
    assert ends(int(said))


class Unwilling(Process):
    """A process that starts once; later something stands in its way."""

    launched = 0

    def launch(self) -> None:
        self.launched += 1
        if self.launched == 2:
            raise Refused("infra:data_without_database", path="/data/cn", database="/db/cn")
        if self.launched == 3:
            raise OSError(28, "No space left on device")
        super().launch()


def test_what_stands_in_ones_way_leaves_the_others_alone(stage: Stage) -> None:
    """Where one process cannot be started again, that is said and tried again, and the others are watched on."""
    command = [sys.executable, "-c", "raise SystemExit(1)"]
    unwilling = Unwilling("cn/postgres", command, dict(os.environ), stage.folder / "cn.log")
    steady = stage.process("eu/postgres", "import time; time.sleep(60)")
    stage.supervisor.start(unwilling)
    stage.supervisor.start(steady)
    wait_for(unwilling)
    for _ in range(4):
        stage.supervisor.tend()
        stage.time += 6
    told = "\n".join(stage.told)
    assert "cn/postgres ended with status 1" in told
    assert "cn/postgres does not start: /data/cn holds keys" in told
    assert "cn/postgres does not start: No space left on device" in told
    assert "eu/postgres" not in told
    stage.supervisor.stop([["postgres"]])


def test_states_say_what_runs_and_changes_are_counted(stage: Stage) -> None:
    """Each process is running or waiting since a moment; an errand is no state; every change is counted once."""
    failing = stage.process("cn/web", "raise SystemExit(1)")
    stage.supervisor.start(failing)
    stage.supervisor.start(stage.process("eu/web", "import time; time.sleep(60)"))
    stage.supervisor.start(stage.process("eu/demo", "pass"), errand=True)
    before = {state.name: state.since for state in stage.supervisor.states()}
    assert set(before) == {"cn/web", "eu/web"}
    wait_for(failing)
    stage.supervisor.tend()
    stage.supervisor.tend()
    states = {state.name: state for state in stage.supervisor.states()}
    assert (states["cn/web"].runs, states["eu/web"].runs) == (False, True)
    assert states["cn/web"].since > before["cn/web"]
    assert states["eu/web"].since == before["eu/web"]
    assert stage.supervisor.changes == 1
    stage.time += 1
    stage.supervisor.tend()
    assert stage.supervisor.changes == 2


def test_one_kind_of_every_cell_stops_together(stage: Stage) -> None:
    """Stopping asks for kinds: the web of every cell ends before anybody's database does."""
    names = ("eu/web", "cn/web", "eu/postgres", "cn/postgres")
    made = {name: stage.process(name, "import time; time.sleep(60)") for name in names}
    for process in made.values():
        stage.supervisor.start(process)
    stage.supervisor.stop([["web"]])
    assert {name for name, process in made.items() if process.ended() is None} == {
        "eu/postgres",
        "cn/postgres",
    }
    stage.supervisor.stop([["postgres"]])
    assert all(process.ended() is not None for process in made.values())


def test_the_table_names_cell_process_state_and_address(stage: Stage) -> None:
    """The screen has one line a process, cell by cell, with its state and the address of what can be visited."""
    options = read_options(["--port", "9000"])
    since = datetime(2026, 3, 28, 15, 4, 5, tzinfo=UTC)
    names = ("cn/web", "front/web", "eu/keeper", "eu/web")
    lines = list(show_states(options, [State(name, name != "cn/web", since) for name in names]))
    assert [line.split() for line in lines if line.strip()] == [
        ["cell", "process", "state", "since", "address"],
        ["front", "web", "running", "15:04:05", "http://localhost:9000"],
        ["eu", "keeper", "running", "15:04:05"],
        ["eu", "web", "running", "15:04:05", "http://localhost:9001"],
        ["cn", "web", "waiting", "15:04:05", "http://localhost:9002"],
    ]


def test_warnings_reach_the_terminal_and_nothing_else(tmp_path: Path) -> None:
    """Of a log only warnings and worse are shown, each once, also after the log was turned over."""
    log = tmp_path / "web.log"
    journal = Journal("web", log)
    lines = [{"level": "info", "event": "quiet"}, {"level": "warning", "event": "slow", "code": "web:slow"}]
    log.write_text(
        "".join(json.dumps(line) + "\n" for line in lines) + "Traceback (most recent call last):\n"
    )
    assert journal.news() == ["  web         warning: slow code=web:slow"]
    assert journal.news() == []
    log.write_text(json.dumps({"level": "error", "event": "again"}) + "\n")
    assert journal.news() == ["  web         error: again"]
