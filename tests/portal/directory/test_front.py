"""The front door: an address is handed on to its region; known and unknown ones are told apart by nobody."""

import json
import re
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from portal.directory import queries
from portal.directory.register import NoDomain, freeze_placement, list_cells, place_domains
from tests.database import FrontDb
from tests.portal.directory.front import CELLS, KEY, FrontDoor, front_door, furnish


@pytest.mark.parametrize(("domain", "region"), [("known-eu.example", "eu"), ("KNOWN-CN.Example", "cn")])
async def test_a_known_domain_goes_to_its_region(door: FrontDoor, domain: str, region: str) -> None:
    """The form is handed on to the region's cell, in the language of the page."""
    plain = await door.asked(f"somebody@{domain}")
    assert (plain.status_code, plain.headers["location"]) == (307, f"{CELLS[region]}/sign-in/start")
    arabic = await door.asked(f"somebody@{domain}", path="/ar/sign-in")
    assert arabic.headers["location"] == f"{CELLS[region]}/ar/sign-in/start"


async def test_known_and_unknown_are_answered_alike(door: FrontDoor) -> None:
    """Answers to a known and to unknown domains have the same status, headers and body, whatever the region."""
    answers = [await door.asked(f"a@{name}") for name in ("known-eu.example", "x.example", "y.example")]
    shapes = {(a.status_code, a.text, *(k for k in a.headers if k != "x-request-id")) for a in answers}
    assert len(shapes) == 1
    assert all(answer.headers["location"].endswith("/sign-in/start") for answer in answers)


class Recorded:
    """A connection that remembers what was asked of it."""

    def __init__(self, connection: Any, asked: list[str]) -> None:
        self._connection, self._asked = connection, asked

    async def fetchrow(self, query: str, *arguments: Any) -> Any:
        self._asked.append(query)
        assert [type(argument) for argument in arguments] == [bytes]
        return await self._connection.fetchrow(query, *arguments)


