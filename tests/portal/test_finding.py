"""The search box of the desk: a whole number finds whose it is, with a purpose, as an entry, without a trace."""

from structlog.testing import capture_logs

from security.fields import FIELDS
from security.policy.finding import SEARCHABLE
from security.vault.indexes import SEARCHABLE as INDEXED
from tests.portal.house import House

NUMBER = "CANARY7X1"
IBAN = "GB33BUKB20201555555555"
CARD = "4000056655665556"
SEARCHES = "/api/v1/passengers/searches"
PERSON = {
    "name": {"given": "Ngozi", "family": "Okafor"},
    "documents": [{"kind": "passport", "issuing_state": "GBR", "number": NUMBER}],
    "cards": [{"number": CARD, "expiry": "11/31", "holder": "N OKAFOR"}],
    "bank_accounts": [{"iban": IBAN}],
}
PASSPORT = {
    "field": "passport.number",
    "number": NUMBER,
    "issuing_state": "gbr",
    "purpose": "border_filing",
}


async def planted(house: House) -> str:
    """Add a passenger by the API, as a booker does."""
    made = await (await house.api("booker")).post("/api/v1/passengers", json=PERSON)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def test_what_may_be_searched_is_what_has_an_index() -> None:
    """The fields that policy lets people search are those over which the vault has an index."""
    assert SEARCHABLE == INDEXED
    assert set(FIELDS) - set(SEARCHABLE) == {
        "bic",
        "birth_date",
        "card.expiry",
        "card.holder",
        "document.scan",
    }


async def test_the_api_finds_by_the_whole_number(house: House) -> None:
    """Whoever may see the mask finds the passenger, with masks only and the entry of the search."""
    someone = await planted(house)
    for role, body in (
        ("operations", PASSPORT),
        ("service_agent", PASSPORT | {"number": "canary-7x1"}),
        ("finance", {"field": "card.number", "number": CARD, "purpose": "refund"}),
        ("finance", {"field": "iban", "number": "GB33 BUKB 2020 1555 5555 55", "purpose": "refund"}),
    ):
        answer = await (await house.api(role)).post(SEARCHES, json=body)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert [one["id"] for one in found["items"]] == [someone], (role, body)
        assert (found["blind_index"], found["complete"]) == (True, True)
        assert f'"why":"{body["purpose"]}"' in found["entry"]["leaf"]
        assert not any(value in answer.text for value in (NUMBER, CARD, IBAN))


async def test_nobody_found_is_an_entry_too(house: House) -> None:
    """A search that finds nobody is answered with an empty list and its entry."""
    await planted(house)
    answer = await (await house.api("operations")).post(SEARCHES, json=PASSPORT | {"issuing_state": "FRA"})
    assert (answer.status_code, answer.json()["items"]) == (200, [])
    assert '"act":"passengers:index:searched"' in answer.json()["entry"]["leaf"]


async def test_last_four_is_searched_on_the_mask(house: House) -> None:
    """Roles that see a card's mask find by its last four, without the blind index; others do not."""
    someone = await planted(house)
    body = {"field": "card.last_four", "number": CARD[-4:]}
    for role, expected in (
        ("finance", [someone]),
        ("service_agent", [someone]),
        ("operations", []),
        ("sales", []),
    ):
        found = (await (await house.api(role)).post(SEARCHES, json=body)).json()
        assert [one["id"] for one in found["items"]] == expected, role
        assert (found["blind_index"], found["entry"]) == (False, None)
    assert await house.stage.leaves("passengers:index:searched") == []


BAD = [
    ({"field": "birth_date"}, "field", "passengers:not_searchable"),
    ({"number": " "}, "number", "passengers:bad_search"),
    ({"issuing_state": "UK"}, "issuing_state", "passengers:state_required"),
    ({"purpose": "curiosity"}, "purpose", "passengers:unknown_purpose"),
    ({"field": "card.last_four"}, "number", "passengers:bad_last_four"),
]


async def test_bad_input_is_named_by_its_field(house: House) -> None:
    """What cannot be searched for is a problem of its field, and no answer holds the number."""
    client = await house.api("operations")
    for change, field, code in BAD:
        answer = await client.post(SEARCHES, json=PASSPORT | change)
        assert answer.status_code == 422
        assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, code)]
        assert NUMBER not in answer.text


async def test_clients_and_auditors_cannot_search(house: House) -> None:
    """A role outside the desk is refused, and the refusal is an entry."""
    for role in ("booker", "traveller", "client_admin", "auditor", "administrator"):
        client = await house.api(role)
        assert (await client.post(SEARCHES, json=PASSPORT)).status_code == 403
        assert (await client.get("/en/passengers/find")).status_code == 403


async def test_the_box_on_the_list_says_that_it_is_an_entry(house: House) -> None:
    """From the list, in each language: the box finds, says that it used the blind index, and gives nothing back."""
    await planted(house)
    with capture_logs() as lines:
        for tag in ("en", "zh-Hans", "ar"):
            visitor = await house.browser("operations", tag)
            await visitor.open("/passengers")
            await visitor.submit("/passengers/find", **PASSPORT)
            assert "Okafor" in visitor.words()
            assert NUMBER not in visitor.answer.text
            assert "•••••7X1" in visitor.answer.text
    assert NUMBER not in str(lines)
    leaves = await house.stage.leaves("passengers:index:searched")
    assert len(leaves) == 3
    visitor = await house.browser("operations")
    await visitor.open("/passengers")
    await visitor.submit("/passengers/find", **(PASSPORT | {"number": "NOBODY777"}))
    assert "Searched with the blind index" in visitor.words()
    assert "Nobody found" in visitor.words()


async def test_a_refused_search_says_why_on_the_page(house: House) -> None:
    """A purpose that the field does not have is refused in words; a missing state is shown at its field."""
    visitor = await house.browser("compliance")
    await visitor.open("/passengers/find")
    await visitor.submit("/passengers/find", expect=403, **(PASSPORT | {"purpose": "refund"}))
    assert "Your role may not see this field for this purpose." in visitor.words()
    await visitor.submit("/passengers/find", expect=422, **(PASSPORT | {"issuing_state": ""}))
    assert 'href="#f-issuing_state"' in visitor.answer.text
    assert NUMBER not in visitor.answer.text


async def test_a_booker_has_no_box(house: House) -> None:
    """Clients find their people by name; the box is the desk's."""
    visitor = await house.browser("booker")
    await visitor.open("/passengers")
    assert "/passengers/find" not in visitor.answer.text
