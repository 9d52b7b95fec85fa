"""Every kind of document, card and account: entered, masked, changed and removed, on pages and over the API."""

import pytest

from security.fields import DOCUMENT_KINDS
from tests.portal.house import House

BASE = "/api/v1/passengers"
IBAN, BIC = "NL91ABNA0417164300", "ABNANL2A"
NUMBERS = {
    "passport": ("NLD", "XR7T4PB21"),
    "visa": ("USA", "70312345"),
    "national_id": ("CHN", "11010519491231002X"),
    "residence_permit": ("ESP", "X2482300W"),
    "known_traveller": ("USA", "981234567"),
}


async def written(house: House, **body: object) -> dict[str, object]:
    """Write to the first passenger as the booker; gives the passenger."""
    client = await house.api("booker")
    answer = await client.patch(f"{BASE}/{house.mei}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


async def refused(house: House, **body: object) -> dict[str, str]:
    """Write what must be refused; gives field and code of each error."""
    client = await house.api("booker")
    answer = await client.patch(f"{BASE}/{house.mei}", json=body)
    assert answer.status_code == 422, answer.text
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


async def on_page(house: House, part: str) -> tuple[object, str]:
    """Open the passenger's page as the booker; gives the visitor and the edit path of the first part of a kind."""
    booker = await house.browser("booker")
    await booker.open(f"/passengers/{house.mei}")
    marks = [piece.split('"')[0] for piece in booker.answer.text.split('href="/en')]
    return booker, next(path for path in marks if f"/{part}/" in path and path.endswith("/edit"))


@pytest.mark.parametrize("kind", DOCUMENT_KINDS)
async def test_each_kind_is_entered_changed_and_removed_on_the_page(house: House, kind: str) -> None:
    """A document of each kind goes in by the form, comes back as a mask, keeps its number when only the day changes."""
    state, number = NUMBERS[kind]
    booker = await house.browser("booker")
    base = f"/passengers/{house.mei}/documents"
    await booker.open(f"{base}/new")
    await booker.submit(base, kind=kind, issuing_state=state, number=number, expires_on="2031-01-01")
    mask = "••••••" + number[-3:]
    assert mask in booker.words()
    assert number not in booker.answer.text
    booker, edit = await on_page(house, "documents")
    await booker.open(edit)
    assert mask in booker.words()
    await booker.submit(edit, issuing_state=state, number="", expires_on="2032-02-03")
    assert mask in booker.words()
    assert "3 Feb 2032" in booker.words()
    await booker.submit(edit.replace("/edit", "/remove"))
    assert mask not in booker.words()


async def test_a_wrong_check_digit_is_refused_by_kind_and_state(house: House) -> None:
    """A number whose state gives it a check digit is refused with a wrong one, new or changed, and never echoed."""
    wrong = "110105194912310021"
    document = {"kind": "national_id", "issuing_state": "CHN", "number": wrong}
    assert await refused(house, documents=[document]) == {"documents.0.number": "passengers:bad_check_digit"}
    person = await written(house, documents=[document | {"number": NUMBERS["national_id"][1]}])
    changed = {"id": person["documents"][0]["id"], "number": wrong}
    assert await refused(house, documents=[changed]) == {"documents.0.number": "passengers:bad_check_digit"}
    booker, edit = await on_page(house, "documents")
    await booker.open(edit)
    await booker.submit(edit, expect=422, issuing_state="CHN", number=wrong, expires_on="")
    assert "check digit" in booker.words()
    assert wrong not in booker.answer.text


async def test_an_unusual_number_is_taken_and_asked_about(house: House) -> None:
    """A passport number unlike its state's is stored, and the page asks to compare it; a usual one is not."""
    booker = await house.browser("booker")
    base = f"/passengers/{house.mei}/documents"
    for number, asked in (("12345678", True), ("123456789", False)):
        await booker.open(f"{base}/new")
        await booker.submit(base, kind="passport", issuing_state="GBR", number=number)
        assert ("compare the number once more" in booker.words()) is asked
        assert "••••••" + number[-3:] in booker.words()


async def test_a_card_is_changed_and_removed(house: House) -> None:
    """A new expiry keeps the number; another number brings another mask; removal takes the card away."""
    booker = await house.browser("booker")
    base = f"/passengers/{house.mei}/cards"
    await booker.open(f"{base}/new")
    await booker.submit(base, number="4111 1111 1111 1111", expiry="05/31", holder="M MEI")
    booker, edit = await on_page(house, "cards")
    await booker.open(edit)
    await booker.submit(edit, number="", expiry="06/32", holder="")
    assert "••••1111" in booker.words()
    await booker.open(edit)
    await booker.submit(edit, expect=422, number="4111 1111 1111 1112", expiry="", holder="")
    await booker.submit(edit, number="5555 5555 5555 4444", expiry="", holder="")
    assert "••••4444" in booker.words()
    person = await written(house, email="mei@example.test")
    client = await house.api("booker")
    card = person["cards"][0]["id"]
    assert (await client.delete(f"{BASE}/{house.mei}/cards/{card}")).status_code == 204
    assert (await client.delete(f"{BASE}/{house.mei}/cards/{card}")).json()[
        "code"
    ] == "passengers:unknown_item"
    assert (await client.get(f"{BASE}/{house.mei}")).json()["cards"] == []


async def test_iban_and_bic_are_sealed_and_masked(house: House) -> None:
    """An account has a mask of its IBAN and none of its BIC; both open for finance alone, each by its own name."""
    person = await written(house, bank_accounts=[{"iban": IBAN, "bic": "abna nl 2a"}])
    (account,) = person["bank_accounts"]
    assert account["iban"] == {"state": "masked", "mask": "••••4300", "reveal": []}
    assert account["bic"] == {"state": "masked", "mask": None, "reveal": []}
    assert BIC not in str(person)
    finance = await house.api("finance")
    await house.stage.client.step_up(
        finance.headers["authorization"].removeprefix("Bearer "),
        house.stage.mei,
        "a long enough invented sentence",
    )
    body = {
        "field": "bic",
        "document": account["id"],
        "purpose": "refund",
        "reference": house.trip,
        "reason": "r",
    }
    opened = await finance.post(f"{BASE}/{house.mei}/reveals", json=body)
    assert (opened.status_code, opened.json()["value"]) == (200, BIC)
    (leaf,) = await house.stage.leaves("passengers:bic:revealed")
    assert leaf["res"] == "bic"
    sales = await house.api("sales")
    hidden = (await sales.get(f"{BASE}/{house.mei}")).json()["bank_accounts"][0]["bic"]
    assert hidden == {"state": "hidden", "mask": None, "reveal": []}


async def test_a_bic_is_changed_and_must_fit_its_iban(house: House) -> None:
    """A BIC of no valid form, or of another country than the IBAN sent or on file, is refused."""
    assert await refused(house, bank_accounts=[{"iban": IBAN, "bic": "ABNANL2"}]) == {
        "bank_accounts.0.bic": "passengers:bad_bic"
    }
    assert await refused(house, bank_accounts=[{"iban": IBAN, "bic": "DEUTDEFF"}]) == {
        "bank_accounts.0.bic": "passengers:bic_of_other_country"
    }
    person = await written(house, bank_accounts=[{"iban": IBAN}])
    account = person["bank_accounts"][0]["id"]
    assert person["bank_accounts"][0]["bic"]["state"] == "absent"
    assert await refused(house, bank_accounts=[{"id": account, "bic": "DEUTDEFF"}]) == {
        "bank_accounts.0.bic": "passengers:bic_of_other_country"
    }
    booker, edit = await on_page(house, "accounts")
    await booker.open(edit)
    await booker.submit(edit, expect=422, iban="", bic="DEUTDEFF")
    assert "DEUTDEFF" not in booker.answer.text
    await booker.submit(edit, iban="", bic=BIC)
    assert (await written(house, phone=""))["bank_accounts"][0]["bic"]["state"] == "masked"
    client = await house.api("booker")
    assert (await client.delete(f"{BASE}/{house.mei}/bank_accounts/{account}")).status_code == 204
    assert (await written(house, phone=""))["bank_accounts"] == []


async def test_a_shared_country_of_accounts_is_known(house: House) -> None:
    """An account in Jersey has a British IBAN, one in Monaco's French form has none of Germany."""
    person = await written(house, bank_accounts=[{"iban": "GB82WEST12345698765432", "bic": "BARCJESH"}])
    assert person["bank_accounts"][0]["bic"]["state"] == "masked"


async def test_a_birth_date_is_removed(house: House) -> None:
    """A date of birth is taken back on the page and over the API, and each is an entry."""
    client = await house.api("booker")
    assert (await written(house, birth_date="1990-02-28"))["birth_date"]["state"] == "masked"
    booker = await house.browser("booker")
    await booker.open(f"/passengers/{house.mei}")
    await booker.submit(f"/passengers/{house.mei}/birth-date/remove")
    assert (await client.get(f"{BASE}/{house.mei}")).json()["birth_date"]["state"] == "absent"
    await written(house, birth_date="1990-02-28")
    stale = {"if-match": '"v1"'}
    assert (await client.delete(f"{BASE}/{house.mei}/birth_date", headers=stale)).status_code == 412
    assert (await client.delete(f"{BASE}/{house.mei}/birth_date")).status_code == 204
    assert (await client.get(f"{BASE}/{house.mei}")).json()["birth_date"]["state"] == "absent"


async def test_nobody_changes_a_part_of_somebody_else(house: House) -> None:
    """A part of another passenger, an unknown part, and a role that does not edit are refused."""
    await written(house, documents=[{"kind": "passport", "issuing_state": "NLD", "number": "XR7T4PB21"}])
    booker, edit = await on_page(house, "documents")
    await booker.open(edit.replace("/documents/", "/cards/"), expect=404)
    await booker.open(edit.replace(house.mei, f"eu_{house.stage.stranger}"), expect=404)
    await booker.open(f"/passengers/{house.mei}/wallets/new", expect=404)
    desk = await house.browser("service_agent")
    await desk.open(edit, expect=403)
