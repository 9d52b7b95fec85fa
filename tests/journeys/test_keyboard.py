"""Everything by keyboard: the skip link, the main actions, the palette, the sheet of keys, the menus."""

import pytest
from playwright.async_api import expect

from tests.journeys.checks import DESK_LIGHT, TAGS
from tests.journeys.conftest import Enter
from tests.journeys.visit import Visit
from tests.people import of_role

FOCUSED = "() => [document.activeElement.id, document.activeElement.getAttribute('href') ?? '']"
OUTLINED = "() => parseFloat(getComputedStyle(document.activeElement).outlineWidth)"
MOST = 40


@pytest.mark.parametrize("tag", TAGS)
async def test_tab_reaches_the_main_action(tag: str, enter: Enter) -> None:
    """The first Tab offers to skip the navigation; from the content Tab soon reaches what the page is for."""
    visit = await enter(tag, DESK_LIGHT)
    await visit.sign_in(of_role("client_admin"))
    await visit.go("/passengers")
    keys = visit.page.keyboard
    await keys.press("Tab")
    assert (await visit.page.evaluate(FOCUSED))[1] == "#main"
    await expect(visit.page.locator(".skip")).to_be_in_viewport()
    await keys.press("Enter")
    assert (await visit.page.evaluate(FOCUSED))[0] == "main"
    await _tab_to(visit, f"/{tag}/passengers/new")
    assert await visit.page.evaluate(OUTLINED) >= 2
    async with visit.page.expect_navigation():
        await keys.press("Enter")
    assert visit.path == "/passengers/new"


async def _tab_to(visit: Visit, href: str) -> None:
    for _ in range(MOST):
        await visit.page.keyboard.press("Tab")
        if (await visit.page.evaluate(FOCUSED))[1] == href:
            return
    raise AssertionError(href)


@pytest.mark.parametrize("tag", TAGS)
async def test_keys(tag: str, enter: Enter) -> None:
    """Ctrl K finds a page by its name, ? shows the keys, / goes to the search, n turns the page, Escape closes."""
    visit = await enter(tag, DESK_LIGHT)
    await visit.sign_in(of_role("operations"))
    keys, palette, sheet = visit.page.keyboard, visit.page.locator("#palette"), visit.page.locator("#keys")
    await keys.press("Control+k")
    await expect(palette).to_be_visible()
    await expect(visit.page.locator("#palette-input")).to_be_focused()
    await visit.see("palette")
    await keys.press("Escape")
    await expect(palette).to_be_hidden()
    await keys.press("?")
    await expect(sheet).to_be_visible()
    await visit.see("keys")
    await keys.press("Escape")
    await expect(sheet).to_be_hidden()
    await keys.press("Control+k")
    await keys.type(visit.say("Passengers"))
    async with visit.page.expect_navigation():
        await keys.press("Enter")
    assert visit.path == "/passengers"
    await keys.press("/")
    await expect(visit.page.locator("#f-q")).to_be_focused()
    await visit.page.locator("h1").click()
    async with visit.page.expect_navigation():
        await keys.press("n")
    assert "cursor=" in visit.path


@pytest.mark.parametrize("tag", TAGS)
async def test_menus_on_a_phone(tag: str, enter: Enter) -> None:
    """On a phone menus open by key, stay inside the screen, and Escape closes them and gives the focus back."""
    visit = await enter(tag)
    await visit.page.set_viewport_size({"width": 320, "height": 690})
    await visit.sign_in(of_role("finance"))
    for menu in await visit.page.locator(".bar details.menu").all():
        summary = menu.locator("summary")
        await summary.focus()
        await visit.page.keyboard.press("Enter")
        box = await menu.locator(".menu-box").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
        await visit.page.keyboard.press("Escape")
        await expect(menu.locator(".menu-box")).to_be_hidden()
        await expect(summary).to_be_focused()
