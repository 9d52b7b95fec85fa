"""The auditor: filters, proofs, tiles, and an export that verifies offline."""

import asyncio
import contextlib
import hashlib
import io
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

from audit.pack import packed
from portal.oversight.told import Told
from portal.web.settings import WebSettings
from portal.worker import Worker
from tests.portal.house import House

ROOT = Path(__file__).resolve().parents[2]


async def settled(house: House, kind: str) -> None:
    """Wait until an entry of a kind has been sequenced."""
    async with asyncio.timeout(10):
        while not await house.stage.leaves(kind):
            await asyncio.sleep(0.02)


async def test_filters_find_what_they_name(house: House) -> None:
    """Entries are found by actor, role, kind, decision and time; an unknown filter value is named, not guessed."""
    operations = await house.api("operations")
    await operations.get("/api/v1/passengers")
    await operations.get("/api/v1/ledger/entries")
    await settled(house, "security:access:refused")
    await settled(house, "passengers:list:viewed")
    auditor = await house.api("auditor")
    base = "/api/v1/ledger/entries"
    listed = (await auditor.get(f"{base}?kind=passengers:list:viewed")).json()["items"]
    assert [item["parts"]["role"] for item in listed] == ["operations"]
    who = listed[0]["parts"]["who"]
    by_actor = (await auditor.get(f"{base}?actor={who}")).json()["items"]
    assert {item["parts"]["who"] for item in by_actor} == {who}
    denied = (await auditor.get(f"{base}?decision=deny")).json()["items"]
    assert [item["parts"]["act"] for item in denied] == ["security:access:refused"]
    assert (await auditor.get(f"{base}?from=2030-01-01T00:00:00Z")).json()["items"] == []
    refused = await auditor.get(f"{base}?role=king")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "role")


async def test_list_view_is_one_entry_a_minute(house: House) -> None:
    """The same people shown again within a minute make no new entry; after a minute they do."""
    operations = await house.api("operations")
    for _ in range(3):
        await operations.get("/api/v1/passengers")
    await settled(house, "passengers:list:viewed")
    assert len(await house.stage.leaves("passengers:list:viewed")) == 1
    house.stage.clock.pass_by(seconds=61)
    await operations.get("/api/v1/passengers")
    async with asyncio.timeout(10):
        while len(await house.stage.leaves("passengers:list:viewed")) < 2:
            await asyncio.sleep(0.02)


async def test_tiles_and_checkpoint(house: House) -> None:
    """The checkpoint is public; tiles are for auditors only; a path that is no tile is 404."""
    public = house.client()
    checkpoint = await public.get("/ledger/checkpoint")
    assert checkpoint.text.startswith("waxwing.example/audit/eu\n")
    size = int(checkpoint.text.split("\n")[1])
    auditor = await house.api("auditor")
    tile = await auditor.get(f"/ledger/tile/0/000.p/{size}")
    assert len(tile.content) == 32 * size
    assert (await auditor.get("/ledger/tile/0/999")).status_code == 404
    assert (await auditor.get("/ledger/tile/secret/000")).status_code == 404
    assert (await public.get(f"/ledger/tile/0/000.p/{size}")).status_code == 401
    assert (await (await house.api("booker")).get(f"/ledger/tile/0/000.p/{size}")).status_code == 403


