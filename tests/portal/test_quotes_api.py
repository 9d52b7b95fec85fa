"""Quotes over the API: asked, answered, accepted once, and refused with a code when they cannot be."""

import asyncio
import hashlib
from typing import Any

import asyncpg
import pytest

from portal.quotes.work import expire_quotes
from tests.portal.asking import BASE, agreement, answered, asked, option, stepped_up
from tests.portal.house import House


async def test_from_enquiry_to_trip(house: House) -> None:
    """An accepted option is a confirmed trip with its legs and everybody on the manifest, at the offered times."""
    quote = await answered(house)
    offer = quote["options"][0]
    assert (quote["state"], offer["total"], offer["legs"][0]["distance_miles"]) == (
        "answered",
        9_975_050,
        3352,
    )
    assert offer["legs"][0]["block_minutes"] == 465
    assert offer["legs"][0]["arrives_local"] == "2026-05-04T11:45"
    client = await stepped_up(house)
    made = await client.post(f"{BASE}/{quote['id']}/acceptance", json=agreement(quote))
    assert made.status_code == 201, made.text
    accepted = made.json()
    trip = (await client.get(f"/api/v1/trips/{accepted['trip']}")).json()
    assert (accepted["state"], trip["state"]) == ("accepted", "confirmed")
    assert trip["legs"][0]["departs_at"] == "2026-05-04T08:00:00Z"
    assert [person["id"] for person in trip["passengers"]] == [house.mei]
    assert [step["state"] for step in accepted["steps"]] == ["asked", "answered", "accepted"]


async def test_the_ledger_holds_the_hash_of_what_was_agreed(house: House) -> None:
    """The entry of an acceptance has the SHA-256 of the stored agreement and of its paper, and no name."""
    quote = await answered(house)
    client = await stepped_up(house)
    made = await client.post(f"{BASE}/{quote['id']}/acceptance", json=agreement(quote))
    row = await house.stage.owner.fetchrow(
        "select agreed, agreed_sha256, paper, paper_sha256 from quote_acceptance"
    )
    assert hashlib.sha256(row["agreed"].encode()).hexdigest() == row["agreed_sha256"]
    await until_written(house, "quotes:quote:accepted")
    (leaf,) = await house.stage.leaves("quotes:quote:accepted")
    assert (
        leaf["document"]["agreed_sha256"]
        == row["agreed_sha256"]
        == made.json()["acceptance"]["agreed_sha256"]
    )
    assert "Person" not in str(leaf)
    if row["paper"]:
        assert hashlib.sha256(row["paper"]).hexdigest() == leaf["document"]["paper_sha256"]


async def until_written(house: House, act: str) -> None:
    """Wait until the sequencer has written an entry of a kind."""
    for _ in range(400):
        if await house.stage.leaves(act):
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def test_a_double_click_books_once(house: House) -> None:
    """Two acceptances at once, and a third later, are one acceptance and one trip."""
    quote = await answered(house)
    client = await stepped_up(house)
    path, body = f"{BASE}/{quote['id']}/acceptance", agreement(quote)
    both = await asyncio.gather(client.post(path, json=body), client.post(path, json=body))
    third = await client.post(path, json=body, headers={"if-match": '"v2"'})
    assert [answer.status_code for answer in (*both, third)] == [201, 201, 201]
    assert len({answer.json()["trip"] for answer in (*both, third)}) == 1
    assert await house.stage.owner.fetchval("select count(*) from trip where state = 'confirmed'") == 2
    other = await client.post(path, json=body | {"option": f"eu_{house.stage.trip}"})
    assert (other.status_code, other.json()["code"]) == (409, "quotes:already_accepted")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"name": "Somebody Else"}, 422, "quotes:name_differs"),
        ({"terms": "2025-01"}, 422, "quotes:terms_not_agreed"),
        ({"option": "eu_01890000-0000-7000-8000-000000000000"}, 404, "quotes:unknown_option"),
    ],
)
async def test_what_is_not_agreed_to_is_refused(
    house: House, changes: dict[str, Any], status: int, code: str
) -> None:
    """Another name, other terms or an unknown option accept nothing."""
    quote = await answered(house)
    client = await stepped_up(house)
    refused = await client.post(f"{BASE}/{quote['id']}/acceptance", json=agreement(quote, **changes))
    assert refused.status_code == status
    assert code in refused.text
    assert await house.stage.owner.fetchval("select count(*) from quote_acceptance") == 0


