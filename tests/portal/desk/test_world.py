"""The world queue: told by the worker, kept at the front door without anybody in it, read with a pass."""

import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from portal.desk.rules import KINDS, OWING
from portal.desk.telling import Teller, name_work
from portal.directory.passes import LASTS, make_pass
from portal.directory.register import know_tokens
from portal.directory.world import KIND_NAMES, TEAM_NAMES
from tests.database import FrontDb
from tests.portal.desk.test_cases import leaves_of, opened, step
from tests.portal.directory.front import ORIGIN, FrontDoor, front_door, furnish
from tests.portal.house import House

TOKENS = {"eu": "the token of eu", "cn": "the token of cn"}
CANARIES = ("CANARYWORDS", "CANARYNAME", "CANARYORG", "CANARYNOTE")


@dataclass
class World:
    """A cell, its worker's connection, the teller, and a front door."""

    house: House
    front: FrontDoor
    db: FrontDb
    teller: Teller
    working: Callable[[], contextlib.AbstractAsyncContextManager[Any]]

    async def tell(self) -> None:
        """Let the worker look once more, later."""
        self.house.stage.clock.pass_by(minutes=1)
        self.teller.tend(self.working, self.house.stage.clock())
        assert self.teller._task is not None
        await self.teller._task

    async def items(self) -> list[dict[str, Any]]:
        """Read what the front door holds."""
        owner = await asyncpg.connect(self.db.dsn("wx_admin"))
        try:
            return [dict(row) for row in await owner.fetch("select * from work_item order by opened_at")]
        finally:
            await owner.close()

    async def report(self, region: str, token: str, body: bytes) -> httpx.Response:
        """Report as somebody."""
        async with self.front.client() as client:
            return await client.put(
                f"/world/{region}", content=body, headers={"authorization": f"Bearer {token}"}
            )


@pytest_asyncio.fixture(loop_scope="session")
async def world(house: House, front_db: FrontDb) -> AsyncIterator[World]:
    """Give a cell and a front door that know each other."""
    await furnish(front_db)
    owner = await asyncpg.connect(front_db.dsn("wx_admin"))
    await know_tokens(owner, TOKENS)
    await owner.close()
    settings = replace(house.app.state.settings, front_url=ORIGIN, front_token=TOKENS["eu"])
    house.app.state.settings = settings
    connection = await asyncpg.connect(house.stage.db.dsn("wx_worker"))

    @contextlib.asynccontextmanager
    async def working() -> AsyncIterator[Any]:
        async with connection.transaction():
            await connection.execute("select set_config('role', 'wx_as_worker', true)")
            yield connection

    async with front_door(front_db.dsn("wx_front")) as front:
        front.app.state.now = house.stage.clock
        teller = Teller(settings, httpx.ASGITransport(app=front.edge, raise_app_exceptions=False))
        yield World(house, front, front_db, teller, working)
    await connection.close()


async def test_the_front_door_hears_of_open_work(world: World) -> None:
    """An opened case stands at the front door under a random number, and is gone there once it is closed."""
    case = await opened(world.house)
    await world.tell()
    (item,) = await world.items()
    assert {name: item[name] for name in ("region", "kind", "language", "team")} == {
        "region": "eu",
        "kind": "question",
        "language": "en",
        "team": "service_agent",
    }
    assert item["id"].version == 4
    assert str(item["id"]) not in case["id"]
    assert item["due_at"] - item["opened_at"] == timedelta(minutes=5)
    assert item["due_at"] - item["warn_at"] == timedelta(minutes=2)
    await step(world.house, "booker", case["id"], step="close")
    await world.tell()
    assert await world.items() == []
    assert await world.house.stage.owner.fetchval("select count(*) from desk_queue") == 0


