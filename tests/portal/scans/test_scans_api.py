"""Scans over the API: handed in, listed, opened for a minute, replaced, removed; every refusal clear."""

import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from PIL import Image

from portal.scans.rules import MOST_SCANS
from tests.portal.house import House
from tests.portal.scans import specimens as made
from tests.security.keeper.stage import PASSPORT, PASSWORD

Person = tuple[httpx.AsyncClient, str]


async def with_passport(house: House, role: str) -> Person:
    """Put a passport of the first passenger on file; give a client of this role and the address of its scans."""
    sealed = await house.stage.on_file("passport.number", PASSPORT)
    base = f"/api/v1/passengers/{house.mei}/documents/eu_{sealed.row}/scans"
    return await house.api(role), base


async def stepped_up(house: House, role: str) -> httpx.AsyncClient:
    client = await house.api(role)
    assert (await client.post("/api/v1/me/step-ups", json={"password": PASSWORD})).status_code == 201
    return client


def for_border(house: House) -> dict[str, str]:
    return {"purpose": "border_filing", "reference": house.trip, "reason": "the border asks"}


async def handed_in(client: httpx.AsyncClient, base: str, data: bytes, **more: Any) -> dict[str, Any]:
    answer = await client.post(base, content=data, **more)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_scan_goes_in_and_is_shown_for_a_minute(house: House) -> None:
    """What a booker hands in, operations reads in the leg's window, marked, for one minute; both entries are there."""
    booker, base = await with_passport(house, "booker")
    scan = await handed_in(booker, base, made.pdf(2), headers={"content-type": "image/jpeg"})
    assert (scan["media"], scan["pages"]) == ("pdf", 2)
    assert scan["content"] == {"state": "masked", "mask": None, "reveal": []}
    operations = await stepped_up(house, "operations")
    (listed,) = (await operations.get(base)).json()["items"]
    assert "border_filing" in listed["content"]["reveal"]
    where = f"{base}/{scan['id']}"
    assert (await operations.get(f"{where}/pages/1")).status_code == 403  # not opened yet
    opened = await operations.post(f"{where}/reveals", json=for_border(house))
    assert opened.status_code == 200, opened.text
    assert opened.headers["cache-control"] == "no-store"
    pages = opened.json()["pages"]
    assert len(pages) == 2
    shown = await operations.get(pages[1])
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["cache-control"] == "no-store"
    assert "content-encoding" not in shown.headers
    image = Image.open(io.BytesIO(shown.content), formats=("JPEG",))
    assert min(low for low, _ in image.getextrema()) < 200  # the page is empty: this is the viewer's mark
    assert (await operations.get(f"{where}/pages/3")).status_code == 404
    assert (await booker.get(pages[0])).json()[
        "code"
    ] == "scans:view_ended"  # each sees what he opened himself
    house.stage.clock.pass_by(seconds=61)
    assert (await operations.get(pages[0])).json()["code"] == "scans:view_ended"
    (sealed,) = await house.stage.leaves("passengers:document-scan:sealed")
    (revealed,) = await house.stage.leaves("passengers:document-scan:revealed")
    assert (sealed["dek"], revealed["why"], revealed["tier"]) == (revealed["dek"], "border_filing", "clear")
    assert revealed["sub"] == sealed["sub"]


async def test_refusals_are_those_of_a_number(house: House) -> None:
    """Role, purpose, window, second person and step-up refuse a scan as they refuse the number, each an entry."""
    booker, base = await with_passport(house, "booker")
    where = f"{base}/{(await handed_in(booker, base, made.png()))['id']}/reveals"
    operations = await house.api("operations")
    cases = [
        (booker, {}, 403, "passengers:purpose_not_allowed"),
        (await house.api("sales"), {}, 403, "passengers:purpose_not_allowed"),
        (await house.api("auditor"), {}, 403, "passengers:purpose_not_allowed"),
        (operations, {"purpose": "refund"}, 403, "passengers:purpose_not_allowed"),
        (operations, {"reference": house.mei}, 403, "passengers:outside_window"),
        (
            await house.api("compliance"),
            {"purpose": "identity_check"},
            403,
            "passengers:second_person_required",
        ),
        (operations, {}, 403, "passengers:step_up_required"),
    ]
    for client, changes, status, code in cases:
        answer = await client.post(where, json=for_border(house) | changes)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    leaves = await house.stage.leaves("passengers:document-scan:revealed")
    assert [leaf["document"]["refusal"] for leaf in leaves] == [code for *_, code in cases]


