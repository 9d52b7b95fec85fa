"""A real keeper process, killed again and again while it answers reveals."""

import asyncio
import contextlib
import os
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from infra.environment import PLAIN
from security.keeper.client import KeeperClient, KeeperRefused, KeeperUnavailable
from security.keeper.vault_messages import Reveal
from security.settings import Limits
from tests.database import CellDb
from tests.fuzz.asking import Asker
from tests.fuzz.checking import Watch
from tests.fuzz.deeds import SCAN, Deeds, deeds_on
from tests.fuzz.in_process import MANY, _verifier
from tests.security.keeper.stage import PASSPORT, Stage, ready, staged

ROOT = Path(__file__).parents[2]
CALLERS = 8
LONGEST = 0.4  # seconds of load before the kill, once there is an answer
FIRST = 5.0
DEEDS = 0.3  # the share of what is asked that is no reveal


@dataclass
class Killed:
    """How often the keeper was killed, and what it had said until then."""

    kills: int = 0
    answers: int = 0
    said: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


async def run(db: CellDb, *, kills: int, seed: int, seconds: float = float("inf"), say: Any = None) -> Killed:
    """Kill the keeper so many times, or as often as there is time for."""
    dice, done, began = random.Random(seed), Killed(), time.monotonic()
    limits = Limits(reveals_per_minute=MANY, step_up_uses=MANY, step_up_seconds=10**8, session_seconds=10**8)
    async with (
        staged(db, limits=limits) as stage,
        asyncpg.create_pool(db.dsn("wx_admin"), min_size=1, max_size=2) as admin,
    ):
        stage.clock.at = _now()  # a keeper of its own process reads the real clock
        await _move_leg(stage)
        deeds = await deeds_on(stage, dice, admin)
        asker = Asker(stage, dice, deeds.people.operations, "", "", PASSPORT, deeds)
        watch = Watch(_verifier(stage), PASSPORT, SCAN)
        await stage.client.close()
        await stage.ended()
        while done.kills < kills and time.monotonic() - began < seconds:
            await _once(stage, asker, watch, dice)
            done.kills += 1
            await deeds.find_lost()
            if say is not None and done.kills % 10 == 0:
                say(done, watch)
        await watch.compare(stage.owner)
    done.said = watch.answers
    done.answers, done.faults, done.seconds = watch.handed_out, watch.faults, time.monotonic() - began
    return done


async def _once(stage: Stage, asker: Asker, watch: Watch, dice: random.Random) -> None:
    """Start a keeper, load it, kill it amid the load."""
    with _keeper(stage) as process:
        client = KeeperClient(f"unix:{stage.settings.socket}")
        await ready(client)
        load = [asyncio.create_task(_load(client, asker, asker.deeds, watch)) for _ in range(CALLERS)]
        before = watch.handed_out
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST):
                while watch.handed_out == before:  # killed before it said anything, it would prove little
                    await asyncio.sleep(0.005)
        await asyncio.sleep(dice.random() * LONGEST)
        process.kill()
        await asyncio.gather(*load)
        await client.close()
        process.wait()


async def _load(client: KeeperClient, asker: Asker, deeds: Deeds | None, watch: Watch) -> None:
    """Ask until the keeper is gone: reveals, which it must not refuse, and steps of deeds, which it may."""
    while True:
        ask: Any = asker.reveal()
        if deeds is not None and asker.dice.random() < DEEDS:
            ask = deeds.draw()
            await deeds.prepare(ask)
        try:
            answer: Any = await client._ask(ask, object)
        except KeeperRefused as refused:
            if isinstance(ask, Reveal):
                watch.faults.append(f"refused: {refused.code}")
                return
        except KeeperUnavailable:
            return
        else:
            watch.answered(answer, ask)
            if deeds is not None:
                deeds.learn(ask, answer)


def _keeper(stage: Stage) -> "subprocess.Popen[bytes]":
    settings = stage.settings
    environment = {
        **{key: os.environ[key] for key in PLAIN if key in os.environ},
        "WX_REGION": settings.region,
        "WX_DATABASE_URL": settings.database_url,
        "WX_KEYSTORE_URL": settings.keystore_url,
        "WX_KEEPER_URL": f"unix:{settings.socket}",
        "WX_CUSTODIAN": settings.custodian,
        "WX_BLOB_URL": f"file:{settings.blobs}",
        "WX_REVEALS_PER_MINUTE": "1000000000",
        "WX_STEP_UP_USES": "1000000000",
    }
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, "-m", "security.keeper"], cwd=ROOT, env=environment, stderr=quiet, stdout=quiet
    )


def _now() -> Any:
    from datetime import UTC, datetime  # noqa: PLC0415 -- here alone the real clock is read

    return datetime.now(UTC)


async def _move_leg(stage: Stage) -> None:
    """Let the leg leave in three days of the real clock."""
    await stage.owner.execute(
        "update leg set departs_at = now() + interval '3 days', arrives_at = now() + interval '3 days 2 hours'"
    )
