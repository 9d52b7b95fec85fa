"""The main flow on pages without scripts: ask, answer, compare, sign, booked; clear errors; nothing lost."""

import pytest

from tests.portal.asking import answered, asked
from tests.portal.house import House
from tests.security.keeper.stage import PASSWORD

LEG = {"l1_from": "gva", "l1_to": "KTEB", "l1_date": "2026-05-04", "l1_time": "10:00"}
OPTION = {
    "o1_aircraft": "Global 7500",
    "o1_currency": "EUR",
    "o1_reason": "Non-stop",
    "o1_l1_departs": "2026-05-04T10:00",
    "o1_price_charter": "98,500.00",
    "valid_hours": "24",
}


@pytest.mark.parametrize("tag", ["en", "zh-Hans", "ar"])
async def test_from_enquiry_to_booked_trip(house: House, tag: str) -> None:
    """A booker asks, sales answers, the booker signs with name and password, and the trip is there on its map."""
    booker, sales = await house.browser("booker", tag), await house.browser("sales", tag)
    await booker.open("/quotes/new")
    await booker.submit("/quotes", **LEG, seats="2", **{f"p_{house.mei}": "1"}, need_pets="1", wish="A dog")
    path = booker.answer.url.path.removeprefix(f"/{tag}")
    await sales.open(f"{path}/answer")
    await sales.submit(f"{path}/options", **OPTION)
    await booker.open(path)
    assert "EUR 98,500.00" in booker.words().replace("\u00a0", " ")
    link = next(part for part in booker.answer.text.split('"') if "acceptance/new" in part)
    await booker.open(link.removeprefix(f"/{tag}"))
    await booker.submit(f"{path}/acceptance", terms="2026-11", name="Person of booker", password=PASSWORD)
    assert "/trips/" in booker.answer.url.path
    assert "WX-26-1001" in booker.words()
    assert 'class="way"' in booker.answer.text


async def test_mistakes_lose_nothing(house: House) -> None:
    """A wrong airport or a passed day is said beside the field, and what was typed stands there again."""
    booker = await house.browser("booker")
    await booker.open("/quotes/new")
    wrong = LEG | {"l1_to": "XQX", "l1_date": "2026-01-01", "wish": "Two dogs"}
    await booker.submit("/quotes", expect=422, **wrong, seats="2", need_pets="1")
    assert booker.words().count("Enter the code of an airport") == 2
    assert "Two dogs" in booker.answer.text
    assert 'value="XQX"' in booker.answer.text


async def test_an_ambiguous_departure_is_asked_about(house: House) -> None:
    """A departure that comes twice brings up the question which one, and the answer is taken."""
    quote = await asked(house)
    sales = await house.browser("sales")
    path = f"/quotes/{quote['id']}"
    await sales.open(f"{path}/answer")
    twice = OPTION | {"o1_l1_departs": "2026-10-25T02:30"}
    await sales.submit(f"{path}/options", expect=422, **twice)
    assert 'name="o1_l1_which"' in sales.answer.text
    await sales.submit(f"{path}/options", **twice, o1_l1_which="first")
    assert "The options are with the client." in sales.words()


async def test_signing_needs_terms_name_and_password(house: House) -> None:
    """Each of the three is asked for by itself, and nothing is booked until all are given."""
    quote = await answered(house)
    booker = await house.browser("booker")
    path, right = (
        f"/quotes/{quote['id']}",
        {"terms": "2026-11", "name": "Person of booker", "password": PASSWORD},
    )
    await booker.open(f"{path}/acceptance/new?option={quote['options'][0]['id']}")
    await booker.submit(f"{path}/acceptance", expect=403, **right | {"password": "wrong"})
    await booker.submit(f"{path}/acceptance", expect=403, terms="2026-11", name="Person of booker")
    await booker.submit(f"{path}/acceptance", expect=422, **right | {"name": "Nobody"})
    await booker.submit(f"{path}/acceptance", expect=422, name="Person of booker", terms="")
    assert await house.stage.owner.fetchval("select count(*) from quote_acceptance") == 0


async def test_declined_withdrawn_and_closed(house: House) -> None:
    """A declined quote offers nothing to accept any more; sales withdraws an offer and the client reads so."""
    quote, other = await answered(house), await answered(house)
    booker, sales = await house.browser("booker"), await house.browser("sales")
    await booker.open(f"/quotes/{quote['id']}")
    await booker.submit(f"/quotes/{quote['id']}/refusal")
    assert "acceptance/new" not in booker.answer.text
    await sales.open(f"/quotes/{other['id']}")
    await sales.submit(f"/quotes/{other['id']}/withdrawal")
    await booker.open(f"/quotes/{other['id']}")
    assert "Withdrawn" in booker.words()
    await booker.open("/quotes?view=closed")
    assert booker.words().count("Q-26-") == 2