async def test_export_verifies_and_a_changed_one_does_not(house: House, tmp_path: Path) -> None:
    """The exported bundle is whole for `python -m audit verify`; with one leaf changed it names that leaf."""
    await (await house.api("operations")).get("/api/v1/passengers")
    await settled(house, "passengers:list:viewed")
    auditor = await house.api("auditor")
    asked = await auditor.post("/api/v1/ledger/exports")
    assert asked.status_code == 202
    where = asked.headers["location"]
    assert (await auditor.get(where)).status_code == 202
    await _worked(house)
    got = await auditor.get(where)
    assert (got.status_code, got.headers["content-type"]) == (200, "application/zip")
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(got.content)
    assert await _verify(bundle) == 0
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(io.BytesIO(got.content)) as source, zipfile.ZipFile(broken, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(
                name, data.replace(b'"dec":"allow"', b'"dec":"denyx"', 1) if "entries" in name else data
            )
    assert await _verify(broken) == 1
    other = await house.api("booker")
    assert (await other.get(where)).status_code == 403


async def test_the_verifier_is_given_as_one_file_with_its_hash(house: House, tmp_path: Path) -> None:
    """An auditor downloads the verifier that the source makes; the page tells its hash; nobody else gets it."""
    auditor = await house.browser("auditor")
    await auditor.open("/ledger/exports")
    assert hashlib.sha256(packed()).hexdigest() in auditor.words()
    got = await (await house.api("auditor")).get("/en/ledger/verifier")
    assert (got.status_code, got.content) == (200, packed())
    assert (await (await house.api("booker")).get("/en/ledger/verifier")).status_code == 403
    file = tmp_path / "verifier.pyz"
    file.write_bytes(got.content)
    told = subprocess.run([sys.executable, file, "verify", "--help"], capture_output=True, check=True)  # noqa: ASYNC221
    assert b"--checkpoint" in told.stdout


async def test_an_export_tells_how_far_it_is(house: House) -> None:
    """While a bundle is made its progress is told; what is told too late changes nothing."""
    auditor = await house.api("auditor")
    where = (await auditor.post("/api/v1/ledger/exports")).headers["location"]
    wanted = UUID(where.rpartition("_")[2])

    @contextlib.asynccontextmanager
    async def work(**_: object) -> AsyncIterator[Any]:
        yield house.stage.owner

    await house.stage.owner.execute("update ledger_export set state = 'building', progress = 10")
    async with Told(work, wanted) as told:
        await told.tell()
        assert (await auditor.get(where)).json()["progress"] == 10
        told.reached(1, 2)
        await told.tell()
    assert (await auditor.get(where)).json()["progress"] == 54
    await house.stage.owner.execute("update ledger_export set state = 'failed', progress = 0")
    told.reached(2, 2)
    await told.tell()
    assert await house.stage.owner.fetchval("select progress from ledger_export") == 0


async def test_a_ledger_with_a_hole_is_exported_by_nobody(house: House) -> None:
    """Where an entry was taken out by force the export fails and says why; the worker lives."""
    await house.stage.owner.execute(
        "alter table ledger_leaf disable trigger append_only; delete from ledger_leaf where index = 0;"
        " alter table ledger_leaf enable always trigger append_only"
    )
    auditor = await house.api("auditor")
    await auditor.post("/api/v1/ledger/exports")
    await _worked(house)
    failed = await house.stage.owner.fetchrow("select state, failure from ledger_export")
    assert tuple(failed) == ("failed", "audit:no_such_leaf")


async def _worked(house: House) -> None:
    """Let a worker do one round."""
    settings = WebSettings(
        "eu",
        house.stage.db.dsn("wx_worker"),
        "",
        "",
        f"file:{house.stage.settings.blobs}",
        "",
        "json",
        60,
        (),
        "",
    )
    worker = Worker(settings)
    try:
        await worker._once()
    finally:
        if worker.pool is not None:
            worker.pool.terminate()


async def _verify(bundle: Path) -> int:
    def run() -> int:
        return subprocess.run(
            [sys.executable, "-m", "audit", "verify", str(bundle)], cwd=ROOT, capture_output=True, check=False
        ).returncode

    return await asyncio.to_thread(run)


async def test_auditor_pages(house: House) -> None:
    """The auditor filters on the page, opens an entry with its proof, asks for an export and takes it."""
    await (await house.api("operations")).get("/api/v1/passengers")
    await settled(house, "passengers:list:viewed")
    visitor = await house.browser("auditor")
    await visitor.open("/ledger?kind=passengers:list:viewed")
    assert "Passenger list viewed" in visitor.words()
    await visitor.open("/ledger/entries/0")
    assert "c2sp.org/tlog-proof@v1" in visitor.words()
    await visitor.open("/ledger/entries/999999", expect=404)
    await visitor.open("/ledger?role=king", expect=422)
    await visitor.open("/ledger/exports")
    await visitor.submit("/ledger/exports")
    await _worked(house)
    await visitor.open("/ledger/exports")
    assert "Ready" in visitor.words()