async def test_accepting_needs_the_password_again(house: House) -> None:
    """Without a step-up nothing is accepted and no trip is made."""
    quote = await answered(house)
    client = await house.api("booker")
    refused = await client.post(f"{BASE}/{quote['id']}/acceptance", json=agreement(quote))
    assert (refused.status_code, refused.json()["code"]) == (403, "quotes:step_up_required")
    assert await house.stage.owner.fetchval("select count(*) from trip") == 1


async def test_an_expired_offer_is_refused(house: House) -> None:
    """After its validity an offer reads expired and cannot be accepted, whether or not the worker came by."""
    quote = await answered(house)
    house.stage.clock.pass_by(days=3)
    client = await stepped_up(house)
    assert (await client.get(f"{BASE}/{quote['id']}")).json()["state"] == "expired"
    refused = await client.post(f"{BASE}/{quote['id']}/acceptance", json=agreement(quote))
    assert (refused.status_code, refused.json()["code"]) == (409, "quotes:expired")


async def test_the_worker_lets_offers_expire(house: House) -> None:
    """In its own role the worker makes an overdue answer expired, once, with who and when, and states it."""
    quote = await answered(house)
    worker = await asyncpg.connect(house.stage.db.dsn("wx_worker"))
    done = []
    try:
        for days in (0, 3, 0):
            house.stage.clock.pass_by(days=days)
            async with worker.transaction():
                await worker.execute("select set_config('role', 'wx_as_worker', true)")
                done.append(await expire_quotes(worker, "eu", house.stage.clock()))
    finally:
        await worker.close()
    assert done == [0, 1, 0]
    seen = (await (await house.api("booker")).get(f"{BASE}/{quote['id']}")).json()
    assert (seen["state"], seen["steps"][-1]["role"]) == ("expired", "system")
    await until_written(house, "quotes:quote:expired")


async def test_declined_and_withdrawn_are_final(house: House) -> None:
    """A declined quote is not accepted, a withdrawn one not answered; each step has who and when."""
    quote = await answered(house)
    client = await stepped_up(house)
    declined = await client.post(f"{BASE}/{quote['id']}/refusal")
    assert declined.json()["steps"][-1]["role"] == "booker"
    refused = await client.post(f"{BASE}/{quote['id']}/acceptance", json=agreement(quote))
    assert refused.json()["code"] == "quotes:closed"
    other = await asked(house)
    assert (await client.post(f"{BASE}/{other['id']}/withdrawal")).json()["state"] == "withdrawn"
    sales = await house.api("sales")
    late = await sales.post(f"{BASE}/{other['id']}/options", json={"options": [option()]})
    assert (late.status_code, late.json()["code"]) == (409, "quotes:closed")


async def test_stale_tags_are_refused(house: House) -> None:
    """An answer to a quote that changed meanwhile is 412; a repeated key asks once."""
    quote = await asked(house)
    sales = await house.api("sales")
    stale = await sales.post(
        f"{BASE}/{quote['id']}/options", json={"options": [option()]}, headers={"if-match": '"v7"'}
    )
    assert stale.status_code == 412
    client, headers = await house.api("booker"), {"idempotency-key": "twice"}
    body = {"legs": [{"from": "LBG", "to": "NCE", "date": "2026-04-01"}], "seats": 2}
    first, second = [await client.post(BASE, json=body, headers=headers) for _ in range(2)]
    assert first.json()["id"] == second.json()["id"]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"aircraft": "Zeppelin"}, "options.0.aircraft", "quotes:unknown_aircraft"),
        ({"aircraft": "PC-24"}, "options.0.aircraft", "quotes:beyond_range"),
        ({"currency": "XXX"}, "options.0.currency", "quotes:unknown_currency"),
        ({"prices": []}, "options.0.prices", "quotes:no_price"),
        ({"reason": " "}, "options.0.reason", "web:required"),
        ({"valid_until": "2026-03-01T11:00:00Z"}, "options.0.valid_until", "quotes:bad_validity"),
        ({"valid_until": "tomorrow"}, "options.0.valid_until", "quotes:bad_validity"),
        ({"legs": []}, "options.0.legs", "quotes:wrong_legs"),
        (
            {"legs": [{"departs_local": "2026-02-01T10:00"}]},
            "options.0.l1_departs",
            "quotes:departure_passed",
        ),
        (
            {"legs": [{"departs_local": "2026-03-29T02:30"}]},
            "options.0.l1_departs",
            "trips:nonexistent_time",
        ),
        ({"legs": [{"departs_local": "2026-10-25T02:30"}]}, "options.0.l1_departs", "trips:ambiguous_time"),
    ],
)
async def test_offers_that_cannot_be_flown(
    house: House, changes: dict[str, Any], field: str, code: str
) -> None:
    """An offer that cannot be flown or priced is refused by field and code, and the quote stays asked."""
    quote = await asked(house)
    sales = await house.api("sales")
    refused = await sales.post(f"{BASE}/{quote['id']}/options", json={"options": [option(**changes)]})
    assert refused.status_code == 422
    assert {(error["field"], error["code"]) for error in refused.json()["errors"]} == {(field, code)}


