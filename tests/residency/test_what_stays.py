"""Two cells at work: in each one's tables, files, logs and ledger there is nothing of the other."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from portal.demo.canaries import sealed_of
from portal.demo.passengers import invent_passengers
from portal.demo.people import organisations_of
from tests.journeys.running import REGIONS
from tests.residency.conftest import TwoCells
from tests.residency.searching import files_of, in_files, in_tables

PASSENGERS = "/api/v1/passengers"
NOBODY = "00000000-0000-7000-8000-000000000000"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def marks_of(region: str) -> list[str]:
    """Give what is at home in a region and nowhere else: planted values, domains, native names."""
    people = invent_passengers(region, datetime.now(UTC).date())
    known = [person for person in people if person.account or person.canary]
    names = {person.name.native for person in known} | {person.email for person in known}
    sealed = [value for value in sealed_of(region) if len(value) > 10 or value.startswith("CANARY")]
    return [*sealed, *filter(None, names), *(one.domain for one in organisations_of(region))]


async def _driven(house: TwoCells, region: str) -> None:
    """Do in a cell what desks, clients and auditors do: read, step up, open a number, be refused."""
    for role in ("operations", "booker", "traveller", "finance", "auditor"):
        async with house.client(region, role) as client:
            for path in (PASSENGERS, "/api/v1/trips", "/api/v1/ledger/entries", "/api/v1/trail", "/zh-Hans/"):
                assert (await client.get(path)).status_code < 500, (region, role, path)
    async with house.client(region, "operations") as desk:
        secret = house.account(region, "operations")["password"]
        stepped = await desk.post("/api/v1/me/step-ups", json={"password": secret})
        assert stepped.status_code == 201, stepped.text
        opened = await _opened(desk)
        assert opened >= 1, region


async def _opened(desk: httpx.AsyncClient) -> int:
    """Open the passport of somebody who flies in the coming days; give how many were opened."""
    soon = (datetime.now(UTC) + timedelta(days=10)).isoformat()
    trips = (await desk.get("/api/v1/trips", params={"limit": 100})).json()["items"]
    near = [trip for trip in trips if trip["state"] == "confirmed" and trip["legs"][0]["departs_at"] < soon]
    count = 0
    for trip in near[-3:]:
        asked = {"field": "passport.number", "purpose": "border_filing", "reference": trip["id"]}
        where = f"{PASSENGERS}/{trip['passengers'][0]['id']}/reveals"
        count += (await desk.post(where, json=asked | {"reason": "filing"})).status_code == 200
    return count


async def _led_by_the_front_door(house: TwoCells, region: str) -> None:
    """Sign in through the front door, as a browser would: the form is handed on with the address in it."""
    who = house.account(region, "booker")
    async with httpx.AsyncClient(timeout=30) as browser:
        handed = await browser.post(f"{house.site.front}/en/sign-in", data={"email": who["email"]})
        assert handed.status_code == 307
        target = handed.headers["location"]
        assert target == f"{house.site.cells[region]}/en/sign-in/start"
        page = await browser.post(target, content=f"email={who['email']}", headers=FORM | {"origin": "null"})
        assert f'value="{who["email"]}"' in page.text


@pytest.fixture(scope="module")
async def at_work(house: TwoCells) -> TwoCells:
    """Give the house after both cells were worked in."""
    for region in REGIONS:
        await _driven(house, region)
        await _led_by_the_front_door(house, region)
    return house


@pytest.mark.parametrize("region", REGIONS)
async def test_nothing_of_the_other_lies_here(at_work: TwoCells, region: str) -> None:
    """No planted value, domain or name of the other region is in this one's tables, blobs, logs, ledger or files."""
    cell = at_work.cell(region)
    for other in set(REGIONS) - {region}:
        marks = marks_of(other)
        assert await in_tables(cell.dsn("wx_admin"), marks) == []
        assert await in_tables(cell.keys_dsn("wx_admin"), marks) == []
        assert in_files(files_of(cell), marks) == []


