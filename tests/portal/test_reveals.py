"""Reveals over the API and on the page: the entry first, then the value; every refusal clear and recorded."""

import asyncio

import httpx

from audit.proof import parse_proof
from tests.portal.house import House
from tests.security.keeper.stage import PASSPORT, PASSWORD

BASE = "/api/v1/passengers"


async def stepped_up(house: House, role: str) -> httpx.AsyncClient:
    client = await house.api(role)
    assert (await client.post("/api/v1/me/step-ups", json={"password": PASSWORD})).status_code == 201
    return client


def asked(house: House, **changes: str) -> dict[str, str]:
    return {
        "field": "passport.number",
        "purpose": "border_filing",
        "reference": house.trip,
        "reason": "border",
    } | changes


async def test_operations_reveals_with_proof(house: House) -> None:
    """Operations in a leg's window sees the number once, with a proof that holds the entry."""
    await house.stage.on_file("passport.number", PASSPORT)
    client = await stepped_up(house, "operations")
    shown = (await client.get(f"{BASE}/{house.mei}")).json()["documents"][0]["number"]
    assert "border_filing" in shown["reveal"]
    answer = await client.post(f"{BASE}/{house.mei}/reveals", json=asked(house))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["value"] == PASSPORT
    assert answer.headers["cache-control"] == "no-store"
    assert body["proof"].startswith("c2sp.org/tlog-proof@v1\n")
    assert PASSPORT not in body["entry"]["leaf"]
    proof = parse_proof(body["proof"])
    assert proof.index == body["entry"]["index"]


async def test_refusals_in_order_are_clear_and_recorded(house: House) -> None:
    """Wrong purpose, window, second person, step-up: each its own code, each an entry that says deny."""
    await house.stage.on_file("passport.number", PASSPORT)
    where = f"{BASE}/{house.mei}/reveals"
    operations = await house.api("operations")
    cases = [
        (await house.api("sales"), asked(house), 403, "passengers:purpose_not_allowed"),
        (await house.api("auditor"), asked(house), 403, "passengers:purpose_not_allowed"),
        (operations, asked(house, purpose="refund"), 403, "passengers:purpose_not_allowed"),
        (operations, asked(house, purpose="curiosity"), 422, "passengers:unknown_purpose"),
        (operations, asked(house, field="shoe.size"), 422, "passengers:unknown_field"),
        (operations, asked(house, reference=house.mei), 403, "passengers:outside_window"),
        (
            await house.api("compliance"),
            asked(house, purpose="identity_check"),
            403,
            "passengers:second_person_required",
        ),
        (operations, asked(house), 403, "passengers:step_up_required"),
    ]
    for client, body, status, code in cases:
        answer = await client.post(where, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert PASSPORT not in answer.text
    leaves = await house.stage.leaves("passengers:passport:revealed")
    assert {leaf["dec"] for leaf in leaves} == {"deny"}
    assert [leaf["document"]["refusal"] for leaf in leaves] == [
        code for _, _, status, code in cases if status == 403
    ]


async def test_nothing_on_file_only_for_the_entitled(house: House) -> None:
    """That nothing is stored is told to the entitled (404) and to nobody else."""
    client = await stepped_up(house, "operations")
    answer = await client.post(f"{BASE}/{house.mei}/reveals", json=asked(house, field="visa.number"))
    assert (answer.status_code, answer.json()["code"]) == (404, "passengers:nothing_on_file")
    other = await (await house.api("sales")).post(
        f"{BASE}/{house.mei}/reveals", json=asked(house, field="visa.number")
    )
    assert other.json()["code"] == "passengers:purpose_not_allowed"


async def test_idempotency_key_opens_once(house: House) -> None:
    """A reveal's key works once; again it is 409, opens nothing, and no answer was stored."""
    await house.stage.on_file("passport.number", PASSPORT)
    client = await stepped_up(house, "operations")
    where, key = f"{BASE}/{house.mei}/reveals", {"idempotency-key": "k"}
    assert (await client.post(where, json=asked(house), headers=key)).status_code == 200
    again = await client.post(where, json=asked(house), headers=key)
    assert (again.status_code, again.json()["code"]) == (409, "web:idempotency_key_reused")
    leaves = await house.stage.leaves("passengers:passport:revealed")
    assert len(leaves) == 1
    kept = await house.stage.owner.fetchval("select string_agg(idempotency::text, ' ') from idempotency")
    assert PASSPORT not in kept


async def test_page_reveals_and_closes_by_itself(house: House) -> None:
    """Without scripts the page shows the value after the password, for 60 seconds, and then leads away."""
    await house.stage.on_file("passport.number", PASSPORT)
    row = await house.stage.owner.fetchval("select id from travel_document")
    visitor = await house.browser("operations", "ar")
    await visitor.open(f"/passengers/{house.mei}/reveals/new?field=passport.number&row=eu_{row}")
    await visitor.submit(
        f"/passengers/{house.mei}/reveals",
        purpose="border_filing",
        reference=house.trip,
        reason="x",
        password=PASSWORD,
    )
    assert PASSPORT in visitor.answer.text
    assert 'http-equiv="refresh" content="60;' in visitor.answer.text
    await visitor.open(f"/passengers/{house.mei}")
    assert PASSPORT not in visitor.answer.text


async def test_page_refuses_in_words(house: House) -> None:
    """A refused reveal says why in the reader's language and that it was recorded."""
    await house.stage.on_file("passport.number", PASSPORT)
    row = await house.stage.owner.fetchval("select id from travel_document")
    visitor = await house.browser("operations")
    await visitor.open(f"/passengers/{house.mei}/reveals/new?field=passport.number&row=eu_{row}")
    await visitor.submit(
        f"/passengers/{house.mei}/reveals",
        expect=403,
        purpose="refund",
        reference=house.trip,
        password=PASSWORD,
    )
    assert "Your role may not see this field for this purpose." in visitor.words()
    assert "This refusal has been recorded." in visitor.words()
    await visitor.open(f"/passengers/{house.mei}/reveals/new?field=passport.number&row=eu_{row}")
    agent = await house.browser("service_agent", "zh-Hans")
    await agent.open(f"/passengers/{house.mei}/reveals/new?field=passport.number&row=eu_{row}", expect=403)
    assert PASSPORT not in agent.answer.text
    async with asyncio.timeout(10):
        while not (refused := await house.stage.leaves("security:access:refused")):
            await asyncio.sleep(0.02)
    assert refused[0]["document"] == {"refusal": "passengers:purpose_not_allowed"}


async def test_trail_shows_views_and_reveals(house: House) -> None:
    """The traveller sees who opened what, why and for which trip, list views included, and himself as "You"."""
    await house.stage.on_file("passport.number", PASSPORT)
    operations = await stepped_up(house, "operations")
    await operations.get(BASE)
    await operations.post(f"{BASE}/{house.mei}/reveals", json=asked(house))
    traveller = await house.browser("traveller")
    for _ in range(50):
        await traveller.open("/trail")
        if "shown in a list" in traveller.words():
            break
        await asyncio.sleep(0.02)
    words = traveller.words()
    assert "Passport number was opened" in words
    assert "Border filing" in words
    assert "You were shown in a list of passengers, with masks" in words
    items = (await (await house.api("traveller")).get("/api/v1/trail")).json()["items"]
    assert {"passengers:passport:revealed", "passengers:list:viewed", "passengers:passport:sealed"} <= {
        item["kind"] for item in items
    }
