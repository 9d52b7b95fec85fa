"""The main job on pages without scripts: add, edit, seal, remove; clear errors; nothing sealed comes back."""

import re
from html import unescape

from tests.portal.house import House

MRZ = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"


async def opened(house: House, tag: str = "en") -> tuple[object, str]:
    """Add a passenger on the page and give the visitor and the passenger's path."""
    visitor = await house.browser("booker", tag)
    await visitor.open("/passengers/new")
    await visitor.submit(
        "/passengers", family="Okafor", given="Ngozi", order="given_first", birth_date="1980-02-29"
    )
    return visitor, visitor.answer.url.path.removeprefix(f"/{tag}")


async def test_add_and_edit(house: House) -> None:
    """A passenger is added and edited; what was typed in the clear is shown, what was sealed is not."""
    visitor, path = await opened(house)
    assert "Ngozi Okafor" in visitor.words()
    assert "1980" not in visitor.answer.text
    await visitor.open(f"{path}/edit")
    await visitor.submit(
        f"{path}/edit", family="Okafor", given="Ngozi Ada", order="family_first", phone="+234 803 123 4567"
    )
    assert "Okafor Ngozi Ada" in visitor.words()
    assert "+2348031234567" in visitor.words()


async def test_stale_form_keeps_what_was_typed(house: House) -> None:
    """Two people edit at once: the second is told, and nothing he typed is lost."""
    visitor, path = await opened(house)
    await visitor.open(f"{path}/edit")
    other = await house.browser("client_admin")
    await other.open(f"{path}/edit")
    await other.submit(f"{path}/edit", family="First", given="", order="given_first")
    await visitor.submit(f"{path}/edit", expect=412, family="Second", given="Typed", order="given_first")
    assert "Someone changed this" in visitor.words()
    assert 'value="Typed"' in visitor.answer.text


async def test_errors_stand_at_the_top_and_beside_the_field(house: House) -> None:
    """A refused form says what is wrong twice: in the summary that takes the focus, and beside the field."""
    visitor = await house.browser("booker")
    await visitor.open("/passengers/new")
    await visitor.submit("/passengers", expect=422, family="", given="", order="given_first", email="nobody")
    assert visitor.words().count("Enter an e-mail address such as") == 2
    assert 'aria-invalid="true"' in visitor.answer.text
    assert 'href="#f-email"' in visitor.answer.text


async def test_pasted_lines_fill_a_passenger(house: House) -> None:
    """Two pasted lines make a whole passenger; a wrong digit is refused and the lines do not come back."""
    visitor = await house.browser("booker")
    await visitor.open("/passengers/new")
    wrong = MRZ.replace("L898902C3", "L898903C3")
    await visitor.submit("/passengers", expect=422, mrz=wrong, order="given_first")
    assert "check digit" in visitor.words()
    assert "L898903C3" not in visitor.answer.text
    await visitor.submit("/passengers", mrz=MRZ, order="given_first")
    assert "ERIKSSON" in visitor.words()
    assert "L898902C3" not in visitor.answer.text
    assert "2C3" in visitor.words()


async def test_document_card_and_account(house: House) -> None:
    """A document, a card and an account are sealed one by one, shown as masks, and removed."""
    visitor, path = await opened(house)
    await visitor.open(f"{path}/documents/new")
    await visitor.submit(
        f"{path}/documents", kind="passport", issuing_state="NGA", number="A01234567", expires_on="2033-01-01"
    )
    await visitor.open(f"{path}/cards/new")
    await visitor.submit(
        f"{path}/cards", expect=422, number="4111111111111112", expiry="12/30", holder="N OKAFOR"
    )
    assert "4111111111111112" not in visitor.answer.text
    await visitor.submit(f"{path}/cards", number="4111111111111111", expiry="12/30", holder="N OKAFOR")
    await visitor.open(f"{path}/accounts/new")
    await visitor.submit(f"{path}/accounts", iban="DE89 3704 0044 0532 0130 00")
    for clear in ("A01234567", "4111111111111111", "N OKAFOR", "DE89370400440532013000"):
        assert clear not in visitor.answer.text
    for mask in ("567", "1111", "3000", "Visa", "Germany", "Nigeria"):
        assert mask in visitor.words()
    actions = [form["action"] for form in visitor.page.forms if form.get("action", "").endswith("/remove")]
    assert actions.pop(0).endswith("/birth-date/remove")
    assert len(actions) == 3
    await visitor.submit(actions[0].removeprefix("/en"))
    assert "No document is on file." in visitor.words()


async def test_direction_overrides_cannot_turn_the_page(house: House) -> None:
    """An override character in a name is taken out, and names stand isolated in their line."""
    visitor = await house.browser("booker", "ar")
    await visitor.open("/passengers/new")
    await visitor.submit("/passengers", family="evil\u202egnp", order="given_first")
    assert "\u202e" not in visitor.answer.text
    await visitor.open("/passengers")
    assert "<bdi>evilgnp</bdi>" in visitor.answer.text


async def test_traveller_sees_and_edits_only_the_own_profile(house: House) -> None:
    """A traveller finds himself in the list and nobody else, and may add to his own record."""
    visitor = await house.browser("traveller")
    await visitor.open("/passengers")
    assert visitor.words().count("European Union") >= 1
    await visitor.open(f"/passengers/eu_{house.stage.stranger}", expect=404)
    await visitor.open(f"/passengers/{house.mei}/accounts/new")
    await visitor.submit(f"/passengers/{house.mei}/accounts", iban="NL91 ABNA 0417 1643 00")
    assert "4300" in visitor.words()
    await visitor.open("/passengers/new", expect=403)


async def test_words_of_a_search_stand_in_no_address(house: House) -> None:
    """Searching leads to an address in which the words are closed; it works again, and on the next page."""
    booker = await house.browser("booker")
    client = await house.api("booker")
    for n in "abc":
        born = {"name": {"given": "Ada", "family": f"Lindqvist{n}"}, "birth_date": "1974-08-12"}
        assert (await client.post("/api/v1/passengers", json=born)).status_code == 201
    await booker.open("/passengers")
    answer = await booker.submit("/passengers/search", q="lindqvist")
    address = str(answer.url)
    assert "/passengers?s=" in address
    assert "indqvist" not in address
    assert all(f"Lindqvist{n}" in booker.words() for n in "abc")
    answer = await booker.client.get(f"{address}&limit=2")
    follows = re.search(r'href="([^"]*cursor=[^"]*)"', answer.text)
    assert follows is not None
    assert "indqvist" not in follows[1]
    last = (await booker.client.get(unescape(follows[1]))).text
    assert "Lindqvistc" in last
    assert "Lindqvista" not in last


async def test_a_closed_search_is_one_sessions_own(house: House) -> None:
    """Another session, or a changed text, opens nothing and is told to search again; blank words show everybody."""
    booker = await house.browser("booker")
    await booker.open("/passengers")
    address = str((await booker.submit("/passengers/search", q="Mei")).url)
    other = await house.browser("booker")
    for foreign in (address, address[:-2], f"{address.partition('=')[0]}=%00", f"{address}ä"):
        answer = await other.client.get(foreign)
        assert answer.status_code == 400
        assert "Search again" in answer.text
    await other.open("/passengers")
    assert str((await other.submit("/passengers/search", q="  ")).url).endswith("/en/passengers")
