"""Points 4 and 6: operations open one number with a proof; the traveller reads of it; the auditor sees the refusal."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import expect

from portal.oversight.words import KIND_NAMES
from portal.passengers.words import PURPOSE_NAMES, ROLE_NAMES
from portal.trail.words import HEADLINES
from portal.web.sentences import SENTENCES
from tests.journeys.cast import FIELD, WHO
from tests.journeys.checks import TAGS, plain
from tests.journeys.conftest import Enter
from tests.journeys.proving import proves
from tests.journeys.verifier import verified
from tests.journeys.visit import Visit
from tests.people import BY_EMAIL, DemoAccount, of_role


@dataclass(frozen=True, slots=True)
class Look:
    """What was opened: the number, the entry's index, the reference as it is read, the pseudonymous code of who."""

    value: str
    index: str
    trip: str
    who: str


@pytest.mark.parametrize("tag", TAGS)
async def test_one_number_from_desk_to_traveller(tag: str, enter: Enter, tmp_path: Path) -> None:
    """A refusal says why and is recorded; a look in the window lasts a minute; its owner reads of both."""
    desk, owner, name = WHO[tag]
    visit = await enter(tag)
    await visit.page.clock.install()
    await visit.sign_in(BY_EMAIL[desk])
    await _find(visit, name)
    await _wrong_purpose(visit, BY_EMAIL[desk])
    look = await _look(visit)
    await _proof_holds(visit, tmp_path)
    await visit.see("revealed")
    await _copies(visit, look)
    await _closes(visit, look)
    await _auditor_sees_the_refusal(await enter(tag), look)
    await _traveller_reads(await enter(tag), BY_EMAIL[owner], look)


async def _find(visit: Visit, name: str) -> None:
    await visit.go("/passengers?limit=12")
    await visit.see("passengers-of-desk")
    await visit.page.locator("#f-q").fill(name)
    await visit.press("Find")
    async with visit.page.expect_navigation():
        await visit.page.locator("main tbody a").first.click()
    row = visit.page.locator("section[aria-labelledby=documents] tr").filter(has_text=visit.say("Passport"))
    async with visit.page.expect_navigation():
        await row.get_by_role("link", name=re.compile(f"^{visit.say('Reveal')}$")).click()
    await visit.see("reveal-form")


async def _wrong_purpose(visit: Visit, who: DemoAccount) -> None:
    """Ask for a purpose that the page does not offer to this role: refused with the reason, and on record."""
    await visit.input("purpose").evaluate("(select) => { select.options[0].value = 'refund' }")
    await visit.choose("purpose", "refund")
    await visit.fill("password", who.password)
    await visit.press("Reveal for 60 seconds")
    await expect(visit.page.get_by_role("alert")).to_contain_text(
        visit.say(SENTENCES["passengers:purpose_not_allowed"])
    )
    await visit.reads("This refusal has been recorded.")
    await visit.see("reveal-refused")


async def _look(visit: Visit) -> Look:
    """Open the number; the password has been given, so it is not asked for again."""
    assert await visit.input("password").count() == 0
    await visit.choose("purpose", "border_filing")
    await visit.fill("reason", "API filing before departure")
    chosen = await visit.input("reference").evaluate("(select) => select.selectedOptions[0].textContent")
    await visit.press("Reveal for 60 seconds")
    value = await visit.page.locator("[data-reveal-value]").inner_text()
    assert re.fullmatch(r"[A-Z0-9]{6,9}", value)
    await visit.page.clock.fast_forward(10_000)
    await visit.shows(value)
    await visit.reads(PURPOSE_NAMES["border_filing"])
    facts = visit.page.locator(".reveal dd")
    index = (await facts.nth(1).inner_text()).removeprefix("№").strip()
    return Look(value, index, plain(chosen).split(" · ")[0], plain(await facts.nth(2).inner_text()))


async def _proof_holds(visit: Visit, folder: Path) -> None:
    """Check the proof that stands under the number with the verifier that stands alone."""
    await visit.page.locator("details.proof summary").click()
    text = await visit.page.locator("details.proof pre").inner_text()
    status, said = await verified(_kept(folder, text))
    assert (status, '"res":"passport.number"' in said) == (0, True), said


def _kept(folder: Path, text: str) -> Path:
    path = folder / "proof.txt"
    path.write_text(text.strip("\n") + "\n", "utf-8")
    return path


async def _copies(visit: Visit, look: Look) -> None:
    """Copy by the button: only the number is copied, and the page says that the ledger holds it."""
    await visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await visit.page.get_by_role("button", name=visit.say("Copy, and record it")).click()
    await expect(visit.page.locator("#toasts")).to_contain_text(
        visit.say("Copied. The copy is in the ledger.")
    )
    assert await visit.page.evaluate("navigator.clipboard.readText()") == look.value


async def _closes(visit: Visit, look: Look) -> None:
    """After the minute the number is gone from the page, not only from sight."""
    await visit.page.clock.fast_forward(60_000)
    await expect(visit.page.locator("[data-reveal-value]")).to_be_hidden()
    await visit.lacks(look.value)
    await visit.reads("Closed. The value is sealed again; reveal it anew if you still need it.")
    await visit.see("reveal-closed")


async def _auditor_sees_the_refusal(visit: Visit, look: Look) -> None:
    await visit.sign_in(of_role("auditor"))
    await visit.go(f"/ledger?actor={look.who}&decision=deny&kind=passengers:passport:revealed")
    newest = visit.page.locator("main .table.stack tbody tr").first
    for words in (KIND_NAMES["passengers:passport:revealed"], PURPOSE_NAMES["refund"], "Denied"):
        await expect(newest).to_contain_text(visit.say(words))
    await expect(newest).to_contain_text(look.who)
    await visit.lacks(look.value)
    await visit.go(f"/ledger/entries/{look.index}")
    await visit.reads(KIND_NAMES["passengers:passport:revealed"])


async def _traveller_reads(visit: Visit, who: DemoAccount, look: Look) -> None:
    """Find, as the traveller, the look, its purpose, trip and entry, the refusal before it, the list he stood in."""
    await visit.sign_in(who)
    await visit.see("home-of-traveller")
    await visit.follow("Who looked at my data")
    moments = visit.page.locator("li.moment")
    seen = moments.filter(has_text=re.compile(rf"№ {look.index}\b"))
    for words in (
        visit.say(HEADLINES["revealed"], field=visit.say(FIELD)),
        visit.say(PURPOSE_NAMES["border_filing"]),
        visit.say(ROLE_NAMES["operations"]),
        look.trip,
        look.who,
    ):
        assert words in plain(await seen.inner_text())
    await visit.shows(visit.say(HEADLINES["refused"], field=visit.say(FIELD)))
    await visit.reads(HEADLINES["passengers:list:viewed"], HEADLINES["passengers:profile:viewed"])
    await visit.lacks(look.value)
    await visit.see("trail")
    if visit.tag == TAGS[0]:
        listed = moments.filter(has_text=visit.say(HEADLINES["passengers:list:viewed"])).first
        other = re.search(r"№ (\d+)", plain(await listed.inner_text()))
        assert other is not None
        await proves(visit, int(look.index), int(other[1]), "eu")
