"""The pages beside the six points, and the refusals: each looked at in every language."""

import pytest

from portal.web.sentences import SENTENCES
from tests.journeys.checks import TAGS
from tests.journeys.conftest import Enter
from tests.people import of_role

NOBODY = "eu_00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize("tag", TAGS)
async def test_pages_for_everybody(tag: str, enter: Enter) -> None:
    """Help, status and the licences of others are there for visitors, too."""
    visit = await enter(tag)
    for path, heading in (("help", "Help"), ("status", "Status"), ("third-party", "Third-party software")):
        await visit.go(f"/{path}")
        await visit.reads(heading)
        await visit.see(path)


@pytest.mark.parametrize("tag", TAGS)
async def test_trips(tag: str, enter: Enter) -> None:
    """The desk's home leads to trips ahead and past; a trip shows its legs in local and own time, and who flies."""
    visit = await enter(tag)
    await visit.sign_in(of_role("service_agent"))
    await visit.see("home-of-desk")
    await visit.go("/trips")
    await visit.see("trips")
    await visit.follow("Past")
    assert await visit.page.locator("main tbody .pill", has_text=visit.say("Flown")).count()
    async with visit.page.expect_navigation():
        await visit.page.locator("main tbody a").first.click()
    await visit.reads("Legs", "Aircraft", "Passengers")
    await visit.see("trip")


@pytest.mark.parametrize("tag", TAGS)
async def test_refusals_are_pages(tag: str, enter: Enter) -> None:
    """An administrator sees that his role keeps out of clients' data; an unknown passenger is a page, not a stack."""
    visit = await enter(tag)
    await visit.sign_in(of_role("administrator"))
    await visit.see("home-of-administrator")
    await visit.go("/passengers", status=403)
    await visit.reads(SENTENCES["web:not_for_this_role"])
    await visit.see("not-for-this-role")
    desk = await enter(tag)
    await desk.sign_in(of_role("sales"))
    await desk.go(f"/passengers/{NOBODY}", status=404)
    await desk.reads(SENTENCES["passengers:not_found"])
    await desk.see("not-found")
