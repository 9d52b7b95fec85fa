"""Operations in this process, half of them struck by an exception or a cancellation at one of their awaits."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import pytest

from audit.checkpoint import origin_of
from audit.note import ED25519, Signer
from security.keeper import find, indexing
from security.keeper.holdings import Holdings
from security.keeper.operations import Operations
from security.settings import Limits
from security.vault.custody import Custody
from tests.database import CellDb
from tests.fuzz.asking import Asker
from tests.fuzz.checking import Watch
from tests.fuzz.deeds import SCAN, deeds_on
from tests.fuzz.faulty import FaultyBlobs, break_statements
from tests.fuzz.interrupted import Interrupted
from tests.security.keeper.stage import PASSPORT, Stage, staged

MANY = 2**31 - 1
AT_ONCE = 32
DEEPEST = 6  # suspensions of an operation that succeeds, or one more
COMPARED = 20_000  # operations between two lines on the terminal
LOOKED_AFTER = 500  # operations between two looks for requests whose answers were lost
ERRORS: tuple[type[BaseException], ...] = (
    asyncio.CancelledError,
    TimeoutError,
    OSError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.InterfaceError,
    MemoryError,
    RuntimeError,
)


@dataclass
class Run:
    """What was done, what it met, and what was wrong."""

    operations: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    opened: int = 0
    handed_out: int = 0
    led_anew: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


async def run(
    db: CellDb, *, operations: int, seed: int, seconds: float = float("inf"), say: Any = None
) -> Run:
    """Do so many operations, or as many as there is time for, and compare what was opened with the ledger."""
    dice, done = random.Random(seed), Run()
    limits = Limits(
        reveals_per_minute=MANY,
        finds_per_minute=MANY,
        step_up_uses=MANY,
        step_up_seconds=10**8,
        session_seconds=10**8,
        failures=MANY,
        failures_per_address=MANY,
    )
    async with (
        staged(db, limits=limits) as stage,
        asyncpg.create_pool(db.dsn("wx_admin"), min_size=1, max_size=2) as admin,
    ):
        deeds = await deeds_on(stage, dice, admin)
        tokens = (deeds.people.operations, deeds.people.booker, await stage.sign_in("traveller"))
        asker = Asker(stage, dice, *tokens, PASSPORT, deeds)
        await stage.client.close()
        await stage.ended()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(find, "TICK", 0.001)
            patch.setattr(indexing, "PAUSE", 0.2)
            watch = Watch(_verifier(stage), PASSPORT, SCAN)
            watch.stand_at_the_door(patch)
            await _strike(stage, asker, watch, done, operations, seconds, patch, say)
        await watch.compare(stage.owner)
    done.opened, done.handed_out, done.faults = watch.opened, watch.handed_out, watch.faults
    done.answers = watch.answers
    return done


def _verifier(stage: Stage) -> Any:
    custody = Custody.open(stage.settings.custodian, stage.settings.region)
    name = origin_of(stage.settings.log_name, stage.settings.region)
    return Signer.from_seed(name, custody.log_signing_seed).verifier(ED25519)


async def _strike(
    stage: Stage, asker: Asker, watch: Watch, done: Run, operations: int, seconds: float, patch: Any, say: Any
) -> None:
    blobs = FaultyBlobs(stage.settings.blobs, asker.dice, 0.002)
    holdings = Holdings(replace(stage.settings, connections=8), blobs, stage.clock)
    answering = Operations(holdings, stage.clock, in_flight=AT_ONCE, seconds=10)
    holding = asyncio.create_task(holdings.hold())
    while holdings.missing():
        await asyncio.sleep(0.05)
    break_statements(patch, asker.dice, 0.0002)
    began = time.monotonic()
    end = began + seconds

    async def work() -> None:
        while done.operations < operations and time.monotonic() < end:
            done.operations += 1
            count = done.operations
            await _ask(answering, asker, watch, done)
            if holdings.missing():
                await _back(holdings, done)
            if say is not None and count % COMPARED == 0:
                say(done, watch)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    done.seconds = time.monotonic() - began
    holding.cancel()
    await asyncio.wait([holding])
    await holdings.close()


async def _back(holdings: Holdings, done: Run) -> None:
    """Wait until the keeper leads its ledger again."""
    done.led_anew += 1
    while holdings.missing():
        await asyncio.sleep(0.02)


async def _ask(answering: Operations, asker: Asker, watch: Watch, done: Run) -> None:
    """Draw one thing, ask it, look at the answer and learn from it."""
    ask, deeds = asker.draw(), asker.deeds
    if deeds is not None:
        await deeds.prepare(ask)
        if done.operations % LOOKED_AFTER == 0:
            await deeds.find_lost()
    answer = await _one(answering, asker, ask, done)
    watch.answered(answer, ask)
    if deeds is not None:
        deeds.learn(ask, answer)


async def _one(answering: Operations, asker: Asker, ask: Any, done: Run) -> Any:
    """Ask one thing in a task of its own; half of them are struck."""
    work: Any = answering.answer(asker.call(ask))
    error = asker.dice.choice(ERRORS)
    if asker.dice.random() < 0.5:
        struck = Interrupted(work, asker.dice.randrange(1, DEEPEST), error("struck"))

        async def stepped() -> Any:
            try:
                return await struck
            finally:
                if struck.struck:
                    done.struck[error.__name__] += 1

        work = stepped()
    task = asyncio.ensure_future(work)
    await asyncio.wait([task])
    return None if task.cancelled() or task.exception() is not None else task.result()
