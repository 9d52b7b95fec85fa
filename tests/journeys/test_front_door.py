"""The front door: an address leads to its region, with and without scripts, in three languages."""

import pytest
from playwright.async_api import expect

from portal.web.sentences import SENTENCES
from tests.journeys.checks import TAGS
from tests.journeys.conftest import Enter
from tests.journeys.running import Site
from tests.journeys.visit import Visit
from tests.people import of_role

# Language: the region in which somebody who speaks it is at home.
WHO = {"en": "eu", "zh-Hans": "cn", "ar": "eu"}


def at(visit: Visit, site: Site, region: str) -> None:
    """From here on the visitor is at a region's cell."""
    visit.base = site.cells[region]


@pytest.mark.parametrize("tag", TAGS)
async def test_an_address_leads_home(tag: str, enter: Enter, site: Site) -> None:
    """One types the address at the front door, the password in the region, and is at home; a wrong one is told."""
    visit, region = await enter(tag), WHO[tag]
    who = of_role("client_admin" if tag == "ar" else "booker", tag, region=region)
    await visit.page.goto(f"{site.front}/{tag}/")
    await visit.see("front-door")
    await visit.fill("email", "nobody@")
    await visit.page.locator("main form").evaluate("form => form.noValidate = true")
    await visit.press("Continue")
    await visit.reads(SENTENCES["directory:bad_address"])
    await visit.see("front-door-refused")
    await visit.fill("email", who.email)
    await visit.press("Continue")
    at(visit, site, region)
    assert visit.path == "/sign-in/start"
    await expect(visit.input("email")).to_have_value(who.email)
    await visit.see("front-door-handed-on")
    await visit.fill("password", who.password)
    await visit.press("Sign in")
    assert visit.path == "/", await visit.words()
    await visit.shows(visit.say("Welcome, %(name)s", name=who.name))


@pytest.mark.parametrize("tag", TAGS)
async def test_staff_work_in_two_regions(tag: str, enter: Enter, site: Site) -> None:
    """Staff choose a region at the front door, without scripts too, and are signed in to both side by side."""
    visit = await enter(tag, java_script_enabled=False)
    for region in site.cells:
        who = of_role("service_agent", region=region)
        await visit.page.goto(f"{site.front}/{tag}/")
        await visit.fill("email", who.email)
        await visit.choose("region", region)
        await visit.press("Continue")
        at(visit, site, region)
        await visit.fill("password", who.password)
        await visit.press("Sign in")
        assert visit.path == "/", await visit.words()
    for region in site.cells:
        at(visit, site, region)
        await visit.go("/sessions")
        await visit.reads("This session")