async def test_known_and_unknown_take_the_same_way(
    front_db: FrontDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ask the same one statement by a hash of the same length, and both draw: no branch tells by its time."""
    await furnish(front_db)
    drawn: list[bytes] = []
    draw = queries.placed_region
    monkeypatch.setattr(queries, "placed_region", lambda *given: drawn.append(given[0]) or draw(*given))
    asked: dict[str, list[str]] = {}
    connection = await asyncpg.connect(front_db.dsn("wx_front"))
    try:
        for name in ("known-eu.example", "unknown.example"):
            digest = queries_digest(name)
            await queries.region_of(Recorded(connection, asked.setdefault(name, [])), digest)
    finally:
        await connection.close()
    assert asked["known-eu.example"] == asked["unknown.example"]
    assert len(asked["known-eu.example"]) == 1
    assert len(drawn) == 2


def queries_digest(domain: str) -> bytes:
    """Hash a domain as the front door does."""
    from portal.directory.rules import domain_digest  # noqa: PLC0415 - beside its only use

    return domain_digest(KEY, domain)


async def test_staff_choose_their_region(door: FrontDoor) -> None:
    """A region that was chosen is gone to, for known and unknown domains alike; an unknown one is no choice."""
    for email in ("a@known-eu.example", "a@unknown.example"):
        answer = await door.asked(email, region="cn")
        assert answer.headers["location"] == f"{CELLS['cn']}/sign-in/start"
    odd = await door.asked("a@known-eu.example", region="xx")
    assert odd.headers["location"] == f"{CELLS['eu']}/sign-in/start"


@pytest.mark.parametrize("tag", ["en", "zh-Hans", "ar"])
async def test_the_page_asks_and_leads(door: FrontDoor, tag: str) -> None:
    """The page has the form and a link to each cell in its language, and says what is no address."""
    visitor = door.visitor(tag)
    page = await visitor.open("/")
    assert all(f'href="{url}/{tag}/sign-in"' in page.text for url in CELLS.values())
    await visitor.submit("/sign-in", expect=422, email="nobody")
    assert 'value="nobody"' in visitor.answer.text


async def test_forms_go_to_the_cells_and_nowhere_else(door: FrontDoor) -> None:
    """The policy names the own origin and the cells as targets of a form; scripts stay at home."""
    async with door.client() as client:
        policy = (await client.get("/en/")).headers["content-security-policy"]
    assert f"form-action 'self' {' '.join(CELLS.values())};" in policy
    assert "connect-src 'self';" in policy


async def test_an_address_is_kept_nowhere(door: FrontDoor, front_db: FrontDb) -> None:
    """No log line, no header and no table holds the address or its domain."""
    with capture_logs() as lines:
        answer = await door.asked("canary.name@known-eu.example")
    said = json.dumps(lines, default=str) + str(answer.headers)
    assert "canary" not in said
    assert "known-eu" not in said
    owner = await asyncpg.connect(front_db.dsn("wx_admin"))
    tables = await owner.fetch("select tablename from pg_tables where schemaname = 'public'")
    for (table,) in tables:
        text = "\n".join(row[0] for row in await owner.fetch(f'select t::text from "{table}" t'))
        assert "known-" not in text, table
    await owner.close()


@pytest.mark.parametrize("email", ["", "nobody", "a@\u0000b.example", "x" * 400 + "@y.example", "<b>@c d"])
async def test_what_is_no_address_is_refused(door: FrontDoor, email: str) -> None:
    """What is no address is 422 before anything is looked up."""
    assert (await door.asked(email)).status_code == 422


async def test_a_region_without_a_cell_is_said(door: FrontDoor) -> None:
    """A domain whose region does not run here is told so, with the ways that are open."""
    answer = await door.asked("a@known-me.example", path="/en/sign-in")
    assert answer.status_code == 503
    assert "cannot be reached" in answer.text


async def test_ready_says_what_is_missing(front_db: FrontDb) -> None:
    """Before it is furnished the front door lacks its list; afterwards it is ready."""
    async with front_door(front_db.dsn("wx_front")) as made, made.client() as client:
        empty = await client.get("/readyz")
        await furnish(front_db)
        full = await client.get("/readyz")
    assert (empty.status_code, empty.json()["missing"]) == (503, ["placement"])
    assert (full.status_code, full.json()["missing"]) == (200, [])


async def test_without_its_database_the_door_still_opens(front_db: FrontDb) -> None:
    """With the database away the page and the links are there, the choice works, an address is told to wait."""
    nowhere = front_db.dsn("wx_front").replace("host=", "host=/nowhere")
    async with front_door(nowhere) as made:
        async with made.client() as client:
            assert (await client.get("/en/")).status_code == 200
            ready = await client.get("/readyz")
            assert (ready.status_code, ready.json()["missing"]) == (503, ["database"])
        answer = await made.asked("a@known-eu.example", path="/en/sign-in")
        assert answer.status_code == 503
        assert CELLS["eu"] in answer.text
        assert (await made.asked("a@known-eu.example", region="cn")).status_code == 307


async def test_the_front_door_only_reads(front_db: FrontDb) -> None:
    """Its login role may change nothing of the directory; the owner may not change the frozen list either."""
    await furnish(front_db)
    front = await asyncpg.connect(front_db.dsn("wx_front"))
    for table in ("cell", "sign_in_domain", "placement"):
        for deed in (f"delete from {table}", f"update {table} set region = 'us'", f"truncate {table}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await front.execute(deed)
    await front.close()
    owner = await asyncpg.connect(front_db.dsn("wx_admin"))
    await freeze_placement(owner, ["us", "me"])
    assert await owner.fetchval("select array_agg(region order by position) from placement") == ["eu", "cn"]
    for deed in ("delete from placement", "update placement set region = 'us'", "truncate placement"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await owner.execute(deed)
    await owner.close()


async def test_what_is_written_again_is_the_newest(front_db: FrontDb) -> None:
    """A cell that moved and a domain that moved are written over; a cell that is gone is forgotten."""
    await furnish(front_db)
    owner = await asyncpg.connect(front_db.dsn("wx_admin"))
    await list_cells(owner, {"cn": "http://elsewhere.test"})
    await place_domains(owner, KEY, {"known-eu.example": "cn"})
    assert [tuple(row) for row in await owner.fetch("select * from cell")] == [
        ("cn", "http://elsewhere.test")
    ]
    assert await queries.region_of(owner, queries_digest("known-eu.example")) == "cn"
    with pytest.raises(NoDomain):
        await place_domains(owner, KEY, {"no domain": "cn"})
    await owner.close()


@pytest.mark.parametrize("tag", ["en", "zh-Hans", "ar"])
async def test_every_link_of_the_page_leads_somewhere(door: FrontDoor, tag: str) -> None:
    """The page and its refusals link to nothing that only a cell has; changing the language leads to the form."""
    visitor = door.visitor(tag)
    await visitor.open("/")
    await visitor.submit("/sign-in", expect=422, email="nobody")
    links = re.findall(r'href="(/[^"]*)"', visitor.answer.text)
    assert f"/{tag}/sign-in" in links
    async with door.client() as client:
        for link in links:
            assert (await client.get(link, follow_redirects=True)).status_code == 200, link
