"""Point 1: sign in, step up, see and end sessions, sign out everywhere, choose language, zone and theme."""

from re import compile as pattern

import pytest
from playwright.async_api import expect

from i18n.catalogs import translations
from portal.web.sentences import SENTENCES
from tests.journeys.checks import TAGS, plain
from tests.journeys.conftest import Enter
from tests.journeys.running import Site
from tests.journeys.visit import Visit
from tests.people import BY_EMAIL, DemoAccount

# Nobody else's journey uses these accounts: here everybody is signed out everywhere.
WHO = {
    "en": BY_EMAIL["tamsin.okonkwo@saltmarsh.example"],
    "zh-Hans": BY_EMAIL["he.jiamin@waxwing.example"],
    "ar": BY_EMAIL["hala.mansour@waxwing.example"],
}
OTHER = {"en": "zh-Hans", "zh-Hans": "ar", "ar": "en"}


@pytest.mark.parametrize("tag", TAGS)
async def test_front_door_and_sign_in(tag: str, enter: Enter, site: Site) -> None:
    """From the front door one comes to one's region; a wrong password is told plainly and costs no typing anew."""
    visit, who = await enter(tag), WHO[tag]
    await visit.page.goto(f"{site.front}/{tag}/")
    await visit.see("front")
    async with visit.page.expect_navigation():
        await visit.page.locator(f'main .choices a[href^="{site.cell}/"]').click()
    await visit.see("sign-in")
    await visit.fill("email", who.email)
    await visit.fill("password", "not the password")
    await visit.press("Sign in")
    await visit.reads(SENTENCES["security:wrong_credentials"])
    await expect(visit.input("email")).to_have_value(who.email)
    await expect(visit.input("password")).to_have_value("")
    await visit.see("sign-in-refused")
    await visit.fill("password", who.password)
    await visit.press("Sign in")
    assert visit.path == "/", await visit.words()
    await visit.shows(visit.say("Welcome, %(name)s", name=who.name))


@pytest.mark.parametrize("tag", TAGS)
async def test_sessions_and_preferences(tag: str, enter: Enter) -> None:
    """One session ends another, confirms itself, changes how pages speak and look, and at last ends them all."""
    here, there, who = await enter(tag), await enter(tag), WHO[tag]
    await here.sign_in(who)
    await there.sign_in(who)
    await _end_the_other(here, there)
    await _step_up(here, who)
    await _choose(here, who)
    await there.sign_in(who)
    await here.go("/sessions")
    await here.press("Sign out everywhere")
    assert "/sign-in" in here.path
    await there.page.reload()
    assert "/sign-in" in there.path


async def _end_the_other(here: Visit, there: Visit) -> None:
    await here.go("/sessions")
    await here.see("sessions")
    rows = here.page.locator("main tbody tr")
    await expect(rows.filter(has_text=here.say("This session"))).to_have_count(1)
    number = await rows.count()
    end = rows.first.get_by_role("button", name=pattern(f"^{here.say('End')}$"))
    async with here.page.expect_navigation():  # the newest is on top: there
        await end.click()
    await expect(rows).to_have_count(number - 1)
    await there.page.reload()
    assert "/sign-in" in there.path


async def _step_up(visit: Visit, who: DemoAccount) -> None:
    await visit.go("/step-up?next=/matrix")
    await visit.fill("password", "not the password")
    await visit.press("Confirm")
    await visit.reads(SENTENCES["security:wrong_password"])
    await visit.see("step-up")
    await visit.fill("password", who.password)
    await visit.press("Confirm")
    assert visit.path == "/matrix"


async def _choose(visit: Visit, who: DemoAccount) -> None:
    """Choose another language, zone and theme on the page, then the old ones again."""
    was = visit.tag
    await visit.go("/preferences")
    await visit.choose("locale", OTHER[was])
    await visit.choose("time_zone", "Asia/Tokyo")
    await visit.choose("theme", "dark")
    await visit.press("Save")
    visit.tag = OTHER[was]
    await visit.reads("Your preferences are saved.")
    await expect(visit.input("time_zone")).to_have_value("Asia/Tokyo")
    scheme = "() => getComputedStyle(document.documentElement).colorScheme"
    assert await visit.page.evaluate(scheme) == "dark"
    await visit.see("preferences")
    await visit.choose("locale", was)
    await visit.choose("time_zone", who.time_zone)
    await visit.choose("theme", "auto")
    await visit.press("Save")
    visit.tag = was
    assert plain(translations(was).gettext("Preferences")) in await visit.words()
