"""Who asks Waxwing under load, and for what: a booker's list, and reveals by operations on trips in their window."""

import asyncio
import json
from typing import Any

import asyncpg
import uuid_utils.compat as uuids

from security.keeper.client import KeeperClient
from security.policy.window import AFTER_ARRIVAL, BEFORE_DEPARTURE
from tests.bench.stage import REGION, Stage
from tests.bench.wrk import Ask

LIST = "/en/passengers?limit=50"
FIELD, PURPOSE, REASON = "passport.number", "border_filing", "the border asks for it"
AT_ONCE = 2  # the keeper checks two passwords at a time
_ABOARD = (
    "select distinct p.passenger_id, p.trip_id from passenger_trip p"
    " join travel_document d on d.passenger_id = p.passenger_id and d.kind = 'passport' and d.number_stored"
    " where p.state = 'confirmed' and p.departs_at < now() + $1::interval and p.arrives_at > now() - $2::interval"
)


def accounts(stage: Stage, role: str) -> list[dict[str, str]]:
    """Give the demo's accounts of a role: e-mail, password and a token among their members."""
    sheet = json.loads((stage.cell.data / "demo.json").read_text("utf-8"))
    return [account for account in sheet["accounts"] if account["role"] == role]


def lists(stage: Stage) -> list[Ask]:
    """Give the same page for every booker of the demo in turn; each organisation has more than 50 passengers."""
    return [Ask("GET", LIST, f"Cookie: wx_{REGION}={one['token']}") for one in accounts(stage, "booker")]


def reveals(stage: Stage, callers: int) -> list[Ask]:
    """Reveals by `callers` stepped-up sessions in turn, of everybody whose passport may be opened now."""
    return asyncio.run(_reveals(stage, callers))


async def _reveals(stage: Stage, callers: int) -> list[Ask]:
    tokens = await _stepped_up(stage, callers)
    connection = await asyncpg.connect(stage.cell.dsn("wx_admin"))
    try:
        aboard = await connection.fetch(_ABOARD, BEFORE_DEPARTURE, AFTER_ARRIVAL)
    finally:
        await connection.close()
    # Both lists are walked through together until every passenger and every session has had a turn.
    turns = range(max(len(aboard), len(tokens)))
    return [_reveal(tokens[turn % len(tokens)], *aboard[turn % len(aboard)]) for turn in turns]


def _reveal(token: str, passenger: Any, trip: Any) -> Ask:
    asked = {"field": FIELD, "purpose": PURPOSE, "reference": f"{REGION}_{trip}", "reason": REASON}
    path = f"/api/v1/passengers/{REGION}_{passenger}/reveals"
    return Ask("POST", path, f"Authorization: Bearer {token}", json.dumps(asked))


async def _stepped_up(stage: Stage, count: int) -> list[str]:
    people = accounts(stage, "operations")
    client = KeeperClient(f"unix:{stage.cell.run / 'keeper.sock'}", deadline=30.0)
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(place: int) -> str:
        person = people[place % len(people)]
        async with turns:
            signed = await client.sign_in(person["email"], person["password"], "Bench", "127.0.0.1")
            await client.step_up(signed.token, uuids.uuid7(), person["password"])
            return signed.token

    try:
        return list(await asyncio.gather(*(one(place) for place in range(count))))
    finally:
        await client.close()