async def test_a_field_of_its_own(house: House) -> None:
    """A scan is neither sealed nor revealed as a value, and roles that may not know of scans get none."""
    booker, base = await with_passport(house, "booker")
    scan = await handed_in(booker, base, made.jpeg())
    operations = await stepped_up(house, "operations")
    asked = for_border(house) | {"field": "document.scan", "document": scan["id"]}
    answer = await operations.post(f"/api/v1/passengers/{house.mei}/reveals", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "passengers:unknown_field")
    for role in ("sales", "finance", "auditor", "administrator"):
        assert (await (await house.api(role)).get(base)).status_code == 403
    for role in ("operations", "service_agent", "compliance"):
        client = await house.api(role)
        assert (await client.get(base)).status_code == 200
        assert (await client.post(base, content=made.jpeg())).status_code == 403
        assert (await client.delete(f"{base}/{scan['id']}")).status_code == 403


async def test_bad_files_are_named_beside_the_field(house: House) -> None:
    """Nothing, too much and the wrong kind are refused with a code of their own, and nothing is stored."""
    booker, base = await with_passport(house, "booker")
    for data, code in (
        (b"", "scans:empty"),
        (b"plain text", "scans:unknown_kind"),
        (made.jpeg()[:-3000], "scans:damaged"),
        (b"\xff\xd8\xff" + bytes(15 * 1024 * 1024), "scans:too_large"),
    ):
        answer = await booker.post(base, content=data, headers={"accept-language": "zh-Hans"})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["code"] == code

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1_000_000)

    streamed = await booker.post(base, content=endless())  # says no length, and does not end
    assert (streamed.status_code, streamed.json()["code"]) == (413, "web:too_large")
    huge = await booker.post(base, content=bytes(1000), headers={"content-length": str(100_000_000)})
    assert (huge.status_code, huge.json()["code"]) == (413, "web:too_large")
    assert (await booker.get(base)).json() == {"items": [], "next": None}
    assert not await house.stage.leaves("passengers:document-scan:sealed")


async def test_replaced_and_removed(house: House) -> None:
    """A new scan takes the place of the old one, which opens no more; a removed one is gone for everybody."""
    traveller, base = await with_passport(house, "traveller")
    await traveller.post("/api/v1/me/step-ups", json={"password": PASSWORD})
    own = {"purpose": "own_record", "reference": house.mei}
    old = await handed_in(traveller, base, made.jpeg())
    opened = await traveller.post(f"{base}/{old['id']}/reveals", json=own)
    assert opened.status_code == 200, opened.text
    new = await handed_in(traveller, f"{base}?replaces={old['id']}", made.png())
    assert [item["id"] for item in (await traveller.get(base)).json()["items"]] == [new["id"]]
    again = await traveller.post(f"{base}/{old['id']}/reveals", json=own)
    assert (again.status_code, again.json()["code"]) == (404, "passengers:nothing_on_file")
    assert (await traveller.delete(f"{base}/{new['id']}")).status_code == 204
    assert (await traveller.delete(f"{base}/{new['id']}")).json()["code"] == "scans:unknown_scan"
    for kind, count in (("scans:scan:added", 2), ("scans:scan:removed", 1)):
        assert (
            await house.stage.owner.fetchval("select count(*) from ledger_pending where kind = $1", kind)
            + await house.stage.owner.fetchval("select count(*) from ledger_leaf where act = $1", kind)
            == count
        )


