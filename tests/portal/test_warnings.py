"""Warnings on pages and in the API: which leg, which document, which rule, until when; nothing is opened for them."""

from datetime import timedelta

import uuid_utils.compat as uuids

from tests.portal.house import House
from tests.security.keeper.stage import NOON, add_leg


async def short(house: House, ends: str = "2026-05-01") -> None:
    """Give the first passenger an American passport that is too short for a trip to Paris and back."""
    client = await house.api("booker")
    body = {"kind": "passport", "issuing_state": "USA", "number": "A12345678", "expires_on": ends}
    answer = await client.patch(f"/api/v1/passengers/{house.mei}", json={"documents": [body]})
    assert answer.status_code == 200, answer.text
    owner, leg = house.stage.owner, uuids.uuid7()
    await owner.execute("update leg set from_airport = 'TEB', to_airport = 'LBG'")
    await owner.execute(
        "insert into leg (id, trip_id, org_id, position, from_airport, to_airport, departs_local, arrives_local,"
        " departs_at, arrives_at, aircraft, tail) select $1, trip_id, org_id, 2, 'LBG', 'TEB',"
        " departs_local + interval '5 days', arrives_local + interval '5 days', departs_at + interval '5 days',"
        " arrives_at + interval '5 days', aircraft, tail from leg",
        leg,
    )
    await owner.execute(
        "insert into leg_passenger (id, leg_id, trip_id, passenger_id, org_id) values ($1, $2, $3, $4, $5)",
        uuids.uuid7(),
        leg,
        house.stage.trip,
        house.stage.mei,
        house.stage.org,
    )


async def test_the_api_says_leg_document_rule_and_day(house: House) -> None:
    """A passenger's, a trip's and a manifest's warnings name the same shortfall by codes, ids and days."""
    await short(house)
    client = await house.api("operations")
    (found,) = (await client.get(f"/api/v1/passengers/{house.mei}/warnings")).json()["items"]
    assert found["code"] == "too_short"
    assert (found["trip"], found["destination"], found["rule"]) == (house.trip, "FRA", "schengen")
    assert (found["expires_on"], found["needed_until"]) == ("2026-05-01", "2026-06-09")
    assert "Article 6(1)(a)(i)" in found["source"]
    (of_trip,) = (await client.get(f"/api/v1/trips/{house.trip}/warnings")).json()["items"]
    assert of_trip == {"passenger": house.mei, "warning": found}
    legs = (await client.get(f"/api/v1/trips/{house.trip}/manifest")).json()["legs"]
    assert [line["warnings"] for leg in legs for line in leg["passengers"]] == [[found], []]
    assert legs[0]["leg"] == found["leg"]


async def test_pages_say_it_in_three_languages(house: House) -> None:
    """Passenger, trip and manifest say in the reader's language until when the passport must be good, and the rule."""
    await short(house)
    for tag, until, rule in (
        ("en", "9 Jun 2026", "3 months after leaving"),
        ("zh-Hans", "2026年6月9日", "离开后"),
        ("ar", "2026", "بعد المغادرة"),
    ):
        reader = await house.browser("operations", tag)
        for path in (
            f"/passengers/{house.mei}",
            f"/trips/{house.trip}",
            f"/trips/{house.trip}/manifest",
        ):
            await reader.open(path)
            assert until in reader.words(), (tag, path)
            assert rule in reader.words(), (tag, path)
            assert 'lang="en" dir="ltr">Regulation (EU) 2016/399' in reader.answer.text


async def test_a_good_passport_warns_of_nothing(house: House) -> None:
    """With a passport that lasts, no page has a warning, and a trip that is over has none either."""
    await short(house, "2031-01-01")
    client = await house.api("booker")
    assert (await client.get(f"/api/v1/passengers/{house.mei}/warnings")).json()["items"] == []
    gone = uuids.uuid7()
    await add_leg(house.stage.owner, gone, house.stage.org, house.stage.mei, departs=NOON - timedelta(days=9))
    assert (await client.get(f"/api/v1/trips/eu_{gone}/warnings")).json()["items"] == []
    assert (await client.get(f"/api/v1/passengers/{house.mei}/warnings")).json()["items"] == []


async def test_expiry_is_marked_without_a_flight(house: House) -> None:
    """On the passenger's page a document that has ended or ends within the months of the rule is marked."""
    client = await house.api("booker")
    documents = [
        {"kind": "national_id", "issuing_state": "NLD", "number": "ABCDE1234", "expires_on": day}
        for day in ("2026-02-28", "2026-08-31")
    ]
    await client.patch(f"/api/v1/passengers/{house.mei}", json={"documents": documents})
    booker = await house.browser("booker")
    await booker.open(f"/passengers/{house.mei}")
    assert "Expired" in booker.words()
    assert "Expires soon" in booker.words()


async def test_others_see_no_warnings(house: House) -> None:
    """An auditor and another organisation's people get no warning of anybody."""
    await short(house)
    auditor = await house.api("auditor")
    assert (await auditor.get(f"/api/v1/passengers/{house.mei}/warnings")).status_code == 403
    booker = await house.api("booker")
    stranger = f"/api/v1/passengers/eu_{house.stage.stranger}/warnings"
    assert (await booker.get(stranger)).status_code == 404
