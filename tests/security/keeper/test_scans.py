"""Scans at the keeper's socket: who may send what in which order, and what happens to the rest."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import uuid_utils.compat as uuids

from security.keeper.client import KeeperRefused
from security.keeper.messages import Done
from security.keeper.scan_messages import (
    BeginScan,
    EndScan,
    ReadPiece,
    ScanPiece,
    ScanSealed,
    SealPiece,
)
from security.vault.chunk_sizes import CHUNK
from tests.database import CellDb
from tests.s3 import client, s3
from tests.security.keeper.stage import Stage, request, staged

__all__ = ["s3"]

CONTENT = bytes(range(256)) * 300  # three chunks
STORE = (
    "insert into document_scan select $1, id, passenger_id, org_id, 'png', 1, 1, $2, now() from travel_document"
    " where passenger_id = $3 limit 1"
)


async def begun(stage: Stage, token: str, length: int = len(CONTENT), **over: object) -> bytes:
    asked = {"subject": stage.mei, "org": stage.org, "row": uuids.uuid7()} | over
    upload = secrets.token_bytes(16)
    await stage.client._ask(BeginScan(token, request(), upload, length=length, **asked), Done)
    return upload


async def piece(stage: Stage, token: str, upload: bytes, index: int, data: bytes | None = None) -> None:
    sent = CONTENT[index * CHUNK : (index + 1) * CHUNK] if data is None else data
    await stage.client._ask(SealPiece(token, upload, index, sent), Done)


async def refused(code: str, asking: object) -> None:
    with pytest.raises(KeeperRefused) as caught:
        await asking  # type: ignore[misc]
    assert caught.value.code == code


async def on_file(stage: Stage, content: bytes = CONTENT) -> UUID:
    """Seal a scan as the booker and store its head as web would."""
    await stage.on_file("passport.number", "X4RTBPFW4")
    row = uuids.uuid7()
    token = await stage.sign_in("booker")
    head = await stage.client.seal_scan(token, request(), stage.mei, stage.org, row, content)
    await stage.owner.execute(STORE, row, head, stage.mei)
    return row


def blobs(stage: Stage) -> list[str]:
    return sorted(path.name for path in (stage.settings.blobs / "scans").rglob("*") if path.is_file())


@pytest.mark.parametrize("length", [1, CHUNK - 1, CHUNK, CHUNK + 1, 10 * CHUNK])
async def test_what_goes_in_comes_out(stage: Stage, length: int) -> None:
    """A scan of any length is read back by ranges, after an entry, until its minute is over."""
    content = (CONTENT * 5)[:length]
    row = await on_file(stage, content)
    token = await stage.stepped_up("operations")
    await refused("scans:view_ended", stage.client.read_scan(token, row, 0, 1))
    await stage.client.open_scan(
        token, request(), stage.mei, row, "border_filing", f"eu_{stage.trip}", "border"
    )
    from security.vault.door import DOOR  # noqa: PLC0415 -- a test stands in for the portal

    for start, end in ((0, length), (0, 1), (length - 1, length), (length // 3, length // 2 + 1)):
        read = await stage.client.read_scan(token, row, start, end - start)
        assert read.reveal_to(DOOR) == content[start:end]
    stage.clock.pass_by(seconds=60)
    await refused("scans:view_ended", stage.client.read_scan(token, row, 0, 1))


async def test_pieces_come_in_their_order(stage: Stage) -> None:
    """A piece out of turn, twice, too short or too long ends the upload, and nothing of it stays."""
    token = await stage.sign_in("booker")
    for index, data in ((1, None), (0, b"short"), (2, None), (0, b"")):
        upload = await begun(stage, token)
        await refused("scans:upload_lost", piece(stage, token, upload, index, data))
        await refused("scans:upload_lost", piece(stage, token, upload, 0))
    upload = await begun(stage, token)
    await piece(stage, token, upload, 0)
    await refused("scans:upload_lost", piece(stage, token, upload, 0))
    upload = await begun(stage, token)
    await piece(stage, token, upload, 0)
    await refused("scans:upload_lost", stage.client._ask(EndScan(token, upload), ScanSealed))
    assert blobs(stage) == []
    assert await stage.leaves("passengers:document-scan:sealed") == []


async def test_an_upload_is_its_senders_own(stage: Stage) -> None:
    """Whoever guesses or steals an upload's name cannot add to it or end it with another session."""
    token, other = await stage.sign_in("booker"), await stage.sign_in("client_admin")
    upload = await begun(stage, token)
    await refused("scans:upload_lost", piece(stage, other, upload, 0))
    await refused("scans:upload_lost", stage.client._ask(EndScan(other, upload), ScanSealed))
    await refused("scans:upload_lost", piece(stage, token, bytes(16), 0))
    for index in range(3):
        await piece(stage, token, upload, index)
    await stage.client.sign_out(token, request())
    await refused("security:not_signed_in", stage.client._ask(EndScan(token, upload), ScanSealed))
    assert blobs(stage) == []


