"""PostgreSQL as a process: power cuts, leftovers of killed starts, long paths."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from infra.cell import Cell, short_folder
from infra.postgres import Server
from infra.refusal import Refused
from tests.database import LoneCell
from tests.processes import ends


async def note(dsn: str) -> int:
    """Count the notes and add one, committed when this returns."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("create table if not exists note (id serial)")
        await connection.execute("insert into note default values")
        count: int = await connection.fetchval("select count(*) from note")
        return count
    finally:
        await connection.close()


async def test_a_power_cut_loses_nothing_acknowledged(lone_cell: LoneCell) -> None:
    """After SIGKILL the next start of the same data recovers every committed row."""
    dsn = lone_cell.db.dsn("wx_admin")
    assert await note(dsn) == 1
    lone_cell.server.crash()
    assert (lone_cell.server.quarters.postgres / "postmaster.pid").exists()
    lone_cell.server.start()
    assert await note(dsn) == 2


async def test_a_leftover_server_is_ended(lone_cell: LoneCell) -> None:
    """A server that a killed supervisor left on the data is stopped, and the new one takes its place."""
    dsn = lone_cell.db.dsn("wx_admin")
    await note(dsn)
    second = Server(lone_cell.server.quarters)
    second.start()
    try:
        assert lone_cell.server.ended() == 0
        assert await note(dsn) == 2
    finally:
        second.stop()


async def test_a_stale_number_is_no_obstacle(lone_cell: LoneCell) -> None:
    """A pid file that names a living stranger, as after a container's restart, does not stop a start."""
    lone_cell.server.stop()
    stranger = str(os.getpid())
    data = lone_cell.server.quarters.postgres
    (data / "postmaster.pid").write_text(f"{stranger}\n{data}\n0\n5432\n{lone_cell.server.quarters.socket}\n")
    (lone_cell.server.quarters.socket / ".s.PGSQL.5432.lock").write_text(f"{stranger}\n")
    lone_cell.server.start()
    assert await note(lone_cell.db.dsn("wx_admin")) == 1


async def test_a_half_made_data_directory_is_made_anew(lone_cell: LoneCell) -> None:
    """What a broken-off initdb left is thrown away; a restart of a server never makes new data."""
    cell = lone_cell.server.quarters
    lone_cell.server.stop()
    cell.postgres.rename(cell.postgres_home / "postgres.new")
    (cell.postgres_home / "postgres.new" / "PG_VERSION").unlink()
    with pytest.raises(Refused) as refused:
        lone_cell.server.start()
    assert refused.value.code == "infra:data_without_database"
    second = Server(cell)
    second.start()
    second.stop()
    assert (cell.postgres / "PG_VERSION").exists()
    assert not (cell.postgres_home / "postgres.new").exists()


async def test_a_server_that_cannot_start_says_why(lone_cell: LoneCell) -> None:
    """A failing start ends quickly with PostgreSQL's own last words."""
    lone_cell.server.stop()
    lone_cell.server.settings["shared_buffers"] = "nonsense"
    with pytest.raises(Refused) as refused:
        lone_cell.server.start()
    assert refused.value.code == "infra:postgres_not_started"
    assert "shared_buffers" in refused.value.fields["said"]


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux sends a signal on a parent's death"
)
def test_a_child_dies_with_a_killed_parent() -> None:
    """When a supervisor is killed with SIGKILL, its children end without anybody telling them."""
    program = (
        "import signal, subprocess, sys, time; from infra.leash import leash;"
        "child = subprocess.Popen(['sleep', '60'], preexec_fn=leash(signal.SIGTERM), start_new_session=True);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert ends(child)


def test_sockets_find_a_short_place(tmp_path: Path) -> None:
    """A data folder too deep for a socket's path gets a short, closed folder of its own, always the same."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    folder = short_folder(deep)
    try:
        assert len(os.fsencode(folder / ".s.PGSQL.5432")) < 104
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert short_folder(deep) == folder
        assert short_folder(deep / "f") != folder
    finally:
        for made in (folder, short_folder(deep / "f")):
            made.rmdir()


def test_a_strangers_folder_is_not_used(tmp_path: Path) -> None:
    """A symbolic link waiting where the short folder would be is refused: it may lead anywhere."""
    deep = tmp_path / ("g" * 60) / ("h" * 60)
    folder = short_folder(deep)
    folder.rmdir()
    folder.symlink_to(tmp_path)
    try:
        with pytest.raises(Refused) as refused:
            short_folder(deep)
        assert refused.value.code == "infra:folder_not_ours"
    finally:
        folder.unlink()


def test_passwords_are_made_once(tmp_path: Path) -> None:
    """A cell's passwords are long, different, and the same at the next start."""
    first = Cell(tmp_path, "eu")
    first.prepare()
    assert len(set(first.secrets.values())) == len(first.secrets)
    assert min(map(len, first.secrets.values())) >= 32
    assert Cell(tmp_path, "eu").secrets == first.secrets
    assert first.secrets["wx_web"] not in repr(first)
