"""Extracts of the ledger: every layout is proven, a changed one is named, and nobody else fetches it."""

import asyncio
import csv
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any, Self
from xml.etree import ElementTree as ET

import asyncpg
import pytest

from audit.__main__ import UNUSABLE, main
from audit.extract_check import ExtractReport, check_extract
from audit.note import parse_vkey
from audit.verify import Trust
from i18n.catalogs import translations
from portal.extracts.files import TABLES
from portal.extracts.words import speech
from portal.extracts.work import ExtractMaker, remove_extracts
from portal.web.settings import WebSettings
from portal.worker import Worker
from tests.portal.house import House

BASE = "/api/v1/extracts"


class Works:
    """A worker's hands for extracts, at the house's clock."""

    def __init__(self, house: House) -> None:
        stage = house.stage
        blobs = f"file:{stage.settings.blobs}"
        self.settings = WebSettings("eu", stage.db.dsn("wx_worker"), "", "", blobs, "", "json", 60, (), "")
        self.worker = Worker(self.settings)
        self.maker = ExtractMaker(self.settings, stage.clock)

    async def __aenter__(self) -> Self:
        self.worker.pool = await asyncpg.create_pool(self.settings.database_url, min_size=1, max_size=3)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.worker.pool.terminate()

    async def make(self) -> bool:
        return await self.maker.once(self.worker._work)


async def settled(house: House, kind: str, count: int = 1) -> None:
    """Wait until so many entries of a kind have been sequenced."""
    async with asyncio.timeout(20):
        while len(await house.stage.leaves(kind)) < count:
            await asyncio.sleep(0.02)


async def made(house: House, works: Works, layout: str, role: str = "auditor", **filters: str) -> bytes:
    """Ask for an extract, have it made, and fetch it."""
    client = await house.api(role)
    asked = await client.post(BASE, json={"layout": layout, "filters": filters})
    assert asked.status_code == 202, asked.text
    assert await works.make()
    polled = await client.get(asked.headers["location"])
    assert polled.json()["state"] == "ready", polled.text
    return (await client.get(f"{asked.headers['location']}/file")).content


def checked(tmp_path: Path, data: bytes, key: str = "") -> ExtractReport:
    """Check the bytes of an extract."""
    file = tmp_path / "extract.zip"
    file.write_bytes(data)
    return check_extract(file, Trust((parse_vkey(key),) if key else ()))


