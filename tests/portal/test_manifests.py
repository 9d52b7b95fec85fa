"""Manifests: the client puts on and takes off until departure, operations reads with masks, each change an entry."""

import asyncio

from tests.portal.house import House


async def added(house: House) -> str:
    """Add a passenger with a passport and give the id."""
    client = await house.api("booker")
    body = {
        "name": {"family": "Okafor"},
        "documents": [
            {"kind": "passport", "issuing_state": "NGA", "number": "A01234567", "expires_on": "2026-03-03"}
        ],
    }
    made = await client.post("/api/v1/passengers", json=body)
    found: str = made.json()["id"]
    return found


async def test_adding_and_removing(house: House) -> None:
    """Somebody put on the manifest is on each leg and in the keeper's window, and gone when taken off."""
    client, person = await house.api("booker"), await added(house)
    path = f"/api/v1/trips/{house.trip}/passengers"
    made = await client.post(path, json={"passenger": person})
    assert made.status_code == 201, made.text
    assert person in {one["id"] for one in made.json()["legs"][0]["passengers"]}
    again = await client.post(path, json={"passenger": person})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "manifests:already_aboard")
    windows = "select count(*) from gate_window where subject_id = $1"
    assert await house.stage.owner.fetchval(windows, person.removeprefix("eu_")) == 1
    assert (await client.delete(f"{path}/{person}")).status_code == 204
    assert (await client.delete(f"{path}/{person}")).status_code == 404
    assert await house.stage.owner.fetchval(windows, person.removeprefix("eu_")) == 0


async def test_each_change_is_an_entry_about_the_person(house: House) -> None:
    """Adding and removing stand in the ledger with the passenger's pseudonym and the trip."""
    client, person = await house.api("booker"), await added(house)
    path = f"/api/v1/trips/{house.trip}/passengers"
    await client.post(path, json={"passenger": person})
    await client.delete(f"{path}/{person}")
    for _ in range(400):
        removed = await house.stage.leaves("manifests:passenger:removed")
        if removed:
            break
        await asyncio.sleep(0.01)
    (put_on,) = await house.stage.leaves("manifests:passenger:added")
    assert put_on["sub"] == removed[0]["sub"]
    assert put_on["case"] == house.trip


async def test_operations_sees_masks_and_may_not_change(house: House) -> None:
    """The desk reads documents as masks, with a warning of one that expires before arrival; sales sees them hidden."""
    client, person = await house.api("booker"), await added(house)
    await client.post(f"/api/v1/trips/{house.trip}/passengers", json={"passenger": person})
    operations = await house.api("operations")
    seen = (await operations.get(f"/api/v1/trips/{house.trip}/manifest")).json()
    (line,) = [one for one in seen["legs"][0]["passengers"] if one["id"] == person]
    assert line["document"]["number"]["mask"].endswith("567")
    assert line["expires_too_soon"] is True
    assert "A01234567" not in str(seen)
    refused = await operations.post(f"/api/v1/trips/{house.trip}/passengers", json={"passenger": person})
    assert refused.status_code == 403
    sales = (await (await house.api("sales")).get(f"/api/v1/trips/{house.trip}/manifest")).json()
    states = {one["document"]["number"]["state"] for one in sales["legs"][0]["passengers"] if one["document"]}
    assert states == {"hidden"}


async def test_strangers_and_departed_legs_are_refused(house: House) -> None:
    """A passenger of another organisation cannot be put on, and nobody after the last departure."""
    client, person = await house.api("booker"), await added(house)
    path = f"/api/v1/trips/{house.trip}/passengers"
    refused = await client.post(path, json={"passenger": f"eu_{house.stage.stranger}"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "manifests:unknown_passenger")
    house.stage.clock.pass_by(days=4)
    client = await house.api("booker")
    late = await client.post(path, json={"passenger": person})
    assert (late.status_code, late.json()["code"]) == (409, "manifests:departed")


async def test_the_page_adds_and_removes(house: House) -> None:
    """Without scripts, the booker adds from a list and removes by a button; the traveller has no such page."""
    person = await added(house)
    booker = await house.browser("booker", "ar")
    path = f"/trips/{house.trip}"
    await booker.open(f"{path}/manifest")
    await booker.submit(f"{path}/passengers", passenger=person)
    assert "Okafor" in booker.words()
    await booker.submit(f"{path}/passengers/{person}/removal")
    traveller = await house.browser("traveller")
    await traveller.open(f"{path}/manifest", expect=403)
