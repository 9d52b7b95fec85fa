"""Passengers over the API: write bare values once, see masks ever after."""

from typing import Any

import httpx

from tests.portal.house import House

BASE = "/api/v1/passengers"
MRZ = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]
ANNA = {
    "name": {"given": "Anna", "family": "Eriksson", "native": "安娜", "order": "given_first"},
    "email": "anna@example.com",
    "phone": "+31 20 123 4567",
    "nationality": "NLD",
    "birth_date": "1974-08-12",
    "documents": [
        {"kind": "passport", "issuing_state": "NLD", "expires_on": "2031-01-01", "number": "SPECI2021"}
    ],
    "cards": [{"number": "4111 1111 1111 1111", "expiry": "12/30", "holder": "A ERIKSSON"}],
    "bank_accounts": [{"iban": "NL91 ABNA 0417 1643 00"}],
}
CLEAR = ("SPECI2021", "4111111111111111", "4111 1111", "NL91ABNA0417164300", "A ERIKSSON", "1974-08-12")


async def added(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    return await client.post(BASE, json=ANNA | changes)


async def test_only_masks_come_back(house: House) -> None:
    """What was written bare is answered as masks at once, and no clear value is in the answer or any later one."""
    booker = await house.api("booker")
    made = await added(booker)
    assert made.status_code == 201, made.text
    body = made.json()
    assert body["documents"][0]["number"] == {"state": "masked", "mask": "••••••021", "reveal": []}
    assert body["cards"][0]["brand"] == "visa"
    assert body["cards"][0]["number"]["mask"] == "••••1111"
    assert body["cards"][0]["expiry"] == {"state": "masked", "mask": None, "reveal": []}
    assert body["bank_accounts"][0]["country"] == "NL"
    assert body["birth_date"] == {"state": "masked", "mask": None, "reveal": []}
    read = await booker.get(made.headers["location"])
    listed = await booker.get(f"{BASE}?q=Eriks")
    assert read.json() == body
    assert listed.json()["items"] == [body]
    for answer in (made, read, listed):
        assert not [value for value in CLEAR if value in answer.text]


async def test_matrix_over_the_api(house: House) -> None:
    """Each role gets exactly the states of the access page; a role that is not named gets hidden, null, []."""
    made = (await added(await house.api("booker"))).json()
    expected = {
        "sales": ("hidden", "hidden", "hidden", "hidden"),
        "service_agent": ("masked", "hidden", "masked", "hidden"),
        "operations": ("masked", "masked", "hidden", "hidden"),
        "finance": ("hidden", "hidden", "masked", "masked"),
        "compliance": ("masked", "masked", "masked", "masked"),
        "client_admin": ("masked", "masked", "masked", "masked"),
    }
    for role, (document, birth, card, iban) in expected.items():
        body = (await (await house.api(role)).get(f"{BASE}/{made['id']}")).json()
        got = (
            body["documents"][0]["number"],
            body["birth_date"],
            body["cards"][0]["number"],
            body["bank_accounts"][0]["iban"],
        )
        assert [field["state"] for field in got] == [document, birth, card, iban], role
        for field in got:
            if field["state"] == "hidden":
                assert field == {"state": "hidden", "mask": None, "reveal": []}
    for role in ("auditor", "administrator"):
        assert (await (await house.api(role)).get(BASE)).status_code == 403


async def test_mrz_fills_a_passenger(house: House) -> None:
    """Two machine-readable lines, every check digit verified, fill name, nationality, birth date and document."""
    booker = await house.api("booker")
    made = await booker.post(BASE, json={"documents": [{"mrz": MRZ}]})
    body = made.json()
    assert made.status_code == 201, made.text
    assert (body["name"]["family"], body["name"]["given"]) == ("ERIKSSON", "ANNA MARIA")
    assert (body["documents"][0]["issuing_state"], body["documents"][0]["expires_on"]) == (
        "UTO",
        "2012-04-15",
    )
    assert body["birth_date"]["state"] == "masked"
    wrong = [MRZ[0], MRZ[1].replace("L898902C3", "L898903C3")]
    refused = await booker.post(BASE, json={"documents": [{"mrz": wrong}]})
    assert refused.status_code == 422
    assert {e["field"]: e["code"] for e in refused.json()["errors"]}[
        "documents.0.mrz"
    ] == "passengers:mrz_check_digit"


async def test_field_errors_are_named(house: House) -> None:
    """Each refused field is named by its path with a code and a sentence; nothing of its value comes back."""
    booker = await house.api("booker")
    refused = await added(
        booker,
        name={"given": "😀", "family": "Ok"},
        email="nobody",
        phone="123",
        nationality="XYZ",
        birth_date="2999-01-01",
        documents=[{"kind": "passport", "issuing_state": "NLD", "number": "?"}],
        cards=[{"number": "4111111111111112", "expiry": "13/99", "holder": "A B"}],
        bank_accounts=[{"iban": "NL00ABNA0417164300"}],
    )
    assert refused.status_code == 422
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert {e["field"]: e["code"] for e in refused.json()["errors"]} == {
        "name.given": "passengers:name_characters",
        "email": "passengers:bad_email",
        "phone": "passengers:bad_phone",
        "nationality": "passengers:bad_country",
        "birth_date": "passengers:birth_date_in_future",
        "documents.0.number": "passengers:bad_document_number",
        "cards.0.number": "passengers:bad_card_number",
        "cards.0.expiry": "passengers:bad_card_expiry",
        "bank_accounts.0.iban": "passengers:bad_iban",
    }
    assert "4111111111111112" not in refused.text
    cvv = await added(
        booker, cards=[{"number": "4111111111111111", "expiry": "12/30", "holder": "A B", "cvv": "123"}]
    )
    assert cvv.status_code == 422


async def test_strange_names(house: House) -> None:
    """A one-letter name is a name; a NUL is refused; direction overrides are taken out and cannot turn the page."""
    booker = await house.api("booker")
    one = await booker.post(BASE, json={"name": {"family": "O"}})
    assert one.status_code == 201
    nul = await booker.post(BASE, json={"name": {"family": "A\x00B"}})
    assert nul.status_code == 422
    assert nul.json()["errors"][0]["code"] == "web:control_character"
    turned = await booker.post(BASE, json={"name": {"family": "evil\u202egnp"}})
    assert turned.json()["name"]["family"] == "evilgnp"


async def test_ten_megabytes_in_a_field(house: House) -> None:
    """A body of 10 MB is refused as too large, and the portal goes on."""
    booker = await house.api("booker")
    answer = await booker.post(BASE, json={"name": {"family": "x" * 10_000_000}})
    assert answer.status_code == 413
    assert answer.json()["code"] == "web:too_large"
    assert (await booker.get("/api/v1/me")).status_code == 200


async def test_what_no_reader_gets_through(house: House) -> None:
    """Broken letters, endless brackets, a NUL in a search and a number beyond every column are the asker's fault."""
    anybody, booker, auditor = house.client(), await house.api("booker"), await house.api("auditor")
    for body in (b'"\xff"', b"[" * 100_000):
        for client, path in ((anybody, "/api/v1/sessions"), (booker, BASE)):
            answer = await client.post(path, content=body, headers={"content-type": "application/json"})
            assert answer.status_code == 400, answer.text
    assert (await booker.get(BASE, params={"q": "\0"})).status_code == 422
    assert (await auditor.get("/api/v1/ledger/entries/99999999999999999999/proof")).status_code == 422


async def test_other_organisation_is_not_there(house: House) -> None:
    """Another organisation's passenger looks exactly like one that does not exist: 404, read or written."""
    booker = await house.api("booker")
    other = f"eu_{house.stage.stranger}"
    unknown = "eu_01234567-89ab-7cde-8f01-23456789abcd"
    for name in (other, unknown):
        assert (await booker.get(f"{BASE}/{name}")).json()["code"] == "passengers:not_found"
        assert (await booker.patch(f"{BASE}/{name}", json={"email": "a@example.com"})).status_code == 404


async def test_other_region_is_named(house: House) -> None:
    """An id of another known region is 421 and names it; any other prefix is 404."""
    booker = await house.api("booker")
    answer = await booker.get(f"{BASE}/cn_{house.stage.mei}")
    assert (answer.status_code, answer.json()["code"], answer.json()["region"]) == (
        421,
        "residency:other_region",
        "cn",
    )
    assert (await booker.get(f"{BASE}/xx_{house.stage.mei}")).status_code == 404


async def test_stale_edit_is_refused(house: House) -> None:
    """An edit with an old entity tag is 412 and changes nothing; with the current one it goes through."""
    booker = await house.api("booker")
    made = await added(booker)
    where, tag = made.headers["location"], made.headers["etag"]
    first = await booker.patch(where, json={"email": "new@example.com"}, headers={"if-match": tag})
    assert first.status_code == 200, first.text
    stale = await booker.patch(where, json={"email": "late@example.com"}, headers={"if-match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "web:stale")
    assert (await booker.get(where)).json()["email"] == "new@example.com"


async def test_idempotency_key(house: House) -> None:
    """The same key twice makes one passenger and gives the same answer; with another body it is 409."""
    booker = await house.api("booker")
    key = {"idempotency-key": "one"}
    first = await booker.post(BASE, json=ANNA, headers=key)
    second = await booker.post(BASE, json=ANNA, headers=key)
    assert (second.status_code, second.json()) == (201, first.json())
    other = await booker.post(BASE, json=ANNA | {"email": "b@example.com"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "web:idempotency_key_reused")
    assert len((await booker.get(f"{BASE}?q=Eriksson")).json()["items"]) == 1


async def test_items_merge_by_id(house: House) -> None:
    """A document with its id is changed, one without is added, and one of another passenger is refused."""
    booker = await house.api("booker")
    made = (await added(booker)).json()
    other = (await added(booker)).json()
    where = f"{BASE}/{made['id']}"
    document = made["documents"][0]["id"]
    changed = await booker.patch(
        where,
        json={
            "documents": [
                {"id": document, "number": "NEW12345X"},
                {"kind": "visa", "issuing_state": "CHN", "number": "V1234567"},
            ]
        },
    )
    assert changed.status_code == 200, changed.text
    assert sorted(d["number"]["mask"] for d in changed.json()["documents"]) == ["••••••45X", "••••••567"]
    foreign = await booker.patch(
        where, json={"documents": [{"id": other["documents"][0]["id"], "number": "X12345678"}]}
    )
    assert foreign.status_code == 404
    gone = await booker.delete(f"{where}/documents/{document}")
    assert gone.status_code == 204
    assert len((await booker.get(where)).json()["documents"]) == 1


async def test_lists_page_by_cursor(house: House) -> None:
    """A list is walked to its end by opaque cursors, in name order, each passenger once; a made-up cursor is 400."""
    booker = await house.api("booker")
    for name in ("Zhou", "Älv", "Bo"):
        await booker.post(BASE, json={"name": {"family": name}})
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await booker.get(f"{BASE}?limit=1" + (f"&cursor={cursor}" if cursor else ""))).json()
        seen += [item["name"]["family"] or item["name"]["given"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert [name for name in seen if name != "mei"] == ["Älv", "Bo", "Zhou"]
    assert len(seen) == 4
    assert (await booker.get(f"{BASE}?cursor=AAAA")).status_code == 400
    assert (await booker.get(f"{BASE}?limit=0")).status_code == 400
