"""The ledger beside a portal: leaves a second while lists are read; what an entry costs its action."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Any, Final
from unittest.mock import patch

import asyncpg
import httpx

from audit import ledger
from portal.web import unit
from tests import database
from tests.bench import callers, wrk
from tests.bench.figures import Promise
from tests.bench.ledger_rows import fill
from tests.bench.stage import Stage, staged
from tests.portal.house import House, house

WAITING: Final = 8_000  # entries that are kept waiting for the sequencer
AT_ONCE: Final = 2_000
MOST: Final = 25_000  # leaves a second that are stated beforehand
CALLERS: Final = 8
STEADY: Final = 20  # lists a second
EDITS: Final = 300


def beside(folder: Path, seconds: int) -> list[Promise]:
    """Look at lists for so many seconds while the keeper always has entries to take.

    First as a desk of some hundred people does, twenty lists a second: the entries were stated before the clock starts,
    as where the sequencer is alone; then they are stated meanwhile. Then as many lists as the portal bears.
    """
    with staged(folder, peers=False) as stage, ThreadPoolExecutor(1) as pool:
        asks = callers.lists(stage)
        address = stage.addresses["waxwing"]
        quiet = wrk.load(address, asks, stage.folder, callers=CALLERS, seconds=5)
        rate, slowest = asyncio.run(
            _drained(stage, partial(pool.submit, _steadily, address, asks, seconds), seconds)
        )
        steady = pool.submit(_steadily, address, asks, seconds)
        meanwhile, slowest_meanwhile = asyncio.run(_fed(stage, seconds)), steady.result()
        lists = pool.submit(wrk.load, address, asks, stage.folder, callers=CALLERS, seconds=seconds)
        full, load = asyncio.run(_fed(stage, seconds)), lists.result()
    print(f"\n{STEADY} lists/s beside {rate:,.0f} leaves/s, p99 of a list {slowest:.0f} ms;")
    print(f"while they are stated {meanwhile:,.0f} leaves/s, p99 of a list {slowest_meanwhile:.0f} ms")
    print(f"lists alone {quiet.rate:,.0f}/s; as many as it bears {load.rate:,.0f}/s, p99 {load.p99:.0f} ms,")
    print(f"beside {full:,.0f} leaves/s")
    return [Promise(f"leaves sequenced beside a portal, {seconds} s", rate, 15_000, "/s", least=True)]


def _steadily(address: str, asks: Sequence[wrk.Ask], seconds: int) -> float:
    """Ask `STEADY` times a second; give the 99th percentile in milliseconds. Raises on any answer but success."""
    took = []
    with httpx.Client(base_url=address) as client:
        began = time.perf_counter()
        for turn in range(seconds * STEADY):
            time.sleep(max(0.0, began + turn / STEADY - time.perf_counter()))
            ask, asked = asks[turn % len(asks)], time.perf_counter()
            name, _, value = ask.credential.partition(": ")
            client.get(ask.path, headers={name: value}).raise_for_status()
            took.append(time.perf_counter() - asked)
    return sorted(took)[len(took) * 99 // 100] * 1000


async def _drained(stage: Stage, begin: "Callable[[], Future[float]]", seconds: int) -> tuple[float, float]:
    """State more than can be taken; give leaves a second, and what the lists meanwhile say."""
    owner = await asyncpg.connect(stage.cell.dsn("wx_admin"))
    web = await asyncpg.connect(stage.cell.dsn("wx_web"))
    try:
        before = await _size(owner)
        async with web.transaction():
            for _ in range(seconds * MOST // AT_ONCE):
                await fill(web, AT_ONCE, mixed=False)
        lists, start, began = begin(), await _size(owner), time.perf_counter()
        while time.perf_counter() < began + seconds and await _size(owner) < before + seconds * MOST:
            await asyncio.sleep(0.05)
        rate = (await _size(owner) - start) / (time.perf_counter() - began)
        return rate, await asyncio.wrap_future(lists)
    finally:
        await owner.close()
        await web.close()


async def _fed(stage: Stage, seconds: int) -> float:
    owner = await asyncpg.connect(stage.cell.dsn("wx_admin"))
    web = await asyncpg.connect(stage.cell.dsn("wx_web"))
    try:
        await fill(web, WAITING, mixed=False)
        stated, before, began = WAITING, await _size(owner), time.perf_counter()
        while time.perf_counter() < began + seconds:
            if before + stated - await _size(owner) < WAITING:
                await fill(web, AT_ONCE, mixed=False)
                stated += AT_ONCE
            await asyncio.sleep(0.005)
        return (await _size(owner) - before) / (time.perf_counter() - began)
    finally:
        await owner.close()
        await web.close()


async def _size(owner: Any) -> int:
    size: int = await owner.fetchval("select size from ledger_head")
    return size


class Clocked:
    """Times each entry that an action states."""

    def __init__(self) -> None:
        self.spent = 0.0

    async def record(self, connection: Any, facts: Any) -> None:
        began = time.perf_counter()
        await ledger.record(connection, facts)
        self.spent += time.perf_counter() - began


async def share() -> list[Promise]:
    """Change a passenger's address again and again, in one process with the app; the entry's part of each action."""
    clocked = Clocked()
    with redirect_stdout(StringIO()), patch.object(unit, "record", clocked.record):
        async with database.lone_cell() as lone, house(lone.db) as here:
            shares, took = await _edits(here, clocked)
    print(
        f"\na change of a passenger takes {median(took) * 1000:.1f} ms, its entry {median(shares):.1f} % of that"
    )
    return [Promise("an entry's share of the action that makes it", median(shares), 15, "%")]


async def _edits(here: House, clocked: Clocked) -> tuple[list[float], list[float]]:
    client = await here.api("booker")
    shares, took = [], []
    for nth in range(EDITS):
        clocked.spent, began = 0.0, time.perf_counter()
        answer = await client.patch(
            f"/api/v1/passengers/{here.mei}", json={"email": f"mei.{nth}@example.com"}
        )
        spent = time.perf_counter() - began
        answer.raise_for_status()
        assert clocked.spent
        took.append(spent)
        shares.append(clocked.spent / spent * 100)
    return shares, took
