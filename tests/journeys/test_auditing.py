"""Point 5: the auditor filters the ledger, reads chart and entry, takes an export away and verifies it."""

import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from portal.oversight.words import KIND_NAMES
from portal.web.sentences import SENTENCES
from tests.journeys.checks import TAGS
from tests.journeys.conftest import Enter
from tests.journeys.verifier import verified
from tests.journeys.visit import Visit
from tests.people import ACCOUNTS, of_role

ROWS = "main .table.stack tbody tr"
EMAILS = [one.email for one in ACCOUNTS if one.role != "auditor"]
PERSONAL = (*EMAILS, "Ashcombe", "林若曦", "المرزوقي")


@pytest.mark.parametrize("tag", TAGS)
async def test_filters_chart_and_entry(tag: str, enter: Enter) -> None:
    """Entries are found by kind, decision, actor, subject and day; the chart has its table; nobody's name is there."""
    visit = await enter(tag)
    await visit.sign_in(of_role("auditor"))
    await visit.see("home-of-auditor")
    await visit.go("/ledger")
    await _chart(visit)
    await visit.see("ledger")
    await visit.lacks(*PERSONAL)
    await _filters(visit)
    await _entry(visit)


async def _chart(visit: Visit) -> None:
    await expect(visit.page.locator("figure.chart svg[role=img]")).to_have_attribute(
        "aria-label", re.compile(re.escape(visit.say("Accesses per day")))
    )
    assert await visit.page.locator("figure.chart .mark").count() == 30
    await visit.page.locator("figure.chart summary").click()
    assert await visit.page.locator("figure.chart tbody tr").count() == 30


async def _filters(visit: Visit) -> None:
    await visit.choose("kind", "passengers:passport:revealed")
    await visit.choose("role", "operations")
    await visit.choose("decision", "allow")
    await visit.fill("from", f"{datetime.now(UTC) - timedelta(days=29):%Y-%m-%d}")
    await visit.press("Show")
    rows = visit.page.locator(ROWS)
    kinds = await rows.filter(has_text=visit.say(KIND_NAMES["passengers:passport:revealed"])).count()
    assert kinds == await rows.count() > 0
    assert await visit.page.locator(f"{ROWS} .pill.bad").count() == 0
    assert "kind=passengers%3Apassport%3Arevealed" in visit.page.url
    async with visit.page.expect_navigation():  # everything about one person, by the pseudonym
        await rows.first.locator("a[href*='subject=']").click()
    assert await rows.count() > 0
    await visit.lacks(*PERSONAL)
    await visit.go("/ledger?actor=not+a+code", status=422)
    await visit.see("ledger-refused")
    await visit.go("/ledger?to=2001-01-01")
    await visit.reads("No entry matches")
    await visit.see("ledger-empty")


async def _entry(visit: Visit) -> None:
    await visit.go("/ledger?kind=passengers:list:viewed")
    async with visit.page.expect_navigation():
        await visit.page.locator(f"{ROWS} a").first.click()
    await visit.reads("What it says", "Canonical text", "Proof of inclusion")
    await visit.shows("c2sp.org/tlog-proof@v1")
    await visit.see("entry")
    await visit.go("/ledger/entries/99999999", status=404)
    await visit.reads(SENTENCES["oversight:entry_not_found"])


@pytest.mark.parametrize("tag", TAGS)
async def test_an_export_is_whole_and_a_changed_one_is_not(tag: str, enter: Enter, tmp_path: Path) -> None:
    """The downloaded bundle verifies outside the house; one changed letter in one entry is found and named."""
    visit = await enter(tag)
    await visit.sign_in(of_role("auditor"))
    await visit.go("/ledger/exports")
    await visit.press("Ask for an export")
    ready = visit.link("Download").first
    await ready.wait_for()  # the page looks by itself until the worker has made it
    async with visit.page.expect_download() as download:
        await ready.click()
    whole, changed = tmp_path / "whole.zip", tmp_path / "changed.zip"
    await (await download.value).save_as(whole)
    await visit.see("exports")
    key = (await visit.page.locator("pre.code-block").first.inner_text()).split("'")[
        1
    ]  # the page names the log's key
    status, said = await verified(whole, "--key", key)
    assert (status, said.startswith("whole:"), "not checked" in said) == (0, True, False), said
    _change(whole, changed)
    status, said = await verified(changed, "--key", key)
    assert (status, "leaf 0: edited" in said) == (1, True), said


def _change(whole: Path, changed: Path) -> None:
    """Copy a bundle with one letter of the ledger's first entry changed."""
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("tile/entries/000"):
                content = content.replace(b'"act":"audit:log:opened"', b'"act":"audit:log:openee"', 1)
            target.writestr(name, content)
