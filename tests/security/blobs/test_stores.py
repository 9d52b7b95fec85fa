"""Both stores keep the same promises: whole or not at all, read by ranges, listed, deleted, honest when away."""

import asyncio
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from security.blobs.objects import PART, Objects
from security.blobs.opening import open_store
from security.blobs.store import BlobMissing, BlobsAway, BlobStore, StoreRefused, Writing
from tests.s3 import client

NAME = "0198c0de-0000-7000-8000-00000000c001"
OTHER = "0198c0de-0000-7000-8000-00000000c0ff"
LATER = timedelta(hours=1)


async def put(store: BlobStore, name: str, *pieces: bytes) -> None:
    writing = await store.begin(name)
    for piece in pieces:
        await writing.write(piece)
    await writing.finish()


async def names(store: BlobStore) -> list[str]:
    return sorted([stored.name async for stored in store.names()])


async def test_what_was_written_is_read_by_ranges(store: BlobStore) -> None:
    """Pieces come back as one blob, from any place, and never fewer bytes than were asked for."""
    await put(store, NAME, b"abc", b"", b"defgh")
    assert await store.read(NAME, 0, 8) == b"abcdefgh"
    assert await store.read(NAME, 2, 3) == b"cde"
    for start, length in ((6, 3), (8, 1), (100, 1)):
        with pytest.raises(BlobMissing):
            await store.read(NAME, start, length)
    with pytest.raises(BlobMissing):
        await store.read(OTHER, 0, 1)


async def test_nobody_sees_a_half(store: BlobStore) -> None:
    """Until it is finished a blob is neither listed nor read; dropped, it never was."""
    writing = await store.begin(NAME)
    await writing.write(b"half")
    assert await names(store) == []
    with pytest.raises(BlobMissing):
        await store.read(NAME, 0, 4)
    await writing.drop()
    await writing.drop()
    assert await names(store) == []
    assert await store.forget_unfinished(datetime.now(UTC) + LATER) == 0


async def test_a_blob_is_written_once(store: BlobStore) -> None:
    """A second writer of the same name is refused, and the first blob stays."""
    first, second = await store.begin(NAME), await store.begin(NAME)
    await first.write(b"first")
    await second.write(b"second")
    await first.finish()
    with pytest.raises(BlobsAway):
        await second.finish()
    await second.drop()
    assert await store.read(NAME, 0, 5) == b"first"


async def test_listed_with_its_time_and_deleted(store: BlobStore) -> None:
    """Every blob is listed with the time it was made; a deleted one is gone, deleting it again is nothing."""
    await put(store, NAME, b"1")
    await put(store, OTHER, b"2")
    ages = [datetime.now(UTC) - stored.at async for stored in store.names()]
    assert len(ages) == 2
    assert max(abs(age) for age in ages) < timedelta(minutes=1)
    await store.delete(NAME)
    await store.delete(NAME)
    assert await names(store) == [OTHER]


async def test_what_a_dead_process_left_is_forgotten(store: BlobStore) -> None:
    """An upload that nobody will finish is removed when it is old, and not before."""
    writing = await store.begin(NAME)
    await writing.write(bytes(PART + 1))
    if not isinstance(store, Objects):  # this server says of every upload that it began in 2010
        assert await store.forget_unfinished(datetime.now(UTC) - LATER) == 0
    assert await store.forget_unfinished(datetime.now(UTC) + LATER) == 1
    assert await store.forget_unfinished(datetime.now(UTC) + LATER) == 0
    with pytest.raises(BlobsAway):
        await writing.finish()
    assert await names(store) == []


async def test_a_large_blob_in_parts(store: BlobStore) -> None:
    """A blob of several parts is whole at the end, and many are written beside each other."""
    piece = bytes(range(256)) * 4096
    await asyncio.gather(*(put(store, name, *[piece] * 11) for name in (NAME, OTHER)))
    assert await store.read(NAME, 10 * len(piece), len(piece)) == piece
    assert await store.read(OTHER, len(piece) - 2, 4) == b"\xfe\xff\x00\x01"


async def test_names_lead_nowhere_else(store: BlobStore) -> None:
    """A name that is no id reaches no other folder or key."""
    for name in ("../secret", "/etc/passwd", "", ".", "a/b", "A" * 36):
        with pytest.raises(BlobMissing):
            await store.begin(name)
        with pytest.raises(BlobMissing):
            await store.read(name, 0, 1)


