"""A booker asks; a traveller without an account enters documents on a phone, in three languages."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.journeys.checks import TAGS, Manner, axe_violations, load_axe, too_wide
from tests.journeys.conftest import Enter
from tests.journeys.running import Site
from tests.journeys.test_noticing import newest_mail, sheet
from tests.people import of_role

PHONE = Manner("light", 360)
NUMBER = "XR7T4PB21"


async def somebody(site: Site, place: int) -> dict[str, Any]:
    """Find a passenger of the booker's with an address and a flight ahead, another one for each place."""
    booker = of_role("booker")
    account = next(one for one in sheet(site)["accounts"] if one["email"] == booker.email)
    soon = (datetime.now(UTC) + timedelta(hours=6)).isoformat()
    headers = {"authorization": f"Bearer {account['token']}"}
    taken = {one["email"] for one in sheet(site)["accounts"]}
    async with httpx.AsyncClient(base_url=site.cell, headers=headers) as client:
        trips = (await client.get("/api/v1/trips?when=ahead")).json()["items"]
        ids = [
            aboard["id"]
            for trip in trips
            if trip["state"] == "confirmed" and trip["legs"][0]["departs_at"] > soon
            for aboard in trip["passengers"]
        ]
        people = [(await client.get(f"/api/v1/passengers/{one}")).json() for one in dict.fromkeys(ids)]
    found: dict[str, Any] = [one for one in people if one["email"] and one["email"] not in taken][place]
    return found


@pytest.mark.parametrize("tag", TAGS)
async def test_a_traveller_enters_documents_on_a_phone(enter: Enter, site: Site, tag: str) -> None:
    """The link in the mail leads to a form that fits 360 pixels; it works once, and the booker sees that it is done."""
    person = await somebody(site, TAGS.index(tag))
    since = datetime.now(UTC).isoformat()
    booker = await enter(tag)
    await booker.sign_in(of_role("booker"))
    await booker.go(f"/passengers/{person['id']}")
    await booker.follow("Ask the traveller for documents")
    await booker.choose("locale", tag)
    leg = await booker.input("leg").locator("option").first.get_attribute("value")
    await booker.choose("leg", leg or "")
    await booker.press("Send the link")
    await booker.see("link-sent")
    mail = await newest_mail(site, person["email"], since)
    address = re.search(r"http://\S+/d/[\w-]{43}", mail["text"])
    assert address is not None

    phone = await enter(tag, PHONE, java_script_enabled=tag != "en")
    await phone.page.goto(address[0])
    await phone.reads("Enter your travel documents")
    await phone.press("Begin")
    await phone.fill("d1_number", NUMBER)
    await phone.choose("d1_issuing_state", "NLD")
    await phone.fill("d1_expires_on", "2033-04-05")
    if tag != "en":  # the checks of a page are scripts themselves
        assert await axe_violations_of(phone) == []
        await phone.see("link-form")
    await phone.press("Seal and send")
    await phone.reads("Your documents are sealed")
    await phone.lacks(NUMBER)
    await phone.page.goto(address[0])
    await phone.reads("This link does not work")
    await booker.page.reload()
    await booker.reads("Complete")


async def axe_violations_of(visit: Any) -> list[str]:
    """Check a page as it stands on the phone: structure, contrast, width."""
    await load_axe(visit.page)
    return await axe_violations(visit.page) + await too_wide(visit.page)