async def test_nothing_personal_reaches_the_front_door(world: World) -> None:
    """Names, words, notes and organisations planted in cases are in no table, page or log line of the front door."""
    owner = world.house.stage.owner
    await owner.execute("update organisation set name = 'CANARYORG'")
    await owner.execute("update passenger set given_name = 'CANARYNAME', family_name = 'CANARYNAME'")
    await owner.execute("update member set name = 'CANARYNAME'")
    case = await opened(world.house, words="CANARYWORDS", passenger=world.house.mei)
    await step(world.house, "service_agent", case["id"], step="take")
    other = await opened(world.house, "traveller", words="CANARYWORDS")
    given = {"step": "hand_over", "team": "sales", "words": "CANARYNOTE"}
    await step(world.house, "service_agent", other["id"], **given)
    with capture_logs() as lines:
        await world.tell()
        visitor = world.front.visitor()
        handed = make_pass(TOKENS["eu"], "eu", "Asia/Dubai", world.house.stage.clock())
        await visitor.open(f"/world?pass={handed}")
    assert len(await world.items()) == 2
    front = await asyncpg.connect(world.db.dsn("wx_admin"))
    tables = await front.fetch("select tablename from pg_tables where schemaname = 'public'")
    held = [
        await front.fetchval(f"select coalesce(string_agg(t::text, chr(10)), '') from {row['tablename']} t")
        for row in tables
    ]
    await front.close()
    ids = [case["id"], other["id"], world.house.mei, f"eu_{world.house.stage.org}"]
    secret = [*CANARIES, *TOKENS.values(), *(one.removeprefix("eu_") for one in ids)]
    for text in (*held, visitor.answer.text, json.dumps(lines, default=str)):
        assert [canary for canary in secret if canary in text] == []
    assert any("service_agent" in text for text in held)


async def test_a_pass_shows_the_queue_by_the_readers_clock(world: World) -> None:
    """Staff go from their desk to the queue with a pass that leaves no trace in the address, and back to the item."""
    case = await opened(world.house, kind="complaint")
    await world.tell()
    agent = await world.house.browser("service_agent", "ar")
    answer = await agent.client.get("/ar/desk/world")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{ORIGIN}/ar/world?pass=")
    assert len(await _leaves(world, "desk:world-queue:opened")) == 1
    reader = world.front.visitor("ar")
    await reader.open(answer.headers["location"].removeprefix(f"{ORIGIN}/ar"))
    assert str(reader.answer.url) == f"{ORIGIN}/ar/world"
    assert "14:00" in reader.words()  # 12:00 UTC and one hour, read in Amsterdam
    (item,) = await world.items()
    link = f"http://eu.waxwing.test/ar/desk/items/eu_{item['id']}"
    assert link in reader.answer.text
    back = await agent.open(link.removeprefix("http://eu.waxwing.test/ar"))
    assert str(back.url).endswith(f"/ar/cases/{case['id']}")
    assert (await agent.client.get(f"/ar/desk/items/eu_{uuid.uuid4()}")).status_code == 404


async def _leaves(world: World, kind: str) -> list[dict[str, Any]]:
    return await leaves_of(world.house, kind, 1)


async def test_without_a_pass_nothing_is_shown(world: World) -> None:
    """Nobody, an ended pass, and a pass of a cell the front door does not know see no item."""
    await opened(world.house, kind="incident")
    await world.tell()
    at = world.house.stage.clock()
    old = make_pass(TOKENS["eu"], "eu", "UTC", at - LASTS)
    strange = make_pass("made up", "me", "UTC", at)
    for query in ("", f"?pass={old}", f"?pass={strange}", "?pass=x.y"):
        visitor = world.front.visitor()
        await visitor.open(f"/world{query}", expect=401)
        assert "Incident" not in visitor.words()
        assert "This pass is not valid" in visitor.words()


@pytest.mark.parametrize("role", ["booker", "traveller", "finance", "auditor", "administrator"])
async def test_only_the_desk_gets_a_pass(world: World, role: str) -> None:
    """No client, and nobody outside the desk's teams, gets a pass or sees the list of open work."""
    await world.tell()
    client = await world.house.api(role)
    for path in ("/en/desk/world", "/en/desk", f"/en/desk/items/eu_{uuid.uuid4()}", "/api/v1/work"):
        assert (await client.get(path)).status_code == 403, path


