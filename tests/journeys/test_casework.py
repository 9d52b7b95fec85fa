"""A client opens a case, the desk takes and answers it, the world queue shows it without anybody in it."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.journeys.checks import TAGS
from tests.journeys.conftest import Enter
from tests.journeys.visit import Visit
from tests.people import ORGANISATIONS, of_role

ASKED = {
    "en": "May the cello travel on a seat of its own?",
    "zh-Hans": "大提琴可以单独占一个座位吗？",
    "ar": "هل يمكن أن تسافر آلة التشيلو على مقعد خاص بها؟",
}
ANSWERED = {"en": "Yes, it has a seat.", "zh-Hans": "可以，已安排座位。", "ar": "نعم، حُجز لها مقعد."}


@pytest.mark.parametrize("tag", TAGS)
async def test_a_case_from_client_to_desk_and_back(tag: str, enter: Enter) -> None:
    """What a client asks on a page, a colleague finds in the world queue by its kind alone, and answers at home."""
    client, desk = await enter(tag), await enter(tag)
    who = of_role("client_admin" if tag == "ar" else "booker", tag)
    await client.sign_in(who)
    await client.go("/cases/new")
    await client.see("case-new")
    await client.fill("words", ASKED[tag])
    await client.press("Send")
    await client.reads("Your case is with the desk.", "Waiting for the desk")
    where = client.path.partition("?")[0]

    await desk.sign_in(of_role("service_agent", tag if tag != "en" else None))
    await desk.go("/desk")
    await expect(desk.page.locator(f"main a[href$='{where}']")).to_have_count(1)
    await desk.see("open-work")
    await _found_in_the_world(desk, where)
    await desk.see("world-queue")
    await desk.lacks(ASKED[tag], who.name, *(org.name for org in ORGANISATIONS))

    await desk.go(where)
    await desk.press("Take it")
    await desk.page.locator("#f-answer").fill(ANSWERED[tag])
    await desk.press("Send the answer")
    await desk.reads("Your answer is with the client.", "Answered")
    await desk.see("case-answered")

    await client.go(where)
    await client.shows(ASKED[tag], ANSWERED[tag])
    await client.press("Close the case")
    await client.reads("The case is closed.")
    await client.see("case-closed")


async def _found_in_the_world(desk: Visit, where: str) -> None:
    """Open the world queue until one of its random numbers leads to this case."""
    for _ in range(20):
        await desk.go("/desk/world")
        links = [await one.get_attribute("href") for one in await desk.page.locator("main tbody a").all()]
        for link in links:
            if link and link.startswith(desk.base) and await _leads_to(desk, link, where):
                return
        await asyncio.sleep(0.5)
    raise AssertionError(await desk.words())


async def _leads_to(desk: Visit, link: str, where: str) -> bool:
    answer = await desk.context.request.get(link, max_redirects=0)
    return answer.headers.get("location", "").endswith(where)


@pytest.mark.parametrize("tag", TAGS)
async def test_where_data_lives(tag: str, enter: Enter) -> None:
    """A client and compliance read where data lives; nothing of another region lies here, and nothing has crossed."""
    for role in ("client_admin" if tag == "ar" else "booker", "compliance"):
        visit = await enter(tag)
        await visit.sign_in(of_role(role))
        await visit.go("/residency")
        await visit.reads("Last daily statement", "Crossings")
        await visit.see(f"residency-{role}")