async def test_into_anothers_row_nothing_is_sealed(stage: Stage) -> None:
    """Another organisation's person, another's row, one that is there, a role that may not edit: refused, an entry."""
    row = await on_file(stage)
    token = await stage.sign_in("booker")
    cases = [
        (token, {"subject": stage.stranger}),
        (token, {"subject": stage.stranger, "org": stage.other_org}),
        (token, {"subject": uuids.uuid7()}),
        (token, {"row": row}),
        (token, {"row": stage.mei}),
        (await stage.sign_in("operations"), {}),
        (await stage.sign_in("compliance"), {}),
    ]
    for sender, over in cases:
        await refused("passengers:not_yours", begun(stage, sender, **over))
    denied = [x for x in await stage.leaves("passengers:document-scan:sealed") if x["dec"] == "deny"]
    assert len(denied) == len(cases)


async def test_only_so_many_at_once(stage: Stage) -> None:
    """One account has three uploads under way at most; those that nobody goes on with make room after a minute."""
    token = await stage.sign_in("booker")
    first = [await begun(stage, token) for _ in range(3)]
    await refused("scans:too_many_uploads", begun(stage, token))
    stage.clock.pass_by(seconds=61)
    again = await begun(stage, token)
    await refused("scans:upload_lost", piece(stage, token, first[0], 0))
    await piece(stage, token, again, 0)


async def test_a_scan_is_no_value(stage: Stage) -> None:
    """Neither `seal` nor `reveal` takes the field of a scan, so that no head is ever mistaken for an envelope."""
    await refused("passengers:unknown_field", stage.seal("document.scan", "a value"))
    row = await on_file(stage)
    token = await stage.stepped_up("operations")
    await refused("passengers:unknown_field", stage.reveal(token, field="document.scan", row=row))


async def test_each_session_reads_what_it_opened(stage: Stage) -> None:
    """A view belongs to one session and one scan, and ends with the session."""
    row, other = await on_file(stage), await on_file(stage)
    token = await stage.stepped_up("operations")
    second = await stage.sign_in("operations")
    await stage.client.open_scan(
        token, request(), stage.mei, row, "border_filing", f"eu_{stage.trip}", "border"
    )
    await refused("scans:view_ended", stage.client.read_scan(second, row, 0, 1))
    await refused("scans:view_ended", stage.client.read_scan(token, other, 0, 1))
    await stage.client._ask(ReadPiece(token, row, 2), ScanPiece)
    await refused("security:envelope_refused", stage.client._ask(ReadPiece(token, row, 3), ScanPiece))
    await stage.client.sign_out(token, request())
    await refused("security:not_signed_in", stage.client.read_scan(token, row, 0, 1))


