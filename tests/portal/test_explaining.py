"""Why allowed, why not: said before asking, on the pages in the reader's language and in the API as codes."""

import re
from datetime import timedelta

import pytest
import uuid_utils.compat as uuids

from security.keeper.client import KeeperRefused
from tests.portal.house import House
from tests.portal.test_reveals import BASE, asked, stepped_up
from tests.security.keeper.stage import NOON, PASSPORT, PASSWORD, add_leg


async def row_of(house: House) -> str:
    """Put the first passenger's passport on file; give its outer id."""
    sealed = await house.stage.on_file("passport.number", PASSPORT)
    return f"eu_{sealed.row}"


async def explained(house: House, role: str, field: str = "passport.number") -> dict:
    """Ask as a role."""
    answer = await (await house.api(role)).get(f"{BASE}/{house.mei}/explanations", params={"field": field})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_api_explains_before_anybody_asks(house: House) -> None:
    """Operations in a window hears that it is open and until when; sales hears nothing but that it may not."""
    await row_of(house)
    told = await explained(house, "operations")
    assert (told["open"], told["whys"][0]["code"]) == (True, "window_open")
    assert told["whys"][1] == told["whys"][1] | {"code": "step_up", "hurdle": False}
    assert [why["code"] for why in (await explained(house, "sales"))["whys"]] == ["hidden_from_role"]
    assert [why["code"] for why in (await explained(house, "compliance"))["whys"]] == [
        "second_person",
        "step_up",
    ]
    assert not await house.stage.leaves("passengers:passport:revealed")
    answer = await (await house.api("operations")).get(f"{BASE}/{house.mei}/explanations?field=shoe")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "passengers:unknown_field")
    assert (
        await (await house.api("auditor")).get(f"{BASE}/{house.mei}/explanations?field=iban")
    ).status_code == 403


async def test_a_stranger_is_not_explained(house: House) -> None:
    """Another organisation's passenger is not there for a booker, whatever he asks to have explained."""
    other = f"eu_{house.stage.stranger}"
    answer = await (await house.api("booker")).get(f"{BASE}/{other}/explanations?field=iban")
    assert answer.status_code == 404


async def test_a_refusal_of_the_api_says_what_would_be_needed(house: House) -> None:
    """Outside the window a refusal names the leg and when its window begins; to who may not know, it names nothing."""
    await row_of(house)
    client = await stepped_up(house, "operations")
    await house.stage.owner.execute("update trip set state = 'cancelled'")
    trip = uuids.uuid7()
    departs = NOON + timedelta(days=30)
    await add_leg(house.stage.owner, trip, house.stage.org, house.stage.mei, departs=departs)
    answer = await client.post(f"{BASE}/{house.mei}/reveals", json=asked(house, reference=f"eu_{trip}"))
    assert answer.json()["code"] == "passengers:outside_window"
    why = answer.json()["explanation"]["whys"][0]
    assert (why["code"], why["leg"], why["opens_at"]) == ("window_opens", 1, "2026-03-17T12:00:00Z")
    refused = await (await house.api("sales")).post(f"{BASE}/{house.mei}/reveals", json=asked(house))
    assert [one["code"] for one in refused.json()["explanation"]["whys"]] == ["hidden_from_role"]
    stranger = await client.post(f"{BASE}/eu_{uuids.uuid7()}/reveals", json=asked(house))
    assert "explanation" not in stranger.json()


async def test_the_pages_explain_before_asking(house: House) -> None:
    """The passenger's page says when it will open, in the reader's language; the form says why one may open."""
    row = await row_of(house)
    visitor = await house.browser("operations")
    form = f"/passengers/{house.mei}/reveals/new?field=passport.number&row={row}"
    await visitor.open(form)
    assert "As Operations you may open Passport number for: Border filing" in visitor.words()
    assert "in the window of leg 1 of trip" in visitor.words()
    await house.stage.owner.execute("update leg set departs_at = $1, arrives_at = $2", *_far())
    await visitor.open(f"/passengers/{house.mei}")
    assert "It opens on" in visitor.words()
    agent = await house.browser("service_agent", "ar")
    await agent.open(f"/passengers/{house.mei}")
    assert "It opens on" not in agent.words()


def _far() -> tuple:
    return NOON + timedelta(days=60), NOON + timedelta(days=60, hours=2)


async def test_a_copy_is_an_entry_before_it_is_made(house: House) -> None:
    """Only who has just opened a value can have its copy recorded, once, and not after it has closed."""
    row = await row_of(house)
    visitor = await house.browser("operations")
    await visitor.open(f"/passengers/{house.mei}/reveals/new?field=passport.number&row={row}")
    where = f"/passengers/{house.mei}/reveals"
    await visitor.submit(where, purpose="border_filing", reference=house.trip, password=PASSWORD)
    marks = re.findall(r'data-mark="([^"]*)"', visitor.answer.text)
    assert len(marks) == 8
    assert re.fullmatch(r"Person of operations · .* · № \S+", marks[0])
    shown = visitor.page
    for _ in range(2):
        visitor.page = shown
        await visitor.submit(f"/passengers/{house.mei}/copies", expect=204)
    (leaf,) = await house.stage.leaves("passengers:passport:copied")
    assert (leaf["dec"], leaf["role"], leaf["why"]) == ("allow", "operations", "border_filing")
    assert PASSPORT not in str(leaf)
    owner = await house.browser("traveller")
    await owner.open("/trail")
    assert "was copied from the screen" in owner.words()
    visitor.page = shown
    await visitor.submit(f"/passengers/{house.mei}/copies", expect=409, index="1")
    visitor.page = shown
    await visitor.submit(f"/passengers/{house.mei}/copies", expect=422, index="one")
    house.stage.clock.pass_by(seconds=61)
    visitor.page = shown
    await visitor.submit(f"/passengers/{house.mei}/copies", expect=409)
    assert len(await house.stage.leaves("passengers:passport:copied")) == 1


async def test_somebody_else_cannot_record_the_copy(house: House) -> None:
    """Neither another person nor another passenger fits an entry that opened a value."""
    await row_of(house)
    client = await stepped_up(house, "operations")
    opened = (await client.post(f"{BASE}/{house.mei}/reveals", json=asked(house))).json()
    index, keeper = opened["entry"]["index"], house.stage.client
    other = await house.stage.sign_in("compliance")
    mine = client.headers["authorization"].removeprefix("Bearer ")
    for token, subject in ((other, house.stage.mei), (mine, house.stage.stranger)):
        with pytest.raises(KeeperRefused) as refused:
            await keeper.record_copy(token, uuids.uuid7(), subject, index)
        assert refused.value.code == "passengers:not_shown"
