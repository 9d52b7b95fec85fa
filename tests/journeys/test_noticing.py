"""Operations changes a leg; the mail comes in the traveller's language; its link acknowledges; the board shows it."""

import asyncio
import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from portal.notices.words import SUBJECTS
from tests.journeys.checks import TAGS
from tests.journeys.conftest import Enter
from tests.journeys.running import Site
from tests.journeys.visit import Visit
from tests.people import of_role

HOURS = timedelta(hours=3)


def sheet(site: Site) -> dict[str, Any]:
    """Read how to sign in, and where caught mail is shown."""
    read: dict[str, Any] = json.loads((Path(site.data) / "demo.json").read_text("utf-8"))
    return read


async def leg_ahead(site: Site, traveller: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Find a confirmed trip of a traveller that has not begun: its id and first leg."""
    headers = {"authorization": f"Bearer {traveller['token']}"}
    async with httpx.AsyncClient(base_url=site.cells[traveller["region"]], headers=headers) as client:
        trips = (await client.get("/api/v1/trips?when=ahead")).json()["items"]
    soon = (datetime.now(UTC) + timedelta(hours=6)).isoformat()
    trip = next(t for t in trips if t["state"] == "confirmed" and t["legs"][0]["departs_at"] > soon)
    return trip["id"], trip["legs"][0]


async def newest_mail(site: Site, address: str, since: str) -> dict[str, Any]:
    """Wait for a mail to somebody that was caught after an instant."""
    deadline = time.monotonic() + 30
    async with httpx.AsyncClient() as client:
        while time.monotonic() < deadline:
            mails = (await client.get(f"{sheet(site)['mail']}/messages")).json()
            for mail in mails:
                if mail["to"] == address and mail["received_at"] >= since:
                    found: dict[str, Any] = mail
                    return found
            await asyncio.sleep(0.2)
    raise TimeoutError


async def moved(visit: Visit, name: str) -> None:
    """Move one of the two times of the form by some hours."""
    was = datetime.fromisoformat(await visit.input(name).input_value())
    await visit.fill(name, (was + HOURS).isoformat()[:16])


async def desk(visit: Visit, region: str) -> None:
    """Sign in as operations of a region."""
    await visit.sign_in(of_role("operations", region=region))


@pytest.mark.parametrize("tag", TAGS)
async def test_a_change_is_told_and_acknowledged(tag: str, enter: Enter, site: Site) -> None:
    """A leg is changed on the page, the traveller is told in his language, and what he confirms stands on the board."""
    traveller = next(a for a in sheet(site)["accounts"] if a["role"] == "traveller" and a["locale"] == tag)
    trip, leg = await leg_ahead(site, traveller)
    visit = await enter(tag)
    visit.base = site.cells[traveller["region"]]
    await desk(visit, traveller["region"])
    await visit.go(f"/trips/{trip}/legs/{leg['id']}/change")
    await moved(visit, "departs_local")
    await moved(visit, "arrives_local")
    await visit.press("Show what will be sent")
    await visit.see("change-preview")
    since = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    await visit.press("Change the leg and tell everybody")
    await visit.reads("The leg is changed. Whoever it concerns is being told; this board shows who knows.")
    mail = await newest_mail(site, traveller["email"], since)
    assert mail["subject"] == visit.say(SUBJECTS["change"])
    assert mail["copies"] == 1
    link = re.search(r"http://\S+/n/\S+", mail["text"])
    assert link is not None
    reader = await enter(tag)
    await reader.page.goto(link.group(0))
    await reader.see("notice-link")
    await reader.press("I have read this")
    await reader.reads("Thank you. Your answer is recorded.")
    await visit.go(f"/notices?trip={trip}")
    await visit.reads("Acknowledged")
    await visit.see("notices-board")