@pytest.mark.parametrize("region", REGIONS)
async def test_the_search_is_not_blind(at_work: TwoCells, region: str) -> None:
    """The same search finds this region's own names here, and its sealed values in no file, even here."""
    cell = at_work.cell(region)
    own = [one.domain for one in organisations_of(region)]
    assert {mark for _, mark in await in_tables(cell.dsn("wx_admin"), own)} == set(own)
    assert {mark for _, mark in in_files(files_of(cell), own)} >= set(own)
    sealed = [value for value in marks_of(region) if value.startswith("CANARY")]
    assert in_files(files_of(cell), sealed) == []


async def test_the_front_door_can_name_nobody(at_work: TwoCells) -> None:
    """Neither the tables nor the logs nor any file of the front door hold a client's domain, address or value."""
    front = at_work.front
    marks = [mark for region in REGIONS for mark in marks_of(region)]
    assert await in_tables(front.dsn("wx_admin"), marks) == []
    assert in_files(files_of(front), marks) == []


async def test_an_address_typed_at_the_wrong_cell_is_not_kept(at_work: TwoCells) -> None:
    """Who tries to sign in where he is not at home leaves neither name nor domain there."""
    stranger = "canary-stranger@elsewhere-canary.example"
    marks = ["canary-stranger", "elsewhere-canary"]
    for region in REGIONS:
        async with at_work.client(region) as client:
            refused = await client.post("/api/v1/sessions", json={"email": stranger, "password": "wrong"})
            assert refused.status_code == 401
            await client.post("/en/sign-in/start", data={"email": stranger})
        cell = at_work.cell(region)
        assert await in_tables(cell.dsn("wx_admin"), marks) == []
        assert in_files([path for path in files_of(cell) if "log" in path.parts], marks) == []


@pytest.mark.parametrize("region", REGIONS)
async def test_ids_of_the_other_are_refused_and_named(house: TwoCells, region: str) -> None:
    """A real id of the other cell is 421 and names its region, on pages and in the API; an unknown region is 404."""
    for other in set(REGIONS) - {region}:
        async with house.client(other, "operations") as there:
            real = (await there.get(PASSENGERS)).json()["items"][0]["id"]
        async with house.client(region, "operations") as here:
            answer = await here.get(f"{PASSENGERS}/{real}")
            body: dict[str, Any] = answer.json()
            assert (answer.status_code, body["code"], body["region"]) == (
                421,
                "residency:other_region",
                other,
            )
            page = await here.get(f"/en/passengers/{real}")
            assert page.status_code == 421
            assert (await here.get(f"{PASSENGERS}/xx_{NOBODY}")).status_code == 404


@pytest.mark.parametrize("region", REGIONS)
async def test_a_session_holds_in_one_cell_only(house: TwoCells, region: str) -> None:
    """One cell's token is nobody's in the other, as bearer and under either cookie's name."""
    for other in set(REGIONS) - {region}:
        token = house.account(other, "operations")["token"]
        url = house.site.cells[region]
        for sent in (
            {"authorization": f"Bearer {token}"},
            {"cookie": f"wx_{other}={token}"},
            {"cookie": f"wx_{region}={token}"},
        ):
            async with httpx.AsyncClient(base_url=url, headers=sent, timeout=30) as client:
                assert (await client.get("/api/v1/me")).status_code == 401


async def test_both_sessions_live_side_by_side(house: TwoCells) -> None:
    """A browser that is signed in to both cells of one host is each cell's own, and neither touches the other's."""
    jar = "; ".join(f"wx_{region}={house.account(region, 'operations')['token']}" for region in REGIONS)
    for region in REGIONS:
        async with httpx.AsyncClient(
            base_url=house.site.cells[region], headers={"cookie": jar}, timeout=30
        ) as client:
            me = await client.get("/api/v1/me")
            assert me.json()["region"] == region
            assert "set-cookie" not in me.headers
