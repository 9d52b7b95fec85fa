"""What compliance and auditors oversee: each page in every language, and a finding from its opening to its sign-off."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.journeys.checks import TAGS
from tests.journeys.conftest import Enter
from tests.journeys.visit import Visit
from tests.people import of_role

PLACES = {
    "compliance": ("alarms", "alarms/rules", "access-reviews", "auditors", "reports"),
    "auditor": ("ledger/patterns", "ledger/compare"),
}


@pytest.mark.parametrize("role", PLACES)
@pytest.mark.parametrize("tag", TAGS)
async def test_pages_of_oversight(tag: str, role: str, enter: Enter) -> None:
    """Alarms, reviews, auditors from outside, reports, patterns and periods compared are whole in every language."""
    visit = await enter(tag)
    await visit.sign_in(of_role(role))
    for place in PLACES[role]:
        await visit.go(f"/{place}")
        await visit.see(f"overseeing-{place.replace('/', '-')}")


async def test_a_finding_from_opening_to_sign_off(enter: Enter) -> None:
    """Opened in English, answered and remediated in Chinese, closed, and signed off in Arabic by another auditor."""
    author, compliance, second = await enter("en"), await enter("zh-Hans"), await enter("ar")
    await author.sign_in(of_role("auditor", "en"))
    await compliance.sign_in(of_role("compliance"))
    await second.sign_in(of_role("auditor", "ar"))
    path = await _opened(author)
    await compliance.go(path)
    await _step(compliance, "Answer the finding", "两人共用一个工位。")
    await _step(compliance, "Report the remediation", "现已各自使用自己的账户。")
    await author.go(path)
    await _step(author, "Close the finding", "Looked at the new accounts.")
    await author.reads(
        "A second auditor signs off: neither the one who opened the finding nor the one who closed it."
    )
    await second.go(path)
    await _step(second, "Sign it off", "تمت المراجعة.")
    await second.see("finding-signed-off")


async def _opened(author: Visit) -> str:
    await author.go("/findings")
    await author.page.locator("details.card summary").click()
    await author.fill("title", "Night reads")
    await author.fill("due_on", f"{datetime.now(UTC) + timedelta(days=14):%Y-%m-%d}")
    await author.fill("entries", "3, 5")
    await author.fill("words", "The same number was read twice at night.")
    await author.press("Open the finding")
    await author.reads("Recorded. The ledger holds a commitment to your words.")
    return author.path.partition("?")[0]


async def _step(who: Visit, button: str, words: str) -> None:
    await who.fill("words", words)
    await who.press(button)
    await who.shows(words)
