"""Planted values leak nowhere: every route × role × language × format, the log, the ledger, the database."""

import asyncio
import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from security.actor import CLIENT_ROLES, DESK_ROLES, ROLES
from tests.database import CellDb
from tests.portal.house import House, house
from tests.security.keeper.stage import PASSWORD

CANARIES = {
    "passport": "CANARY7X1",
    "card": "4000056655665556",
    "holder": "CANARY HOLDER",
    "iban": "GB33BUKB20201555555555",
    "birth": "1961-04-12",
}
PLANTED = {
    "name": {"family": "Bystander"},
    "birth_date": CANARIES["birth"],
    "documents": [{"kind": "passport", "issuing_state": "GBR", "number": CANARIES["passport"]}],
    "cards": [{"number": CANARIES["card"], "expiry": "11/31", "holder": CANARIES["holder"]}],
    "bank_accounts": [{"iban": CANARIES["iban"]}],
}
SIGHT = CLIENT_ROLES | DESK_ROLES


def leaks(text: str) -> list[str]:
    """Name the canaries in a text, also when it writes them with spaces."""
    return [name for name, value in CANARIES.items() if value in text or value in text.replace(" ", "")]


def paths(house: House, planted: str) -> list[str]:
    """List every page and API address that shows something."""
    pages = [
        "/",
        "/passengers",
        "/passengers?q=canary",
        f"/passengers/{planted}",
        f"/passengers/{planted}/edit",
        "/trips",
        "/quotes",
        "/calendar",
        f"/trips/{house.trip}/manifest",
    ]
    pages += [
        f"/trips/{house.trip}",
        "/cases",
        "/cases/new",
        "/desk?team=all",
        "/residency",
        "/trail",
        "/notices",
        "/ledger",
        "/ledger/entries/1",
        "/matrix",
        "/matrix/history",
        "/alarms",
        "/decoys",
        "/sessions",
        "/preferences",
    ]
    api = [
        "passengers",
        f"passengers/{planted}",
        "passengers?q=CANARY7X1",
        "trips",
        "quotes",
        f"trips/{house.trip}/manifest",
        f"trips/{house.trip}",
        "cases",
        "work",
        "residency",
        "trail",
        "matrix",
        "matrix/versions",
        "matrix/proposals",
        f"passengers/{planted}/explanations?field=passport.number",
    ]
    api += ["ledger/entries", "ledger/entries?limit=200", "ledger/entries/1/proof", "me"]
    tagged = [f"/{tag}{page}" for tag in ("en", "zh-Hans", "ar") for page in pages]
    return [*tagged, *(f"/api/v1/{path}" for path in api), "/metrics", "/readyz", "/api/openapi.json"]


async def plant(house: House) -> str:
    """Add the passenger with the canaries."""
    booker = await house.api("booker")
    made = await booker.post("/api/v1/passengers", json=PLANTED)
    assert made.status_code == 201, made.text
    found: str = made.json()["id"]
    return found


@pytest.fixture
async def planted(cell_db: CellDb) -> Any:
    """Give a house with the canaries in it."""
    async with house(cell_db) as built:
        yield built, await plant(built)


async def test_no_canary_on_any_address(planted: tuple[House, str]) -> None:
    """No page and no API answer, of any role in any language, holds a sealed value; nor does any log line."""
    built, someone = planted
    found = []
    with capture_logs() as lines:
        for role in ROLES:
            client = await built.api(role)
            for path in paths(built, someone):
                answer = await client.get(path, follow_redirects=True)
                found += [(role, path, name) for name in leaks(answer.text + str(answer.headers))]
                assert answer.status_code < 500, (role, path)
    assert found == []
    assert leaks(json.dumps(lines, default=str)) == []


async def test_no_canary_in_refusals(planted: tuple[House, str]) -> None:
    """A form or body that is refused does not give a sealed value back."""
    built, someone = planted
    client = await built.api("booker")
    bad = PLANTED | {"email": "nobody"}
    answer = await client.post("/api/v1/passengers", json=bad)
    assert answer.status_code == 422
    assert leaks(answer.text) == []
    stale = await client.patch(f"/api/v1/passengers/{someone}", json=PLANTED, headers={"if-match": '"v0"'})
    assert stale.status_code == 412
    assert leaks(stale.text) == []


async def test_no_canary_in_the_database(planted: tuple[House, str]) -> None:
    """Neither database holds a sealed value in the clear, in any table, nor do the ledger's files."""
    built, _ = planted
    client = await built.api("operations")
    await client.post("/api/v1/me/step-ups", json={"password": PASSWORD})
    tables = await built.stage.owner.fetch(
        "select schemaname, tablename from pg_tables where schemaname in ('public', 'gate')"
    )
    for row in tables:
        text = await built.stage.owner.fetchval(
            f'select coalesce(string_agg(t::text, chr(10)), \'\') from "{row["schemaname"]}"."{row["tablename"]}" t'
        )
        assert leaks(text) == [], row["tablename"]
        for name, value in CANARIES.items():
            assert value.encode().hex() not in text, (row["tablename"], name)
    files = [path for path in built.stage.settings.blobs.rglob("*") if path.is_file()]
    assert files
    for path in files:
        data = await asyncio.to_thread(path.read_bytes)
        assert leaks(data.decode("latin-1")) == [], path.name


async def test_the_reveal_itself_is_the_only_leak(planted: tuple[House, str]) -> None:
    """The gate is not blind: the one answer that may hold a canary, a granted reveal, is seen to hold it."""
    built, someone = planted
    client = await built.api("finance")
    await client.post("/api/v1/me/step-ups", json={"password": PASSWORD})
    await built.stage.owner.execute(
        "insert into leg_passenger (id, leg_id, trip_id, passenger_id, org_id)"
        " select gen_random_uuid(), id, trip_id, $1, org_id from leg limit 1",
        someone.removeprefix("eu_"),
    )
    body = {"field": "iban", "purpose": "refund", "reference": built.trip, "reason": "refund"}
    with capture_logs() as lines:
        answer = await client.post(f"/api/v1/passengers/{someone}/reveals", json=body)
    assert leaks(answer.text) == ["iban"], answer.text
    assert leaks(json.dumps(lines, default=str)) == []
