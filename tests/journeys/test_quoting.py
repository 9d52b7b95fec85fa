"""The main job: a booker asks for a charter, sales answers, the booker signs, and both see the trip on its map."""

from datetime import date, timedelta

import pytest
from playwright.async_api import expect

from tests.journeys.checks import TAGS
from tests.journeys.conftest import Enter
from tests.journeys.visit import Visit
from tests.people import BY_EMAIL, of_role

WHO = {
    "en": BY_EMAIL["clemence.weidert@aurivelle.example"],
    "zh-Hans": BY_EMAIL["zhou.yutong@lanxi.example"],
    "ar": BY_EMAIL["noura.alotaibi@almadar.example"],
}


@pytest.mark.parametrize("tag", TAGS)
async def test_from_enquiry_to_trip(tag: str, enter: Enter) -> None:
    """What is asked is answered, compared and signed with name and password; a trip with map and manifest is there."""
    booker, sales = await enter(tag), await enter(tag)
    await booker.sign_in(WHO[tag])
    path = await _ask(booker)
    await sales.sign_in(of_role("sales"))
    await _answer(sales, path)
    await booker.go(path)
    await booker.see("quote-answered")
    await _accept_link(booker)
    await booker.see("quote-accept")
    await booker.page.locator("#f-terms").check()
    await booker.fill("name", WHO[tag].name)
    await booker.fill("password", WHO[tag].password)
    await booker.press("Accept and book")
    await booker.reads("The trip is booked. Complete the manifest before departure.")
    await expect(booker.page.locator("svg.route-map .way")).to_have_count(1)
    await booker.see("trip-booked")
    await booker.follow("Manifest")
    await booker.see("manifest-of-booker")
    await sales.go(path)
    await sales.reads("Accepted", "Open the trip")


async def _ask(visit: Visit) -> str:
    await visit.go("/quotes/new")
    await visit.see("quote-ask")
    day = date.today() + timedelta(days=40)  # noqa: DTZ011 -- any day ahead
    for name, value in {"from": "GVA", "to": "OTHH", "date": day.isoformat(), "time": "10:30"}.items():
        await visit.fill(f"l1_{name}", value)
    await visit.fill("seats", "2")
    await visit.page.locator("details summary").last.click()
    await visit.page.locator(".pick-list input[name^=p_]").first.check()
    await visit.press("Send the enquiry")
    await visit.reads("Your enquiry is with sales.")
    return visit.path.partition("?")[0]


async def _answer(visit: Visit, path: str) -> None:
    await visit.go(f"{path}/answer")
    await visit.see("quote-answer")
    await visit.choose("o1_aircraft", "Falcon 8X")
    await visit.fill("o1_reason", "Falcon 8X")
    await visit.fill("o1_price_charter", "84500.50")
    await visit.press("Send the options")
    await visit.reads("The options are with the client.")


async def _accept_link(visit: Visit) -> None:
    async with visit.page.expect_navigation():
        await visit.page.locator("a[href*='acceptance/new']").first.click()