async def test_a_report_needs_the_cells_own_token(world: World) -> None:
    """Without a token, with another cell's, or for an unknown region, nothing is taken."""
    body = b'{"items":[]}'
    for region, token in (("eu", ""), ("eu", TOKENS["cn"]), ("me", TOKENS["eu"]), ("xx", "")):
        assert (await world.report(region, token, body)).status_code == 401
    assert (await world.report("cn", TOKENS["cn"], body)).status_code == 200


GOOD = {
    "id": str(uuid.uuid4()),
    "kind": "question",
    "language": "en",
    "team": "sales",
    "opened_at": "2026-03-01T12:00:00Z",
    "due_at": None,
    "warn_at": None,
}


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "Mei Lin wants a window seat"},
        {"team": "booker"},
        {"language": "tlh"},
        {"name": "Mei Lin"},
        {"id": "018f0000-0000-7000-8000-000000000000"},
        {"opened_at": "2026-03-01T12:00:00"},
        {"due_at": "soon"},
    ],
)
async def test_a_report_with_anything_else_in_it_is_refused_whole(
    world: World, change: dict[str, Any]
) -> None:
    """No text, no further member, no id that is not a random number: the report before stays as it was."""
    kept = json.dumps({"items": [GOOD]}).encode()
    assert (await world.report("cn", TOKENS["cn"], kept)).status_code == 200
    bad = json.dumps({"items": [GOOD | {"id": str(uuid.uuid4())}, GOOD | change]}).encode()
    answer = await world.report("cn", TOKENS["cn"], bad)
    assert (answer.status_code, answer.json()["code"]) == (422, "directory:bad_snapshot")
    assert "Mei" not in answer.text
    assert [str(item["id"]) for item in await world.items()] == [GOOD["id"]]


async def test_a_silent_region_is_named(world: World) -> None:
    """A region that has not reported for a while is named, so that its items are not taken for all there is."""
    await world.report("cn", TOKENS["cn"], b'{"items":[]}')
    await world.tell()
    at = world.house.stage.clock
    visitor = world.front.visitor()
    await visitor.open(f"/world?pass={make_pass(TOKENS['eu'], 'eu', 'UTC', at())}")
    assert "Not heard from" not in visitor.words()
    at.pass_by(minutes=2)
    await visitor.open("/world")
    assert "Not heard from" in visitor.words()


async def test_a_front_door_away_leaves_the_desk_at_work(world: World) -> None:
    """With the front door down the own list works and says that the world queue is not reachable, until it is back."""
    case = await opened(world.house)
    agent = await world.house.browser("service_agent")
    await world.tell()
    await agent.open("/desk")
    assert "not reachable" not in agent.words()

    class Down(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("down", request=request)

    there, world.teller.transport = world.teller.transport, Down()
    await world.tell()
    await agent.open("/desk")
    assert "The world queue is not reachable." in agent.words()
    assert case["id"] in agent.answer.text
    await agent.open("/desk/world", expect=503)
    world.teller.transport = there
    await world.tell()
    await agent.open("/desk")
    assert "not reachable" not in agent.words()


async def test_the_worker_reads_no_words_and_no_names(world: World) -> None:
    """What the worker may read of cases has no person and no words, whatever it asks."""
    await opened(world.house, words="CANARYWORDS", passenger=world.house.mei)
    async with world.working() as connection:
        assert len(await name_work(connection)) == 1
    for sql in (
        "select words from case_step",
        "select passenger_id from desk_case",
        "select holder_name from desk_case",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with world.working() as connection:
                await connection.execute(sql)


def test_the_closed_lists_agree() -> None:
    """Every kind and team of the desk is one that the front door takes and can name."""
    assert set(KINDS) <= set(KIND_NAMES)
    assert tuple(TEAM_NAMES) == OWING
