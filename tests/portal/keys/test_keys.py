"""The pages and the API of keys: who may, what is asked, what is shown, and that no key ever is."""

import json
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from uuid import UUID

import httpx
import pytest_asyncio

from audit.__main__ import main as audit
from security.vault.custody import Custody
from tests.database import CellDb
from tests.portal.house import House, house
from tests.security.keeper.keys import ended
from tests.security.keeper.stage import PASSPORT, PASSWORD

ROLES = ("traveller", "booker", "client_admin", "sales", "service_agent", "operations", "finance", "auditor")


@pytest_asyncio.fixture(loop_scope="session")
async def home(cell_db: CellDb) -> AsyncIterator[House]:
    """Give a house with a passport on file."""
    async with house(cell_db) as made:
        await made.stage.on_file("passport.number", PASSPORT)
        yield made


async def _stepped_up(home: House, role: str) -> httpx.AsyncClient:
    client = await home.api(role)
    assert (await client.post("/api/v1/me/step-ups", json={"password": PASSWORD})).status_code == 201
    return client


async def test_the_page_counts_keys_in_each_language(home: House) -> None:
    """Epochs and counts are shown to administrator and compliance, deeds to whom they belong, and no key."""
    custody = Custody.open(home.stage.settings.custodian, "eu")
    for (role, deeds), tag in product((("administrator", 4), ("compliance", 1)), ("en", "zh-Hans", "ar")):
        visitor = await home.browser(role, tag)
        text = (await visitor.open("/keys")).text
        assert str(custody.kek_id) in text
        assert text.count("/keys/deeds/") == deeds
        for key in (custody.kek, custody.link_key):
            assert key.hex() not in text


async def test_an_epoch_is_begun_on_the_page(home: House) -> None:
    """With a wrong password nothing happens; with the right one the new epoch is there."""
    visitor = await home.browser("administrator")
    await visitor.open("/keys/deeds/rotate")
    await visitor.submit("/keys/deeds/rotate", expect=403, password="wrong")
    assert Custody.open(home.stage.settings.custodian, "eu").epoch == 1
    await visitor.open("/keys/deeds/rotate")
    await visitor.submit("/keys/deeds/rotate", password=PASSWORD)
    assert Custody.open(home.stage.settings.custodian, "eu").epoch == 2


async def test_a_subject_is_shredded_on_the_page_by_two(home: House, tmp_path: Path) -> None:
    """Compliance asks and cannot approve; the administrator approves; the certificate is whole."""
    first, second = await home.browser("compliance"), await home.browser("administrator")
    await first.open("/keys/deeds/shred")
    await first.submit("/keys/deeds/shred", expect=422, on="nobody", password=PASSWORD)
    await first.submit("/keys/deeds/shred", on=home.mei, password=PASSWORD)
    assert "/keys/deeds/approve" not in (await first.open("/keys")).text
    text = (await second.open("/keys")).text
    job = text.partition("/keys/deeds/approve?on=")[2].partition('"')[0]
    await second.open(f"/keys/deeds/approve?on={job}")
    await second.submit("/keys/deeds/approve", password=PASSWORD)
    assert (await ended(home.stage, UUID(job.removeprefix("eu_")))).state == "done"
    answer = await second.client.get(f"/en/keys/certificates/{job}")
    (tmp_path / "erasure.json").write_bytes(answer.content)
    assert audit(["verify", str(tmp_path / "erasure.json")]) == 0


async def test_the_api_does_the_same(home: House) -> None:
    """Epoch, rewrap, reseal, request, refusal of one's own approval, approval, certificate: all over the API."""
    chief, other = await _stepped_up(home, "administrator"), await _stepped_up(home, "compliance")
    assert (await chief.get("/api/v1/keys")).json()["custodian"] == "file"
    begun = await chief.post("/api/v1/keys/epochs")
    assert begun.status_code == 202
    await ended(home.stage, UUID(begun.json()["id"].removeprefix("eu_")))
    seen = (await other.get("/api/v1/keys")).json()
    assert [(one["epoch"], one["counts"]) for one in seen["epochs"]] == [(2, {"document": 1}), (1, {})]
    assert seen["jobs"][0] | {"kind": "rewrap", "state": "done", "done": 1} == seen["jobs"][0]
    begun = await chief.post("/api/v1/keys/reseals", json={"subject": home.mei})
    await ended(home.stage, UUID(begun.json()["id"].removeprefix("eu_")))
    asked = await chief.post("/api/v1/keys/shreds", json={"subject": home.mei})
    job = asked.json()["id"]
    own = await chief.post(f"/api/v1/keys/shreds/{job}/approval")
    assert (own.status_code, own.json()["code"]) == (403, "security:own_request")
    assert (await other.post(f"/api/v1/keys/shreds/{job}/approval")).status_code == 202
    await ended(home.stage, UUID(job.removeprefix("eu_")))
    certificate = await other.get(f"/api/v1/keys/shreds/{job}/certificate")
    assert json.loads(certificate.text)["certificate"] == "waxwing-erasure-v1"
    assert home.mei.removeprefix("eu_") not in certificate.text


async def test_a_step_up_is_asked_for(home: House) -> None:
    """Without a live step-up nothing that changes keys is done over the API."""
    client = await home.api("administrator")
    for path, body in (("epochs", None), ("rewraps", None), ("shreds", {"subject": home.mei})):
        answer = await client.post(f"/api/v1/keys/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "passengers:step_up_required")


async def test_nobody_else_comes_near(home: House) -> None:
    """Every other role is refused the page, the deeds and each address of the API."""
    for role in ROLES:
        client = await _stepped_up(home, role)
        assert {answer.status_code for answer in await _tried(home, client)} == {403}, role


async def _tried(home: House, client: httpx.AsyncClient) -> list[httpx.Response]:
    return [
        await client.get("/api/v1/keys"),
        await client.post("/api/v1/keys/epochs"),
        await client.post("/api/v1/keys/rewraps"),
        await client.post("/api/v1/keys/reseals", json={"subject": home.mei}),
        await client.post("/api/v1/keys/shreds", json={"subject": home.mei}),
        await client.post(f"/api/v1/keys/shreds/{home.mei}/approval"),
        await client.delete(f"/api/v1/keys/shreds/{home.mei}"),
        await client.get(f"/api/v1/keys/shreds/{home.mei}/certificate"),
        await client.get("/en/keys"),
    ]


async def test_bad_ids_are_refused(home: House) -> None:
    """An id that is none, of another region or of another type begins nothing."""
    client = await _stepped_up(home, "administrator")
    subjects = ("", "x", "cn_0190a2c4-0000-7000-8000-000000000001", "eu_nothing", 7, None)
    for path, subject in product(("reseals", "shreds"), subjects):
        answer = await client.post(f"/api/v1/keys/{path}", json={"subject": subject})
        assert answer.status_code in {400, 404, 421, 422}
    assert (await client.get("/api/v1/keys")).json()["jobs"] == []
