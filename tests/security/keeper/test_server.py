"""The socket: who may speak to the keeper, what it does with nonsense, and how it ends."""

import asyncio
import os
import socket
import stat
import sys
import tempfile
from pathlib import Path

import msgspec
import pytest

from security.keeper.client import KeeperClient, KeeperRefused, KeeperUnavailable
from security.keeper.frames import MAX_FRAME, frame
from security.keeper.messages import AskStatus
from security.keeper.protocol import encode_call, read_reply
from security.keeper.server import SocketRefused, bind
from tests.database import CellDb
from tests.security.keeper.stage import (
    PASSPORT,
    Clock,
    Stage,
    keeper,
    ready,
    request,
    settings_for,
    short_folder,
    until,
)


async def said_to(stage: Stage, sent: bytes) -> bytes:
    """Send raw bytes and read until the keeper hangs up, or half a second long."""
    reader, writer = await asyncio.open_unix_connection(str(stage.settings.socket))
    try:
        writer.write(sent)
        async with asyncio.timeout(0.5):
            return await reader.read()
    except TimeoutError:
        return b"still open"
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    "sent",
    [
        (MAX_FRAME + 1).to_bytes(4, "big"),
        bytes(4),
        frame(b"\xc1"),
        frame(msgspec.msgpack.encode([1])),
        frame(msgspec.msgpack.encode([1, 10**9, {"op": "status"}])),
    ],
)
async def test_nonsense_ends_the_connection_and_nothing_else(stage: Stage, sent: bytes) -> None:
    """An oversized, empty or unreadable frame is answered by hanging up; others are served on."""
    assert await said_to(stage, sent) == b""
    assert (await stage.client.status()).ready


async def test_an_unknown_operation_is_refused_by_its_number(stage: Stage) -> None:
    """A readable call with an unknown operation gets a refusal, and the connection goes on."""
    reader, writer = await asyncio.open_unix_connection(str(stage.settings.socket))
    writer.write(
        frame(msgspec.msgpack.encode([5, 1000, {"op": "open_all"}]))
        + frame(encode_call(6, 1000, AskStatus()))
    )
    replies = {}
    for _ in range(2):
        size = int.from_bytes(await reader.readexactly(4), "big")
        reply = read_reply(await reader.readexactly(size))
        replies[reply.id] = reply.answer
    writer.close()
    await writer.wait_closed()
    assert replies[5].code == "security:malformed_request"
    assert replies[6].ready


async def test_a_flood_of_calls_is_answered_in_full(stage: Stage) -> None:
    """Two thousand calls written at once on one connection each get their own answer."""
    reader, writer = await asyncio.open_unix_connection(str(stage.settings.socket))
    writer.write(b"".join(frame(encode_call(number, 60_000, AskStatus())) for number in range(2000)))
    numbers = set()
    for _ in range(2000):
        size = int.from_bytes(await reader.readexactly(4), "big")
        numbers.add(read_reply(await reader.readexactly(size)).id)
    writer.close()
    await writer.wait_closed()
    assert numbers == set(range(2000))


async def test_too_much_is_refused_before_it_is_sent(stage: Stage) -> None:
    """Ten megabytes in a field are refused by the client, half a code point too, and the next call works."""
    for password, code in (
        ("x" * 10_000_000, "security:too_large"),
        ("\ud800", "security:malformed_request"),
    ):
        with pytest.raises(KeeperRefused, match=code):
            await stage.client.sign_in("sales@example.test", password, "Firefox", "192.0.2.1")
    assert (await stage.client.status()).ready