def changed(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """Write an extract again with one of its files changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as written:
        for one in source.namelist():
            content = source.read(one)
            if one == name:
                assert old in content
                content = content.replace(old, new, 1)
            written.writestr(one, content)
    return target.getvalue()


@pytest.fixture(name="busy")
async def the_busy_house(house: House) -> House:
    """Give a house in whose ledger something has happened."""
    operations = await house.api("operations")
    await operations.get("/api/v1/passengers")
    await operations.get("/api/v1/ledger/entries")
    await settled(house, "passengers:list:viewed")
    await settled(house, "security:access:refused")
    return house


async def test_each_layout_is_proven(busy: House, tmp_path: Path) -> None:
    """CSV, XLSX, Parquet and JSON of the whole ledger each check row by row; none is verified as a whole log."""
    key = (await busy.stage.leaves("audit:log:opened"))[0]["document"]
    vkey = json.loads(key)["vkey"] if isinstance(key, str) else key["vkey"]
    async with Works(busy) as works:
        for layout in ("csv", "xlsx", "parquet", "jsonl"):
            report = checked(tmp_path, await made(busy, works, layout), vkey)
            assert await asyncio.to_thread(main, ["verify", str(tmp_path / "extract.zip")]) == UNUSABLE
            assert (report.findings.first, report.keys_checked, report.rows_read) == ({}, True, True), layout
            assert report.entries >= 4


async def test_a_filter_gives_its_rows_and_a_changed_one_is_named(busy: House, tmp_path: Path) -> None:
    """Only what the filter names is in the table; an edited row, leaf, tile, or a row too many is named."""
    async with Works(busy) as works:
        data = await made(busy, works, "csv", kind="passengers:list:viewed")
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        rows = list(csv.reader(io.StringIO(source.read("entries.csv").decode("utf-8-sig"))))
    assert [row[4] for row in rows] == ["kind", "passengers:list:viewed"]
    index = int(rows[1][0])
    assert not checked(tmp_path, data).findings
    row = checked(tmp_path, changed(data, "entries.csv", b"operations", b"compliance"))
    assert dict(row.findings.first["audit:row_mismatch"].fields) == {"row": 1, "leaf": index}
    leaf = checked(tmp_path, changed(data, "leaves.jsonl", b"operations", b"compliance"))
    assert leaf.findings.first["audit:leaf_not_in_log"].fields["leaf"] == index
    more = checked(
        tmp_path,
        changed(data, "entries.csv", b"\r\n" + rows[1][0].encode(), b"\r\n7,x\r\n" + rows[1][0].encode()),
    )
    assert set(more.findings.first) >= {"audit:row_mismatch", "audit:row_without_leaf"}
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        tile = next(name for name in source.namelist() if name.startswith("tile/0/"))
        hashes = source.read(tile)
    broken = checked(tmp_path, changed(data, tile, hashes[:32], bytes(32)))
    assert {"audit:root_mismatch", "audit:leaf_not_in_log"} <= set(broken.findings.first)


async def test_an_extract_is_its_owners_and_expires(busy: House) -> None:
    """Another auditor, compliance and the desk cannot fetch it; after a week it is gone from the disk."""
    client = await busy.api("auditor")
    where = (await client.post(BASE, json={"layout": "csv"})).headers["location"]
    assert (await client.get(f"{where}/file")).status_code == 409
    async with Works(busy) as works:
        await works.make()
        file = next((busy.stage.settings.blobs / "extracts").glob("*.zip"))
        assert file.stat().st_mode & 0o777 == 0o600
        assert (await (await busy.api("compliance")).get(where)).status_code == 404
        assert (await (await busy.api("operations")).get(where)).status_code == 403
        assert (await client.get(f"{where}/file")).status_code == 200
        await settled(busy, "extracts:extract:downloaded")
        assert await remove_extracts(works.worker._work, works.settings, busy.stage.clock()) == 0
        assert (
            await remove_extracts(works.worker._work, works.settings, busy.stage.clock() + timedelta(days=8))
            == 1
        )
    assert not file.exists()
    assert (await client.get(f"{where}/file")).status_code == 410


def test_a_sheet_holds_no_formula_and_runs_as_its_reader_reads(tmp_path: Path) -> None:
    """What looks like a formula is text, marks of XML stay text, and an Arabic sheet runs from right to left."""
    row = ["7", "=1+1", "", "eu", "trips:trip:viewed", "<&>", *[""] * 10]
    for tag, right_to_left in (("ar", True), ("en", False)):
        table = TABLES["xlsx"](tmp_path / f"{tag}.xlsx", speech(tag))
        table.add([row, [*row[:1], *[""] * 15]])
        table.close()
        with zipfile.ZipFile(table.path) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
            headings = book.read("xl/sharedStrings.xml").decode()
            assert ET.fromstring(book.read("xl/workbook.xml")).tag.endswith("workbook")  # noqa: S314 -- our own
        assert ("rightToLeft" in sheet) == right_to_left
        assert "<f>" not in sheet
        read = ET.fromstring(sheet)  # noqa: S314 -- our own
        texts = ["".join(cell.itertext()) for cell in read.iter() if cell.tag.endswith("}c")]
        assert {"7", "=1+1", "<&>", translations(tag).gettext("Trip viewed")} <= set(texts)
        assert translations(tag).gettext("Kind, in words") in headings


async def test_a_half_made_extract_is_begun_again(busy: House, tmp_path: Path) -> None:
    """What a worker left half-made when it ended is made by the next; a filter that fits no more fails by its code."""
    client = await busy.api("auditor")
    where = (await client.post(BASE, json={"layout": "csv"})).headers["location"]
    await busy.stage.owner.execute("update ledger_extract set state = 'building', done = 7, total = 9")
    assert (await client.get(where)).json()["progress"] == 77
    folder = busy.stage.settings.blobs / "extracts"
    folder.mkdir()
    (folder / f"{where.rpartition('eu_')[2]}.part").write_text("half")
    other = (await client.post(BASE, json={"layout": "csv"})).headers["location"]
    wrong = 'update ledger_extract set filter = \'{"role":"king"}\' where id = $1'
    await busy.stage.owner.execute(wrong, other.rpartition("eu_")[2])
    async with Works(busy) as works:
        assert await works.make()
        assert await works.make()
    data = await client.get(f"{where}/file")
    assert not checked(tmp_path, data.content).findings
    assert (await client.get(other)).json()["code"] == "extracts:failed"
    assert [file.suffix for file in folder.iterdir()] == [".zip"]


async def test_bad_extracts_are_refused_by_field(busy: House) -> None:
    """An unknown layout, an unknown filter and a fourth extract at once are refused, each by its name."""
    client = await busy.api("auditor")
    assert _fields(await client.post(BASE, json={"layout": "exe"})) == ["layout"]
    assert _fields(await client.post(BASE, json={"layout": "csv", "filters": {"role": "king"}})) == ["role"]
    assert _fields(await client.post(BASE, json={"layout": "csv", "filters": {"x": "1"}})) == ["filters.x"]
    for _ in range(3):
        assert (await client.post(BASE, json={"layout": "csv"})).status_code == 202
    assert (await client.post(BASE, json={"layout": "csv"})).json()["code"] == "extracts:too_many_open"


def _fields(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["field"] for error in answer.json()["errors"]]