async def test_swapped_blobs_do_not_open(stage: Stage) -> None:
    """Exchanging two blobs, cutting one short or changing one byte in the store keeps the scan closed."""
    row, other = await on_file(stage), await on_file(stage)
    mine, theirs = (next((stage.settings.blobs / "scans").rglob(str(name))) for name in (row, other))
    whole = mine.read_bytes()
    token = await stage.stepped_up("operations")
    await stage.client.open_scan(
        token, request(), stage.mei, row, "border_filing", f"eu_{stage.trip}", "border"
    )
    changed = bytearray(whole)
    changed[100] ^= 1
    for bad, code in (
        (theirs.read_bytes(), "security:envelope_refused"),
        (bytes(changed), "security:envelope_refused"),
        (whole[32_784:] + whole[:32_784], "security:envelope_refused"),
        (whole[:100], "scans:lost"),
    ):
        mine.write_bytes(bad)
        await refused(code, stage.client.read_scan(token, row, 0, 1))
    mine.write_bytes(whole)
    await stage.client.read_scan(token, row, 0, 1)


async def test_cancelled_uploads_leave_nothing(stage: Stage) -> None:
    """Wherever a sender gives up, no blob and no entry of it stays, and the next upload has room."""
    token = await stage.sign_in("booker")
    for turns in range(1, 40, 3):
        sending = asyncio.ensure_future(
            stage.client.seal_scan(token, request(), stage.mei, stage.org, uuids.uuid7(), CONTENT)
        )
        for _ in range(turns):
            await asyncio.sleep(0.0005)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    entries = await stage.leaves("passengers:document-scan:sealed")
    whole = [name for name in blobs(stage) if not name.startswith(".")]
    assert len(whole) >= len(entries)  # a blob may be whole without its entry, never the other way round
    await stage.client.seal_scan(token, request(), stage.mei, stage.org, uuids.uuid7(), CONTENT)


async def test_orphans_are_collected(stage: Stage) -> None:
    """The worker deletes what no row names once it is a day old, drafts too, and leaves everything else alone."""
    import os  # noqa: PLC0415

    import asyncpg  # noqa: PLC0415

    from portal.scans.work import GRACE, collect_orphans  # noqa: PLC0415
    from security.blobs.opening import open_store  # noqa: PLC0415

    kept, token = await on_file(stage), await stage.sign_in("booker")
    orphan = uuids.uuid7()
    await stage.client.seal_scan(token, request(), stage.mei, stage.org, orphan, CONTENT)
    folder = stage.settings.blobs / "scans" / "eu" / "aa"
    folder.mkdir(exist_ok=True)
    (folder / "notes").write_text("not ours")
    (folder / ".draft-0").write_text("half")
    store = open_store(stage.settings.scan_store, "eu")
    worker = await asyncpg.connect(stage.db.dsn("wx_worker"))
    try:
        await worker.execute("set role wx_as_worker")

        @contextlib.asynccontextmanager
        async def work() -> AsyncIterator[object]:
            yield worker

        now = datetime.now(UTC)
        assert await collect_orphans(work, store, now) == 0
        for path in (stage.settings.blobs / "scans").rglob("*"):
            os.utime(path, (0, 0))
        assert await collect_orphans(work, store, now + GRACE - timedelta(minutes=1)) == 2
    finally:
        await worker.close()
    assert blobs(stage) == sorted([str(kept), "notes"])


async def test_the_same_in_a_bucket(cell_db: CellDb, s3: str) -> None:
    """A keeper with an S3 store seals and opens as with a folder; with the bucket gone nothing is promised."""
    url = f"s3://scans/keeper?endpoint={s3}&region=eu-west-1"
    async with staged(cell_db, scans=url) as stage:
        row = await on_file(stage, CONTENT * 80)  # more than one part
        token = await stage.stepped_up("operations")
        await stage.client.open_scan(
            token, request(), stage.mei, row, "border_filing", f"eu_{stage.trip}", "border"
        )
        read = await stage.client.read_scan(token, row, len(CONTENT) * 79, len(CONTENT))
        from security.vault.door import DOOR  # noqa: PLC0415 -- a test stands in for the portal

        assert read.reveal_to(DOOR) == CONTENT
        assert blobs(stage) == []
        bucket = client(s3)
        bucket.delete_object(Bucket="scans", Key=f"keeper/eu/{row}")
        await refused("scans:lost", stage.client.read_scan(token, row, 0, 1))
