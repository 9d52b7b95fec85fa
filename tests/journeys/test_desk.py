"""Point 3: what each desk role sees of the same passenger, as `access.md` says, and the page that shows the matrix."""

import re

import pytest
from playwright.async_api import expect

from portal.passengers.words import ROLE_NAMES
from portal.web.sentences import SENTENCES
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
    await visit.search(ELEANOR)
    await _open_first(visit)
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


READERS = {"en": "compliance", "zh-Hans": "administrator", "ar": "operations"}


@pytest.mark.parametrize("tag", TAGS)
async def test_the_whole_matrix_is_a_page(tag: str, enter: Enter) -> None:
    """Whoever it binds can read the whole matrix, with the own column marked and each purpose in words."""
    visit, role = await enter(tag), READERS[tag]
    await visit.sign_in(of_role(role))
    await visit.go("/matrix")
    own = visit.page.locator("table.matrix thead th.own")
    await expect(own).to_contain_text(visit.say(ROLE_NAMES[role]))
    await expect(own).to_contain_text(visit.say("You"))
    for details in await visit.page.locator("table.matrix details").all():
        await details.locator("summary").click()
    await visit.reads("Hidden", "Masked", "Clear", "Border filing", "with a second person’s approval")
    await visit.see("matrix")


@pytest.mark.parametrize("tag", TAGS)
async def test_a_closed_door_says_why(tag: str, enter: Enter) -> None:
    """A service agent may open no passport: the page says so, that it has recorded it, and where the rules stand."""
    visit = await enter(tag)
    await visit.sign_in(of_role("service_agent"))
    await visit.search(ELEANOR)
    await _open_first(visit)
    await visit.follow("Why can I not open this?")
    await visit.reads(SENTENCES["passengers:purpose_not_allowed"], "This refusal has been recorded.")
    await visit.see("closed-door")
    await visit.follow("Who may see what")
    assert visit.path == "/matrix"


@pytest.mark.parametrize("tag", TAGS)
async def test_compliance_needs_a_second_person(tag: str, enter: Enter) -> None:
    """Compliance with a purpose and a reference is still refused: that takes two, and the attempt is on record."""
    visit, who = await enter(tag), of_role("compliance")
    await visit.sign_in(who)
    await visit.search(ELEANOR)
    await _open_first(visit)
    await visit.follow("Why can I not open this?")
    await visit.choose("purpose", "identity_check")
    await visit.fill("password", who.password)
    await visit.press("Reveal for 60 seconds")
    await visit.reads(SENTENCES["passengers:second_person_required"], "This refusal has been recorded.")
    await expect(visit.page.locator("[data-reveal-value]")).to_have_count(0)


async def _open_first(visit: Visit) -> None:
    async with visit.page.expect_navigation():
        await visit.page.locator("main tbody a").first.click()
