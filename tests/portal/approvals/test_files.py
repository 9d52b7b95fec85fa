"""Files of documents: asked, approved, made under a grant, closed to whoever asked, counted, ended."""

import asyncio
import csv
import io
import tempfile
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from pyrage import passphrase

from portal.exports.files import Sheet, csv_text, write_xlsx
from portal.exports.work import make_files, remove_files
from tests.portal.approvals.people import decided, on_file, second, stepped_up, worker_of
from tests.portal.house import House
from tests.security.keeper.stage import PASSPORT, PASSWORD

BASE = "/api/v1/exports"
SECRET = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"


def unzipped(closed: bytes, password: str) -> dict[str, str]:
    """Open a closed workbook; its parts as text."""
    office, plain = OOXMLFile(io.BytesIO(closed)), io.BytesIO()
    office.load_key(password=password, verify_password=True)
    office.decrypt(plain, verify_integrity=True)
    with ZipFile(plain) as parts:
        return {name: parts.read(name).decode("utf-8", "ignore") for name in parts.namelist()}


def all_files(folder: Path) -> list[Path]:
    """List every file below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


async def wanted(house: House, client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    body = {
        "fields": ["passport.number", "birth_date"],
        "purpose": "border_filing",
        "reason": "the agent at the airport asks",
        **changes,
    }
    answer = await client.post(f"/api/v1/trips/{house.trip}/exports", json=body)
    assert answer.status_code == 202, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{BASE}/{made['id']}"
    return made


async def made_file(house: House, **changes: Any) -> tuple[httpx.AsyncClient, dict[str, Any]]:
    """Have a file asked for, approved and made."""
    mine = await stepped_up(house, "operations")
    made = await wanted(house, mine, **changes)
    assert (await decided(await second(house, "operations"), made)).status_code == 201
    async with worker_of(house) as (settings, _, work):
        await make_files(work, house.stage.client, settings, house.stage.clock())
    return mine, made


async def test_a_file_of_documents_from_request_to_download(house: House) -> None:
    """It waits, is approved, made, fetched and counted; inside are the values, under a watermark on every sheet."""
    await on_file(house)
    await house.stage.on_file("birth_date", "1979-04-05")
    mine, made = await made_file(house)
    state = (await mine.get(f"{BASE}/{made['id']}")).json()
    assert (state["state"], state["values"], state["downloads"]) == ("ready", 2, 0)
    answer = await mine.get(f"{BASE}/{made['id']}/file")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    parts = unzipped(answer.content, made["password"])
    text = "".join(parts.values())
    assert PASSPORT in text
    assert "1979-04-05" in text
    for name, part in parts.items():
        if name.startswith("xl/worksheets/sheet"):
            assert "oddFooter" in part
            assert "Person of operations" in part
    leaves = await house.stage.leaves("passengers:passport:revealed")
    births = await house.stage.leaves("passengers:birth-date:revealed")
    assert [leaf["via"] for leaf in leaves + births] == [made["id"]] * 2
    assert (await mine.get(f"{BASE}/{made['id']}")).json()["downloads"] == 1
    async with asyncio.timeout(10):
        while not (fetched := await house.stage.leaves("exports:file:downloaded")):
            await asyncio.sleep(0.02)
    assert fetched[0]["document"] == {"download": "1"}


async def test_only_whoever_asked_fetches_it(house: House) -> None:
    """Neither the approver nor compliance nor anybody else gets the bytes."""
    await on_file(house)
    _, made = await made_file(house)
    where = f"{BASE}/{made['id']}/file"
    assert (await (await second(house, "operations")).get(where)).status_code == 404
    assert (await (await house.api("compliance")).get(where)).status_code == 409
    assert (await (await house.api("booker")).get(where)).status_code == 403


async def test_nothing_lies_on_disk_in_the_clear(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what a grant opened no byte is in any file of the house, nor in a temporary one: none is made."""
    await on_file(house)

    def no_file(*_: Any, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(tempfile, "mkstemp", no_file)
    monkeypatch.setattr(tempfile, "TemporaryFile", no_file)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", no_file)
    _, made = await made_file(house)
    kept = all_files(house.stage.settings.blobs)
    closed = [path for path in kept if path.suffix == ".xlsx"]
    assert len(closed) == 1
    assert closed[0].stat().st_mode & 0o077 == 0
    for path in kept:
        assert PASSPORT.encode() not in path.read_bytes()
        assert made["password"].encode() not in path.read_bytes()
    dumped = await house.stage.owner.fetchval("select string_agg(r::text, '') from gate.approval_request r")
    assert made["password"] not in dumped


async def test_csv_is_closed_with_age(house: House) -> None:
    """A CSV file opens with the same kind of password by age, and says first whose it is."""
    await on_file(house)
    mine, made = await made_file(house, layout="csv", fields=["passport.number"])
    body = (await mine.get(f"{BASE}/{made['id']}/file")).content
    rows = list(csv.reader(io.StringIO(passphrase.decrypt(body, made["password"]).decode("utf-8-sig"))))
    assert "Person of operations" in rows[0][0]
    assert rows[1][:3] == ["Family name", "Given name", "Nationality"]
    assert rows[2][1:4] == ["mei", "", PASSPORT]


def test_no_cell_runs() -> None:
    """A name that begins like a formula stays text in both formats."""
    evil = [f"{begin}cmd|' /C calc'!A0" for begin in "=+-@\t\r"]
    sheet = Sheet("Manifest", ["made for somebody"], ["Family name"], [[name] for name in evil])
    cells = [row[0] for row in csv.reader(io.StringIO(csv_text(sheet), newline=""))]
    assert cells[2:] == [f"'{name}" for name in evil]
    parts = unzipped(write_xlsx(sheet, SECRET), SECRET)
    assert "<f>" not in "".join(parts.values())
    assert "calc" in parts["xl/sharedStrings.xml"]


async def test_a_declined_or_late_file_is_never_made(house: House) -> None:
    """Without an approval, or after its time, the worker opens nothing."""
    await on_file(house)
    mine = await stepped_up(house, "operations")
    waiting, declined, late = [await wanted(house, mine) for _ in range(3)]
    colleague = await second(house, "operations")
    await decided(colleague, declined, "decline")
    await decided(colleague, late)
    house.stage.clock.pass_by(minutes=31)
    async with worker_of(house) as (settings, _, work):
        assert await make_files(work, house.stage.client, settings, house.stage.clock()) == 0
    states = [(await mine.get(f"{BASE}/{one['id']}")).json()["state"] for one in (waiting, declined, late)]
    assert states == ["waiting", "declined", "lapsed"]
    assert await house.stage.leaves("passengers:passport:revealed") == []


async def test_a_file_begun_before_a_crash_fails_and_opens_nothing_twice(house: House) -> None:
    """A worker killed after the grant was used finds it closed; the file says so and can be asked for again."""
    await on_file(house)
    mine, made = await made_file(house)
    await house.stage.owner.execute("update bulk_export set state = 'building', size = null")
    async with worker_of(house) as (settings, _, work):
        await make_files(work, house.stage.client, settings, house.stage.clock())
    assert (await mine.get(f"{BASE}/{made['id']}")).json()["state"] == "failed"
    assert len(await house.stage.leaves("passengers:passport:revealed")) == 1


@pytest.mark.parametrize("how", ["revoked", "expired", "shredded"])
async def test_an_ended_file_is_removed(house: House, how: str) -> None:
    """Revoked, a day old, or of somebody shredded: it is not given any more, its bytes go, and that is an entry."""
    await on_file(house)
    mine, made = await made_file(house)
    path = Path(house.stage.settings.blobs) / "bulk" / f"{made['id'].removeprefix('eu_')}.xlsx"
    assert path.exists()
    if how == "revoked":
        assert (await (await house.api("compliance")).delete(f"{BASE}/{made['id']}")).status_code == 204
    elif how == "expired":
        house.stage.clock.pass_by(hours=24)
        mine = await house.api("operations")
    else:
        await house.stage.owner.fetch("select gate_erase($1)", house.stage.mei)
    state = "expired" if how == "expired" else "revoked"
    assert (await mine.get(f"{BASE}/{made['id']}")).json()["state"] == state
    assert (await mine.get(f"{BASE}/{made['id']}/file")).status_code == 409
    async with worker_of(house) as (settings, _, work):
        await remove_files(work, settings, house.stage.clock())
    assert not path.exists()
    async with asyncio.timeout(10):
        while not await house.stage.leaves("exports:file:removed"):
            await asyncio.sleep(0.02)


async def test_bad_wishes_are_refused(house: House) -> None:
    """No field, a card, another purpose or format, nothing on file: each its own code."""
    mine = await stepped_up(house, "operations")
    where = f"/api/v1/trips/{house.trip}/exports"
    good = {"fields": ["passport.number"], "purpose": "border_filing", "reason": "x"}
    for changes, field, code in (
        ({"fields": []}, "fields", "exports:no_field"),
        ({"fields": ["card.number"]}, "fields", "exports:no_field"),
        ({"purpose": "refund"}, "purpose", "passengers:unknown_purpose"),
        ({"layout": "pdf"}, "layout", "exports:unknown_layout"),
        ({"reason": ""}, "reason", "approvals:reason_required"),
        ({}, "fields", "exports:nothing_to_export"),
    ):
        answer = await mine.post(where, json=good | changes)
        assert answer.status_code == 422
        assert (field, code) in [(one["field"], one["code"]) for one in answer.json()["errors"]]
    for role in ("booker", "compliance", "service_agent"):
        assert (await (await house.api(role)).post(where, json=good)).status_code == 403


async def test_on_the_pages(house: House) -> None:
    """The page shows the password once; the list has the download when it is ready, and revokes."""
    await on_file(house)
    mine = await house.browser("operations")
    await mine.open(f"/trips/{house.trip}/exports/new")
    await mine.submit(
        f"/trips/{house.trip}/exports", expect=422, purpose="border_filing", layout="xlsx", reason="x"
    )
    chosen = {"field-passport.number": "1", "purpose": "border_filing", "layout": "xlsx", "reason": "x"}
    await mine.submit(f"/trips/{house.trip}/exports", **chosen)
    assert "Keep this password" in mine.words()
    await mine.open("/exports")
    assert "Waiting for approval" in mine.words()
    made = {"id": f"eu_{await house.stage.owner.fetchval('select id from gate.approval_request')}"}
    await decided(await second(house, "operations"), made)
    async with worker_of(house) as (settings, _, work):
        await make_files(work, house.stage.client, settings, house.stage.clock())
    await mine.open("/exports")
    assert "Download" in mine.words()
    await mine.submit(f"/exports/{made['id']}/revocation")
    assert "Revoked" in mine.words()
    compliance = await house.browser("compliance", "zh-Hans")
    await compliance.open("/exports")
    assert PASSWORD not in compliance.answer.text
