"""Point 2: a booker sees passengers, adds and edits one, types and pastes sealed values; afterwards only masks."""

from datetime import date

import pytest
from playwright.async_api import expect

from portal.passengers.mrz import encode_td3
from portal.web.sentences import SENTENCES
from tests.journeys.checks import TAGS
from tests.journeys.conftest import Enter
from tests.journeys.visit import Visit
from tests.people import BY_EMAIL

WHO = {
    "en": BY_EMAIL["clemence.weidert@aurivelle.example"],
    "zh-Hans": BY_EMAIL["zhou.yutong@lanxi.example"],
    "ar": BY_EMAIL["noura.alotaibi@almadar.example"],
}
CARD, IBAN, HOLDER, NUMBER = (
    "5555555555554444",
    "FR1420041010050500013M02606",
    "VERA HOLLOWAY-QUILL",
    "XK820351",
)
CLEAR = (CARD, IBAN, HOLDER, NUMBER)


def lines(tag: str) -> str:
    """Give the two lines of an invented passport, another for each language."""
    return "\n".join(
        encode_td3(
            issuing_state="FRA",
            family="Holloway-Quill",
            given="Vera",
            number=NUMBER + str(TAGS.index(tag)),
            nationality="FRA",
            birth_date=date(1990, 5, 17),
            sex="F",
            expires_on=date(2034, 2, 28),
        )
    )


@pytest.mark.parametrize("tag", TAGS)
async def test_a_passenger_from_passport_to_masks(tag: str, enter: Enter) -> None:
    """A booker adds somebody by pasting a passport, edits her, seals card and account; only masks come back."""
    visit = await enter(tag)
    await visit.sign_in(WHO[tag])
    await visit.go("/passengers?limit=12")
    await visit.see("passengers")
    await _paste(visit)
    await visit.lacks(NUMBER, "1990")
    await _edit(visit)
    await _seal_card(visit)
    await _seal_account(visit)
    await _seal_visa(visit)
    await visit.lacks(*CLEAR)
    await visit.shows("••••4444", "2606")
    await visit.see("passenger-of-booker")
    await _find(visit)


async def _refused(visit: Visit, name: str, code: str) -> None:
    """Check that a mistake is told at the top, with the focus there, and beside its field; nothing comes back."""
    sentence = visit.say(SENTENCES[code])
    summary = visit.page.get_by_role("alert")
    await expect(summary).to_contain_text(sentence)
    await expect(summary).to_be_focused()
    await expect(visit.page.locator(f"#e-{name}")).to_contain_text(sentence)
    await expect(visit.input(name)).to_have_value("")


async def _paste(visit: Visit) -> None:
    await visit.follow("Add a passenger")
    await visit.see("add-passenger")
    whole = lines(visit.tag)
    wrong = whole[:-1] + str((int(whole[-1]) + 1) % 10)
    await visit.fill("mrz", wrong)
    await visit.press("Save")
    await _refused(visit, "mrz", "passengers:mrz_check_digit")
    await visit.see("add-passenger-refused")
    await visit.fill("mrz", whole)
    await visit.press("Save")
    await visit.reads("Saved.", "Passport")
    await visit.shows("HOLLOWAY QUILL")


async def _edit(visit: Visit) -> None:
    await visit.follow("Edit name and contact")
    await visit.fill("family", "Holloway-Quill")
    await visit.fill("given", "Vera 🌊")
    await visit.fill("phone", "12")
    await visit.press("Save")
    await visit.reads(SENTENCES["passengers:bad_phone"], SENTENCES["passengers:name_characters"])
    await visit.see("edit-refused")
    await visit.fill("given", "Vera")
    await visit.fill("phone", "+33 1 70 18 99 00")
    await visit.press("Save")
    await visit.shows("Holloway-Quill", "+33170189900")


async def _seal_card(visit: Visit) -> None:
    await visit.follow("Add a card")
    await visit.fill("number", CARD.replace("5555", "5556", 1))
    await visit.fill("expiry", "11/31")
    await visit.fill("holder", HOLDER)
    await visit.press("Seal and save")
    await _refused(visit, "number", "passengers:bad_card_number")
    await visit.see("card-refused")
    await visit.fill("number", CARD)
    await visit.fill("expiry", "11/31")
    await visit.fill("holder", HOLDER)
    await visit.press("Seal and save")
    await visit.reads("Saved.")
    await visit.shows("Mastercard")


async def _seal_account(visit: Visit) -> None:
    await visit.follow("Add a bank account")
    await visit.fill("iban", IBAN.replace("14", "15", 1))
    await visit.press("Seal and save")
    await _refused(visit, "iban", "passengers:bad_iban")
    await visit.see("account-refused")
    await visit.fill("iban", " ".join(IBAN[at : at + 4] for at in range(0, len(IBAN), 4)))
    await visit.press("Seal and save")
    await visit.reads("Saved.")


async def _seal_visa(visit: Visit) -> None:
    await visit.follow("Add a document")
    await visit.choose("kind", "visa")
    await visit.choose("issuing_state", "USA")
    await visit.fill("number", "??")
    await visit.press("Seal and save")
    await _refused(visit, "number", "passengers:bad_document_number")
    await visit.see("document-refused")
    await visit.fill("number", NUMBER + "9")
    await visit.fill("expires_on", "2031-08-09")
    await visit.press("Seal and save")
    await visit.reads("Saved.", "Visa")


async def _find(visit: Visit) -> None:
    """Find her again by a part of her name, and nobody of another organisation."""
    await visit.search("holloway")
    rows = visit.page.locator("main tbody tr")
    assert await rows.count() == await rows.filter(has_text="Holloway").count() > 0
    await visit.lacks(*CLEAR)
    await visit.search("Nobodyhasthisname")
    await visit.reads("Nobody by that name")
    await visit.see("passengers-none")
