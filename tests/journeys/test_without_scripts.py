"""Without JavaScript the main job works: sign in, open a number, it goes by itself, its owner reads of it."""

import re

import pytest

from portal.trail.words import HEADLINES
from tests.journeys.cast import FIELD, WHO
from tests.journeys.checks import TAGS
from tests.journeys.conftest import Enter
from tests.people import BY_EMAIL


@pytest.mark.parametrize("tag", TAGS)
async def test_the_main_job(tag: str, enter: Enter) -> None:
    """Every step is a link or a form; the page with the number leaves by itself after 60 seconds."""
    desk, owner, name = WHO[tag]
    visit = await enter(tag, java_script_enabled=False)
    await visit.sign_in(BY_EMAIL[desk])
    await visit.search(name)
    async with visit.page.expect_navigation():
        await visit.page.locator("main tbody a").first.click()
    person = visit.page.url
    row = visit.page.locator("section[aria-labelledby=documents] tr").filter(has_text=visit.say("Passport"))
    async with visit.page.expect_navigation():
        await row.get_by_role("link", name=re.compile(f"^{visit.say('Reveal')}$")).click()
    await visit.choose("purpose", "carrier_check_in")
    await visit.fill("password", BY_EMAIL[desk].password)
    await visit.press("Reveal for 60 seconds")
    value = await visit.page.locator("[data-reveal-value]").inner_text()
    assert re.fullmatch(r"[A-Z0-9]{6,9}", value)
    refresh = await visit.page.locator("meta[http-equiv=refresh]").get_attribute("content")
    seconds, _, target = (refresh or "").partition(";url=")
    assert (seconds, visit.base + target) == ("60", person)
    await visit.page.goto(visit.base + target)  # where the page goes by itself
    await visit.lacks(value)
    assert not visit.problems
    reader = await enter(tag, java_script_enabled=False)
    await reader.sign_in(BY_EMAIL[owner])
    await reader.follow("Who looked at my data")
    await reader.shows(reader.say(HEADLINES["revealed"], field=reader.say(FIELD)))
    await reader.lacks(value)