async def test_another_organisation_reaches_nothing(house: House) -> None:
    """A passenger of another organisation, a document of another passenger, a scan of another document: not found."""
    booker, base = await with_passport(house, "booker")
    scan = await handed_in(booker, base, made.jpeg())
    stranger = base.replace(house.mei, f"eu_{house.stage.stranger}")
    assert (await booker.post(stranger, content=made.jpeg())).status_code == 404
    other = await house.stage.on_file("passport.number", "B7WXYZ129")
    elsewhere = f"/api/v1/passengers/{house.mei}/documents/eu_{other.row}/scans/{scan['id']}"
    assert (await booker.get(elsewhere)).status_code == 404
    assert (await booker.delete(elsewhere)).status_code == 404
    replaced = await booker.post(f"{elsewhere.rpartition('/')[0]}?replaces={scan['id']}", content=made.jpeg())
    assert replaced.status_code == 404


async def test_a_document_has_only_so_many(house: House) -> None:
    """One scan more than may be is refused before anything is drawn."""
    booker, base = await with_passport(house, "booker")
    row = base.split("/")[-2].removeprefix("eu_")
    await house.stage.owner.execute(
        "insert into document_scan select gen_random_uuid(), $1, $2, $3, 'png', 1, 1, '\\x00', now()"
        " from generate_series(1, $4)",
        row,
        house.stage.mei,
        house.stage.org,
        MOST_SCANS,
    )
    answer = await booker.post(base, content=made.jpeg())
    assert (answer.status_code, answer.json()["code"]) == (422, "scans:too_many_scans")


async def test_shredded_is_closed(house: House) -> None:
    """With the subject's key gone, a scan that is just being shown shows no further page, and none opens again."""
    booker, base = await with_passport(house, "booker")
    scan = await handed_in(booker, base, made.jpeg())
    operations = await stepped_up(house, "operations")
    opened = await operations.post(f"{base}/{scan['id']}/reveals", json=for_border(house))
    page = opened.json()["pages"][0]
    assert (await operations.get(page)).status_code == 200
    await shred(house)
    assert (await operations.get(page)).status_code == 500
    again = await operations.post(f"{base}/{scan['id']}/reveals", json=for_border(house))
    assert again.status_code == 500


async def shred(house: House) -> None:
    import asyncpg  # noqa: PLC0415

    keys = await asyncpg.connect(house.stage.db.keys_dsn("wx_admin"))
    await keys.execute("delete from subject_key where subject_id = $1", house.stage.mei)
    await keys.close()


async def test_a_lost_blob_is_said(house: House) -> None:
    """A scan whose pages are missing from the store says so, and is no error of ours."""
    booker, base = await with_passport(house, "booker")
    scan = await handed_in(booker, base, made.jpeg())
    (blob,) = (house.stage.settings.blobs / "scans" / "eu").rglob(scan["id"].removeprefix("eu_"))
    blob.unlink()
    operations = await stepped_up(house, "operations")
    answer = await operations.post(f"{base}/{scan['id']}/reveals", json=for_border(house))
    assert (answer.status_code, answer.json()["code"]) == (410, "scans:lost")


async def test_a_store_that_is_away_keeps_nothing(house: House) -> None:
    """With the store unwritable an upload is refused as unavailable, no row and no entry of a sealed scan stay."""
    booker, base = await with_passport(house, "booker")
    store = house.stage.settings.blobs / "scans"
    store.write_text("a file where the folder should be")
    answer = await booker.post(base, content=made.jpeg())
    assert (answer.status_code, answer.json()["code"]) == (503, "security:keeper_unavailable")
    assert (await booker.get(base)).json()["items"] == []
    assert not await house.stage.leaves("passengers:document-scan:sealed")


@pytest.mark.parametrize("destination", ["document", "iframe", "script"])
async def test_a_page_opens_in_no_tab_of_its_own(house: House, destination: str) -> None:
    """A browser gets a page's image only into the page that closes it."""
    booker, base = await with_passport(house, "booker")
    scan = await handed_in(booker, base, made.jpeg())
    operations = await stepped_up(house, "operations")
    opened = await operations.post(f"{base}/{scan['id']}/reveals", json=for_border(house))
    page = opened.json()["pages"][0]
    assert (await operations.get(page, headers={"sec-fetch-dest": destination})).status_code == 404
    assert (await operations.get(page, headers={"sec-fetch-dest": "image"})).status_code == 200
