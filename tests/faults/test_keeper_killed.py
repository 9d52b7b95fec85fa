"""The keeper killed while it opens values, seen over HTTP: a proper answer with its entry, or nothing."""

import asyncio
import json

import httpx

from tests.faults.site import Site
from tests.security.keeper.stage import PASSPORT

ASKERS = 8


async def _ask_until_refused(
    site: Site, client: httpx.AsyncClient, opened: list[httpx.Response]
) -> httpx.Response:
    while (answer := await site.reveal(client)).status_code == 200:
        opened.append(answer)
    return answer


def _must_be_unavailable(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "security:keeper_unavailable")
    assert answer.headers["content-type"] == "application/problem+json"
    assert PASSPORT not in answer.text


async def _has_its_entry(site: Site, answer: httpx.Response) -> None:
    body = answer.json()
    assert body["value"] == PASSPORT
    async with site.owner() as owner:
        leaf = await owner.fetchval("select leaf from ledger_leaf where index = $1", body["entry"]["index"])
    assert leaf == body["entry"]["leaf"]
    assert json.loads(leaf)["req"] == answer.headers["x-request-id"]


async def test_a_keeper_killed_under_reveals(site: Site) -> None:
    """Each number given has its entry, everybody else gets a clear 503; with a new keeper web goes on as it is."""
    await site.with_passport()
    operations = await site.stepped_up("operations")
    web = site.pid("web")
    opened: list[httpx.Response] = []
    asking = [asyncio.create_task(_ask_until_refused(site, operations, opened)) for _ in range(ASKERS)]
    while len(opened) < ASKERS and not any(task.done() for task in asking):
        await asyncio.sleep(0.005)
    site.processes["keeper"].kill()
    for answer in await asyncio.gather(*asking):
        _must_be_unavailable(answer)
    _must_be_unavailable(await site.reveal(operations))
    assert len(opened) >= ASKERS
    for answer in opened:
        await _has_its_entry(site, answer)
    site.launch("keeper")
    await site.ready()
    await _has_its_entry(site, await site.reveal(operations))
    assert site.pid("web") == web
    await site.is_whole()
