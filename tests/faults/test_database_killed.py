"""PostgreSQL killed while people work: what was acknowledged is there, the rest was clearly refused."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field

import httpx

from tests.faults.site import BASE, DOCUMENT, PATIENCE, Site, until

WRITERS = 6
ENOUGH = 12
PERSON = {"name": {"family": "Without room"}}
LOAD = "Written under load"
CREATED = "passengers:profile:created"
ENTRIES = {CREATED, "passengers:passport:sealed"}


@dataclass
class Load:
    """Clients who add passengers one after the other until told to stop, and what they were answered."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    kept: list[httpx.Response] = field(default_factory=list)
    refused: list[httpx.Response] = field(default_factory=list)
    longest: float = 0.0

    async def press(self, client: httpx.AsyncClient) -> None:
        """Add passengers."""
        person = {"name": {"family": LOAD}, "documents": [DOCUMENT]}
        while not self.stop.is_set():
            began = time.monotonic()
            answer = await client.post(BASE, json=person)
            self.longest = max(self.longest, time.monotonic() - began)
            (self.kept if answer.is_success else self.refused).append(answer)
            if not answer.is_success:
                await asyncio.sleep(0.02)  # so that the outage is asked about often, not constantly

    async def more(self, which: list[httpx.Response]) -> None:
        """Wait for further answers of one kind."""
        wanted = len(which) + ENOUGH

        async def is_enough() -> bool:
            return len(which) >= wanted

        await until(is_enough)


async def test_every_acknowledged_write_survives_a_power_cut(site: Site) -> None:
    """PostgreSQL is killed and restarted under writers: each 201 and its entries are there, the rest were 503."""
    load, before = Load(), len(await site.leaves(CREATED))
    booker = await site.client("booker")
    pids = {name: site.pid(name) for name in ("web", "keeper")}
    pressing = [asyncio.create_task(load.press(booker)) for _ in range(WRITERS)]
    try:
        await load.more(load.kept)
        site.power_cut()
        await load.more(load.refused)
        await site.power_back()
        await load.more(load.kept)
    finally:
        load.stop.set()
        await asyncio.gather(*pressing)
    assert {(a.status_code, a.headers["content-type"], a.json()["code"]) for a in load.refused} <= {
        (503, "application/problem+json", "web:unavailable"),
        (503, "application/problem+json", "security:keeper_unavailable"),
    }
    assert load.longest < PATIENCE
    assert {name: site.pid(name) for name in pids} == pids
    await site.ready()
    await _everything_is_there(site, load)
    async with site.owner() as owner:
        there = await owner.fetchval("select count(*) from passenger where family_name = $1", LOAD)
    # Also where nobody knows how the commit ended: the deed and its entry, or neither.
    assert len(await site.leaves(CREATED)) - before == there


async def _everything_is_there(site: Site, load: Load) -> None:
    await site.sequenced()
    async with site.owner() as owner:
        rows = await owner.fetch("select 'eu_' || id as id from passenger where family_name = $1", LOAD)
    assert {answer.json()["id"] for answer in load.kept} <= {row["id"] for row in rows}
    acts: dict[str, set[str]] = {}
    for leaf in await site.leaves():
        acts.setdefault(leaf["req"], set()).add(leaf["act"])
    assert all(acts[answer.headers["x-request-id"]] >= ENTRIES for answer in load.kept)
    await site.is_whole()


async def test_what_cannot_be_committed_leaves_no_connection_behind(site: Site) -> None:
    """Twenty writes whose commit the database refuses are twenty clear 503; the next one is done at once."""
    booker = await site.client("booker")
    async with site.owner() as owner:
        await owner.execute(
            "create function no_room() returns trigger language plpgsql as"
            " $$ begin raise exception 'no room' using errcode = 'disk_full'; end $$"
        )
        await owner.execute(
            "create constraint trigger full_disk after insert on passenger"
            " deferrable initially deferred for each row execute function no_room()"
        )
        for _ in range(20):
            answer = await booker.post(BASE, json=PERSON)
            assert (answer.status_code, answer.json()["code"]) == (503, "web:unavailable")
        await owner.execute("drop trigger full_disk on passenger")
        assert (await booker.post(BASE, json=PERSON)).status_code == 201
        assert await owner.fetchval("select count(*) from passenger where family_name = 'Without room'") == 1


async def test_people_who_hang_up_leave_no_connection_behind(site: Site) -> None:
    """After forty requests whose callers went away at any moment, the next one is answered at once."""
    booker = await site.client("booker")
    for nth in range(40):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.001 * nth):
                await booker.get(BASE)
    began = time.monotonic()
    assert (await booker.get(BASE)).status_code == 200
    assert time.monotonic() - began < PATIENCE