async def test_an_ambiguous_time_is_asked_and_answered(house: House) -> None:
    """Where the clocks go back, the second of the two times is an hour later."""
    legs = {"legs": [{"departs_local": "2026-10-25T02:30", "which": "second"}]}
    quote = await answered(house, option(**legs))
    assert quote["options"][0]["legs"][0]["departs_at"] == "2026-10-25T01:30:00Z"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"legs": []}, "legs"),
        ({"legs": [{"from": "GVA", "to": "GVA", "date": "2026-05-04"}]}, "legs.0.to"),
        ({"legs": [{"from": "GVA", "to": "QQQ", "date": "2026-05-04"}]}, "legs.0.to"),
        ({"legs": [{"from": "GVA", "to": "NCE", "date": "2026-01-04"}]}, "legs.0.date"),
        ({"legs": [{"from": "GVA", "to": "NCE", "date": "4 May"}]}, "legs.0.date"),
        ({"legs": [{"from": "GVA", "to": "NCE", "date": "2026-03-29", "time": "02:30"}]}, "legs.0.time"),
        ({"seats": 0}, "seats"),
        ({"seats": 20}, "seats"),
        ({"needs": ["a pony"]}, "needs"),
        ({"wish": "x" * 501}, "wish"),
    ],
)
async def test_enquiries_that_make_no_sense(house: House, body: dict[str, Any], field: str) -> None:
    """An enquiry is refused with the field that is wrong."""
    client = await house.api("booker")
    usual = {"legs": [{"from": "GVA", "to": "NCE", "date": "2026-05-04"}], "seats": 2}
    refused = await client.post(BASE, json=usual | body)
    assert refused.status_code == 422, refused.text
    assert field in {error["field"] for error in refused.json()["errors"]}


async def test_only_own_passengers_can_be_named(house: House) -> None:
    """A passenger of another organisation is as unknown as one who does not exist."""
    client = await house.api("booker")
    body = {"legs": [{"from": "GVA", "to": "NCE", "date": "2026-05-04"}], "seats": 1}
    refused = await client.post(BASE, json=body | {"passengers": [f"eu_{house.stage.stranger}"]})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "quotes:unknown_passenger")


async def test_who_sees_what_of_a_quote(house: House) -> None:
    """Sales and finance see prices, service and operations the rest, others nothing; only sales answers."""
    quote = await answered(house)
    for role, total in (
        ("sales", 9_975_050),
        ("finance", 9_975_050),
        ("service_agent", None),
        ("operations", None),
    ):
        seen = (await (await house.api(role)).get(f"{BASE}/{quote['id']}")).json()
        assert seen["options"][0]["total"] == total, role
    for role in ("traveller", "compliance", "auditor", "administrator"):
        assert (await (await house.api(role)).get(BASE)).status_code == 403, role
    for role in ("booker", "operations", "finance"):
        answer = await (await house.api(role)).post(
            f"{BASE}/{quote['id']}/options", json={"options": [option()]}
        )
        assert answer.status_code == 403, role


async def test_another_organisation_sees_no_quote(house: House) -> None:
    """A quote of another organisation is not there: not in the list, not by its id."""
    quote = await answered(house)
    owner = house.stage.owner
    await owner.execute(
        "update gate.account set org_id = $1 where role = 'client_admin'", house.stage.other_org
    )
    client = await house.api("client_admin")
    assert (await client.get(BASE)).json()["items"] == []
    assert (await client.get(f"{BASE}/{quote['id']}")).status_code == 404
