"""Point 3: what each desk role sees of the same passenger, as `access.md` says, and the page that shows the matrix."""

import re

import pytest
from playwright.async_api import expect

from portal.passengers.words import ROLE_NAMES
from tests.journeys.checks import TAGS, plain
from tests.journeys.conftest import Enter
from tests.journeys.visit import Visit
from tests.people import ACCOUNTS, of_role

MASKED, HIDDEN = "masked", "hidden"
PARTS = ("documents", "birth", "cards", "accounts")
# access.md, row by row: documents, date of birth, cards, bank accounts.
SEES = {
    "sales": (HIDDEN, HIDDEN, HIDDEN, HIDDEN),
    "service_agent": (MASKED, HIDDEN, MASKED, HIDDEN),
    "operations": (MASKED, MASKED, HIDDEN, HIDDEN),
    "finance": (HIDDEN, HIDDEN, MASKED, MASKED),
    "compliance": (MASKED, MASKED, MASKED, MASKED),
}
# Where a role may open something now: operations in a leg's window, finance for a payment; others nothing.
OPENS = {"operations": {"documents", "birth"}, "finance": {"cards", "accounts"}}
ELEANOR = "Ashcombe"


@pytest.mark.parametrize("role", SEES)
@pytest.mark.parametrize("tag", TAGS)
async def test_the_desk_through_the_matrix(tag: str, role: str, enter: Enter) -> None:
    """A desk role finds the passenger of any client, sees name and contact, and of sealed fields what is its own."""
    visit = await enter(tag)
    own = any(account.role == role and account.locale == tag for account in ACCOUNTS)
    await visit.sign_in(of_role(role, tag if own else None))
    await visit.go(f"/passengers?q={ELEANOR}")
    await visit.page.locator("main tbody a").first.click()
    await expect(visit.page.locator("h1")).to_contain_text("Ashcombe-Vane")
    for part, state in zip(PARTS, SEES[role], strict=True):
        await _part(visit, part, state, opens=part in OPENS.get(role, ()))
    turn = (list(SEES).index(role) + TAGS.index(tag)) % len(TAGS)
    if turn == 0:
        await visit.see(f"passenger-of-{role}")


async def _part(visit: Visit, part: str, state: str, *, opens: bool) -> None:
    section = visit.page.locator(f"section[aria-labelledby={part}]")
    other = "hidden-field" if state == MASKED else "masked"
    assert await section.locator(f".sealed.{'masked' if state == MASKED else 'hidden-field'}").count(), part
    assert not await section.locator(f".sealed.{other}").count(), part
    if state == HIDDEN:
        assert visit.say("Hidden for your role") in plain(await section.inner_text())
        assert "•" not in await section.inner_text()
    name = re.compile(f"^{visit.say('Reveal')}$")
    assert bool(await section.get_by_role("link", name=name).count()) is opens, part


@pytest.mark.parametrize("role", ["compliance", "operations", "administrator"])
@pytest.mark.parametrize("tag", TAGS)
async def test_the_whole_matrix_is_a_page(tag: str, role: str, enter: Enter) -> None:
    """Whoever it binds can read the whole matrix, with the own column marked and each purpose in words."""
    visit = await enter(tag)
    await visit.sign_in(of_role(role))
    await visit.go("/matrix")
    heads = visit.page.locator("table.matrix thead th")
    await expect(heads.filter(has_text=visit.say("You"))).to_contain_text(visit.say(ROLE_NAMES[role]))
    for details in await visit.page.locator("table.matrix details").all():
        await details.locator("summary").click()
    await visit.reads("Hidden", "Masked", "Clear", "Border filing", "with a second person’s approval")
    if role == "operations":
        await visit.see("matrix")
