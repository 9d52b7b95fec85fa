"""What leaves as a file: the trip sheet, the acceptance and the calendar feed, each without a sealed value."""

import io
import re
from typing import Any

import icalendar
import pypdf
import pypdfium2
import pytest

from portal.trips import paper
from tests.portal.asking import BASE, agreement, answered, stepped_up
from tests.portal.house import House


def text_of(data: bytes) -> str:
    """Extract a PDF's text."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


@pytest.mark.needs("libpangoft2-1.0-0")
@pytest.mark.parametrize(
    ("tag", "word"), [("en", "Trip sheet"), ("zh-Hans", "行程单"), ("ar", "ورقة الرحلة")]
)
async def test_the_trip_sheet_reads_in_each_language(house: House, tag: str, word: str) -> None:
    """The sheet says its words in the reader's language as text, embeds only our fonts, and is no blank picture."""
    client = await house.api("booker")
    answer = await client.get(f"/{tag}/trips/{house.trip}/sheet.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    text = text_of(answer.content)
    assert word in text, text
    assert "mei" in text
    picture = pypdfium2.PdfDocument(answer.content)[0].render(scale=0.5).to_pil().convert("L")
    black = sum(picture.histogram()[:64]) / (picture.width * picture.height)
    assert 0.001 < black < 0.05, black
    fonts = {
        str(f.get_object()["/BaseFont"])[8:]
        for p in pypdf.PdfReader(io.BytesIO(answer.content)).pages
        for f in p["/Resources"]["/Font"].values()
    }
    assert all(name.startswith(("Inter", "Noto-Sans-SC", "IBM-Plex-Sans-Arabic")) for name in fonts), fonts


@pytest.mark.needs("libpangoft2-1.0-0")
async def test_the_acceptance_is_kept_as_paper(house: House) -> None:
    """The paper names price, terms, signature and the hash of what was agreed; only who sees prices may take it."""
    quote = await answered(house)
    client = await stepped_up(house)
    done = (await client.post(f"{BASE}/{quote['id']}/acceptance", json=agreement(quote))).json()
    taken = await client.get(f"/en/quotes/{quote['id']}/acceptance.pdf")
    text = text_of(taken.content).replace("\n", " ")
    for part in ("EUR", "99,750.50", "person of Booker", "2026-11", done["acceptance"]["agreed_sha256"][:40]):
        assert part in text, (part, text)
    refused = await (await house.api("operations")).get(f"/en/quotes/{quote['id']}/acceptance.pdf")
    assert refused.status_code == 403


async def test_without_libpango_it_says_so_and_booking_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no PDF can be made the sheet is 503 and names libpango; a quote can be accepted all the same."""

    def missing(_html: str) -> bytes:
        raise paper.PaperUnavailable(missing="libpango")

    monkeypatch.setattr(paper, "print_page", missing)
    client = await house.api("booker")
    answer = await client.get(f"/en/trips/{house.trip}/sheet.pdf")
    assert answer.status_code == 503
    assert "libpango" in answer.text
    quote = await answered(house)
    client = await stepped_up(house)
    done = await client.post(f"{BASE}/{quote['id']}/acceptance", json=agreement(quote))
    assert done.json()["acceptance"]["paper_sha256"] is None


@pytest.mark.needs("libpangoft2-1.0-0")
async def test_no_sealed_value_is_on_paper(house: House) -> None:
    """A passport and a card of somebody aboard are on file, and the sheet's text has neither."""
    client = await house.api("booker")
    sealed = {"documents": [{"kind": "passport", "issuing_state": "NGA", "number": "CANARY7X1"}]}
    card = {"cards": [{"number": "4111111111111111", "expiry": "12/30", "holder": "N OKAFOR"}]}
    made = await client.post("/api/v1/passengers", json={"name": {"family": "Okafor"}, **sealed, **card})
    await client.post(f"/api/v1/trips/{house.trip}/passengers", json={"passenger": made.json()["id"]})
    answer = await (await house.api("operations")).get(f"/en/trips/{house.trip}/sheet.pdf")
    text = text_of(answer.content)
    assert "Okafor" in text
    assert not [value for value in ("CANARY7X1", "4111", "N OKAFOR") if value in text]


async def feed_of(house: House, role: str) -> str:
    """Make a calendar address on the page and give its path."""
    visitor = await house.browser(role)
    await visitor.open("/calendar")
    await visitor.submit("/calendar")
    found = re.search(r"/feeds/[\w-]+\.ics", visitor.answer.text)
    assert found
    return found[0]


async def test_the_calendar_feed_is_secret_and_names_nobody(house: House) -> None:
    """Whoever has the address reads times and airports, no passenger; the address is stored as a hash only."""
    path = await feed_of(house, "booker")
    answer = await house.client().get(path)
    assert answer.status_code == 200
    events: list[Any] = list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))
    assert len(events) == 1
    assert events[0].DTSTART.tzinfo is not None
    assert "mei" not in answer.text
    stored = await house.stage.owner.fetchval("select encode(token_hash, 'escape') from calendar_feed")
    assert path.removeprefix("/feeds/").removesuffix(".ics") not in stored


async def test_a_revoked_or_replaced_address_is_dead(house: House) -> None:
    """After revoking, after making anew, and for a guess, there is nothing at the address."""
    first = await feed_of(house, "traveller")
    second = await feed_of(house, "traveller")
    client = house.client()
    assert [(await client.get(path)).status_code for path in (first, second)] == [404, 200]
    visitor = await house.browser("traveller")
    await visitor.open("/calendar")
    await visitor.submit("/calendar/revocation")
    assert (await client.get(second)).status_code == 404
    assert (await client.get("/feeds/guess.ics")).status_code == 404


async def test_a_feed_shows_only_own_trips(house: House) -> None:
    """The feed of another organisation's administrator has none of these trips."""
    await house.stage.owner.execute(
        "update gate.account set org_id = $1 where role = 'client_admin'", house.stage.other_org
    )
    path = await feed_of(house, "client_admin")
    answer = await house.client().get(path)
    assert "VEVENT" not in answer.text