async def test_cells_share_a_place_and_see_nothing_of_each_other(s3: str, tmp_path: Path) -> None:
    """Two cells on one folder or bucket list their own blobs only."""
    for url in (f"file:{tmp_path}", f"s3://scans/shared?endpoint={s3}"):
        eu, cn = open_store(url, "eu"), open_store(url, "cn")
        await put(eu, NAME, b"eu")
        assert (await names(eu), await names(cn)) == ([NAME], [])
        with pytest.raises(BlobMissing):
            await cn.read(NAME, 0, 2)


async def test_files_are_closed_to_others(tmp_path: Path) -> None:
    """Folders are 0700 and files 0600, drafts too."""
    store = open_store(f"file:{tmp_path / 'a' / 'b'}", "eu")
    await put(store, NAME, b"1")
    writing: Writing = await store.begin(OTHER)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a" / "b").rglob("*")}
    await writing.drop()
    assert modes == {0o700, 0o600}


async def test_a_missing_bucket_is_said(s3: str) -> None:
    """Every operation on a bucket that is not there is refused as away, by the store's own code."""
    store = open_store(f"s3://no-such-bucket/x?endpoint={s3}", "eu")
    with pytest.raises(BlobsAway) as away:
        await put(store, NAME, b"1")
    assert away.value.cause == "NoSuchBucket"
    with pytest.raises(BlobsAway):
        await store.read(NAME, 0, 1)
    with pytest.raises(BlobsAway):
        await names(store)


async def test_a_store_that_fails_half_way_leaves_nothing(s3: str) -> None:
    """With a store that answers 503, or dies between two parts, nothing is listed and the refusal has a code."""
    store = open_store(f"s3://scans/faulty?endpoint={s3}", "eu")
    assert isinstance(store, Objects)
    writing = await store.begin(NAME)
    await writing.write(bytes(PART))
    healthy, store._made = store._made, client("http://127.0.0.1:9")
    with pytest.raises(BlobsAway) as away:
        await writing.write(bytes(PART))
    assert away.value.cause == "EndpointConnectionError"
    await writing.drop()
    store._made = healthy
    assert await names(store) == []
    assert await store.forget_unfinished(datetime.now(UTC) + LATER) == 1


async def test_a_busy_store_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers 503 to everything is asked twice, then refused with its code."""
    asked = []

    async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        body = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate</Message></Error>"
        head = f"HTTP/1.1 503 Slow Down\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    server = await asyncio.start_server(busy, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    store = open_store(f"s3://scans/x?endpoint=http://127.0.0.1:{port}&region=eu-west-1", "eu")
    with pytest.raises(BlobsAway) as away:
        await store.read(NAME, 0, 1)
    server.close()
    assert (away.value.cause, len(asked)) == ("SlowDown", 2)


async def test_a_full_disk_is_away(tmp_path: Path) -> None:
    """A disk that takes no more refuses the piece, and nothing of the blob stays."""
    store = open_store(f"file:{tmp_path / 'blobs'}", "eu")
    writing = await store.begin(NAME)
    full = open("/dev/full", "wb", buffering=0)  # noqa: ASYNC230, PTH123, SIM115 -- Linux' own full disk
    writing._file, kept = full.fileno(), writing._file
    with pytest.raises(BlobsAway) as away:
        await writing.write(b"1")
    writing._file = kept
    await writing.drop()
    full.close()
    assert away.value.cause == "OSError"
    assert await names(store) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "scans",
        "file:",
        "file://host/x",
        "http://x/y",
        "s3:bucket",
        "s3://key:secret@bucket/x",
        "s3://b?a=1",
    ],
)
def test_a_strange_address_is_refused(url: str) -> None:
    """An address that is no store's is refused without being repeated; one with a password in it too."""
    with pytest.raises(StoreRefused) as refused:
        open_store(url, "eu")
    assert refused.value.args == ()


async def test_the_server_is_real(s3: str) -> None:
    """The bucket answers over HTTP, so that what these tests prove is not a mock inside this process."""
    async with httpx.AsyncClient() as web:
        assert (await web.get(f"{s3}/scans")).status_code == 200