async def test_the_socket_is_for_its_owner_only(stage: Stage) -> None:
    """The folder is 0700, the socket 0600."""
    assert stat.S_IMODE(stage.settings.socket.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(stage.settings.socket.stat().st_mode) == 0o600


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
async def test_another_user_is_not_heard(stage: Stage) -> None:
    """A process of another user, even with the folder open to it, is hung up on by its kernel credentials."""
    stage.settings.socket.parent.parent.chmod(0o711)
    stage.settings.socket.parent.chmod(0o777)
    stage.settings.socket.chmod(0o666)
    reading = """
import os, socket, sys
os.setuid(65534)
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
try:
    s.sendall(bytes.fromhex(sys.argv[2]))
    print(len(s.recv(100)))
except (BrokenPipeError, ConnectionResetError):
    print(0)
"""
    call = frame(encode_call(1, 1000, AskStatus())).hex()
    said = []
    for prefix in (reading, reading.replace("os.setuid(65534)", "pass")):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", prefix, str(stage.settings.socket), call, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await child.communicate()
        said.append(int(out))
    assert said[0] == 0
    assert said[1] > 0


def test_an_open_folder_is_refused(tmp_path: Path) -> None:
    """A socket folder that others may enter is not used, nor a path that no socket can have."""
    with pytest.raises(SocketRefused, match="security:socket_path_long"):
        bind(tmp_path / ("x" * 100))
    tmp_path.chmod(0o755)
    with pytest.raises(SocketRefused, match="security:socket_folder_open"):
        bind(tmp_path / "k.sock")


def test_a_living_keeper_is_not_pushed_aside_but_a_dead_one_is() -> None:
    """A second keeper on the same socket is refused; what a killed one left is replaced."""
    folder = Path(tempfile.mkdtemp(prefix="wxk-"))
    path = folder / "k.sock"
    try:
        with bind(path) as first:
            first.listen()
            with pytest.raises(SocketRefused, match="security:keeper_running"):
                bind(path)
        assert path.exists()
        with bind(path) as second, socket.socket(socket.AF_UNIX) as caller:
            second.listen()
            caller.connect(str(path))
    finally:
        path.unlink(missing_ok=True)
        folder.rmdir()


async def test_calls_under_way_are_finished_at_the_end(stage: Stage) -> None:
    """A keeper told to end answers what it has begun, then its socket is gone."""
    await stage.on_file("passport.number", PASSPORT)
    token = await stage.stepped_up("operations")
    asking = [asyncio.create_task(stage.reveal(token)) for _ in range(8)]
    await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    stage.stop.set()
    answers = await asyncio.gather(*asking)
    assert len({answer.index for answer in answers}) == 8
    await stage.ended()
    with pytest.raises(KeeperUnavailable):
        await stage.client.status()


async def test_a_keeper_without_databases_says_so_and_waits(cell_db: CellDb) -> None:
    """With no server at its addresses it says what is missing and refuses as unavailable."""
    nowhere = "postgresql://wx_keeper:x@/wx?host=/nonexistent"
    async with short_folder() as folder:
        settings = settings_for(cell_db, folder, database_url=nowhere, keystore_url=nowhere)
        async with keeper(settings, Clock()) as (client, _):
            await until((folder / "custody").exists)
            status = await client.status()
            assert status.missing[-3:] == ["database", "keystore", "sequencer"]
            with pytest.raises(KeeperUnavailable):
                await client.sign_out("t", request())


async def test_nobody_there_is_unavailable() -> None:
    """A client whose keeper does not run fails as unavailable, at once."""
    client = KeeperClient("unix:/nonexistent/k.sock")
    with pytest.raises(KeeperUnavailable):
        await client.status()


async def test_the_region_states_its_key_once(stage: Stage) -> None:
    """The first start writes which key-encryption key is used, a second start writes it no more."""
    (leaf,) = await stage.leaves("security:keys:made")
    assert leaf["document"]["epoch"] == "1"
    await stage.ended()
    async with keeper(stage.settings, stage.clock) as (client, _):
        await ready(client)
        status = await client.status()
    assert len(await stage.leaves("security:keys:made")) == 1
    assert status.figures["ledger_size"] == await stage.owner.fetchval("select count(*) from ledger_leaf")
