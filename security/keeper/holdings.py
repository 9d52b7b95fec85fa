"""What the keeper holds: databases, keys, ledger. Opened with patience, opened again when it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

import asyncpg
import structlog

from audit import stored
from audit.blobs import Blobs
from audit.sequencer import Sequencer
from audit.witness_state import StateRefused
from security.blobs.opening import open_store
from security.keeper.asking import Asking
from security.keeper.case import gather
from security.keeper.connection import KeeperUnavailable
from security.keeper.erasures import Erasures, replay_pools
from security.keeper.held import Held
from security.keeper.indexing import keep_indexes
from security.keeper.keys_made import is_stated, state_custodian, state_keys, state_replay, state_witness
from security.keeper.matrix_store import MatrixStore
from security.keeper.minding import KeyMinder
from security.keeper.org_keys import OrgKeys
from security.keeper.quiet_box import QuietBox
from security.keeper.rates import Rates
from security.keeper.ring import Ring
from security.keeper.scans_held import ScansHeld
from security.keeper.searching import Finder
from security.keeper.subject_keys import keys_of
from security.keeper.together import Together
from security.keeper.watch import Watch
from security.keeper.witness_files import WitnessFiles
from security.keeper.witnessing import Witnessing
from security.settings import KeeperSettings
from security.sign_in.gate import Gate, Memory
from security.sign_in.often import Rate, Recently
from security.sign_in.passwords import Passwords
from security.sign_in.step_up import use_step_ups
from security.vault.custody import Custody
from security.vault.indexes import declare_all

FIRST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 5.0
MINUTE: Final = 60
_SEQUENCER_CONNECTIONS: Final = 4

_log = structlog.get_logger(process="keeper")


class Holdings:
    """Holds on, until cancelled, to everything an operation needs; names what is missing meanwhile."""

    def __init__(self, settings: KeeperSettings, blobs: Blobs, now: Callable[[], datetime]) -> None:
        declare_all(
            bits=settings.index_bits, expected_rows=settings.index_rows
        )  # refused before anything is open
        self._settings = settings
        self._blobs = blobs
        self._now = now
        self._passwords = Passwords(settings.password_cost, settings.password_threads)
        self._memory = Memory(Recently(MINUTE))
        self._finds = Rate(settings.limits.finds_per_minute, MINUTE)
        self._viewed = Recently(settings.limits.view_repeat_seconds)
        self._ring: Ring | None = None
        self._scans = ScansHeld(open_store(settings.scan_store, settings.region))
        self._pools: dict[str, asyncpg.Pool] = {}
        self._held: Held | None = None
        self._witnessing: Witnessing | None = None
        self._erasures: Erasures | None = None

    def held(self) -> Held:
        """Give what an operation needs; raises `KeeperUnavailable` while something is missing."""
        if self._held is None:
            raise KeeperUnavailable
        return self._held

    def missing(self) -> list[str]:
        """Name in codes what is not there."""
        there = {
            "custody": self._ring is not None,
            "database": "main" in self._pools,
            "keystore": "keys" in self._pools,
            "sequencer": self._held is not None and self._held.sequencer.leading,
        }
        return [name for name, held in there.items() if not held]

    async def hold(self) -> None:
        """Open what is missing, lead the ledger, and begin again when that ends; never returns by itself."""
        wait = FIRST_WAIT
        while True:
            try:
                await self._open()
                await self._lead()
            except Exception as error:  # noqa: BLE001 - whatever it was, the keeper must try again
                led, self._held = self._held is not None, None
                wait = FIRST_WAIT if led else min(wait * 2, LONGEST_WAIT)
                _log.warning("keeper_waits", missing=self.missing(), cause=_cause(error), seconds=wait)
            await asyncio.sleep(wait)

    async def close(self) -> None:
        """Let go of everything."""
        self._held = None
        self._passwords.close()
        for pool in self._pools.values():
            pool.terminate()

    async def _open(self) -> None:
        settings = self._settings
        if self._ring is None:
            custody = await asyncio.to_thread(Custody.open, settings.custodian, settings.region)
            self._ring = Ring(custody)
        if self._witnessing is None and settings.witness is not None:
            name = f"{settings.log_name}/witness/{settings.region}"
            files = await asyncio.to_thread(WitnessFiles, settings.witness)
            self._witnessing = Witnessing(files, name, self._ring.custody, self._now)
        if self._erasures is None and settings.erasures is not None:
            self._erasures = await asyncio.to_thread(Erasures, settings.erasures)
        url, size = settings.database_url, settings.connections
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pool("main", url, size))
            # Its commits do not wait for the disk: only what a later ledger commit makes durable goes here.
            group.create_task(self._pool("quick", url, size, synchronous_commit="off"))
            group.create_task(self._pool("ledger", url, _SEQUENCER_CONNECTIONS))
            group.create_task(self._pool("keys", settings.keystore_url, size))

    async def _pool(self, name: str, url: str, size: int, **server: str) -> None:
        if name not in self._pools:
            self._pools[name] = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=size,
                command_timeout=self._settings.limits.operation_seconds,
                server_settings={"timezone": "UTC", "application_name": f"keeper {name}"} | server,
                reset=_tidy,
            )

    async def _lead(self) -> None:
        if self._ring is None:
            raise KeeperUnavailable
        custody = self._ring.custody
        async with self._pools["ledger"].acquire() as connection:
            generation = await stored.generation(connection)
        witnessing = self._witnessing
        sequencer = Sequencer(
            self._pools["ledger"],
            region=self._settings.region,
            log_name=self._settings.log_name,
            signing_seed=custody.log_signing_seed,
            next_seed=custody.log_next_seed,
            link_key=custody.link_key,
            blobs=self._blobs,
            now=self._now,
            generation=generation,
            known=witnessing.files.others_hold if witnessing else tuple,
        )
        if witnessing is not None:
            witnessing.files.publish_keys(sequencer.vkey, witnessing.vkeys)
        if self._erasures is not None and (back := await self._take_away_again(self._erasures)):
            _log.warning("erased_came_back", count=back)
        await sequencer.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(sequencer.run())
            await state_replay(sequencer)
            await state_keys(self._pools["main"], sequencer, custody)
            await state_custodian(self._pools["main"], sequencer, custody)
            if witnessing is not None:
                await self._begin_witness(witnessing, sequencer)
            matrix = MatrixStore(self._pools["main"], sequencer, custody)
            await matrix.begin(self._now())
            rates = Rates(self._settings.limits.reveals_per_minute)
            await rates.begin(self._pools["main"], self._now())
            self._held = self._gathered(self._ring, sequencer, matrix, rates)
            group.create_task(KeyMinder(self._held, self._now).run())
            group.create_task(keep_indexes(self._held))
            group.create_task(Watch(self._held, self._now).run())
            _log.info("keeper_ready", region=self._settings.region)

    async def _take_away_again(self, erasures: Erasures) -> int:
        """See that nobody who was erased has come back by a backup."""
        return await replay_pools(erasures, self._pools["ledger"], self._pools["keys"])

    async def _begin_witness(self, witnessing: Witnessing, sequencer: Sequencer) -> None:
        """Let it remember from now on; one that has cosigned before and forgot it cosigns nothing more."""
        main = self._pools["main"]
        new = [key for key in witnessing.vkeys if not await is_stated(main, key)]
        is_first = witnessing.vkeys[0] in new
        try:
            remembers = witnessing.files.begin_state(is_first=is_first)
        except StateRefused:
            remembers = False
        if not remembers:
            _log.error("witness_state_lost", region=self._settings.region)
        for key in new:
            await state_witness(sequencer, key)
        witnessing.alarms.sequencer = sequencer

    def _gathered(self, ring: Ring, sequencer: Sequencer, matrix: MatrixStore, rates: Rates) -> Held:
        secret, limits = ring.custody.link_key, self._settings.limits
        gate = Gate(self._pools["main"], sequencer, secret, self._passwords, limits, self._memory)
        quick, keys = self._pools["quick"], self._pools["keys"]
        return Held(
            region=self._settings.region,
            gate=gate,
            quick=quick,
            keys=keys,
            ring=ring,
            case_of=Together(partial(gather, quick)),
            use_of=Together(partial(use_step_ups, quick)),
            key_of=Together(partial(keys_of, keys)),
            matrix=matrix,
            reveals=rates,
            box=QuietBox(ring.custody),
            viewed=self._viewed,
            org_keys=OrgKeys(keys, self._settings.region, self._settings.kms_endpoint),
            finder=Finder.begin(
                ring.custody,
                self._finds,
                bits=self._settings.index_bits,
                expected_rows=self._settings.index_rows,
            ),
            scans=self._scans,
            witnessing=self._witnessing,
            erasures=self._erasures,
            asking=Asking(self._witnessing, self._pools["main"]) if self._witnessing else None,
        )


def _cause(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    reason = getattr(error, "fields", {}).get("reason", "")  # a code too, such as `behind` or `fork`
    return " ".join(filter(None, (str(getattr(error, "code", type(error).__name__)), str(reason))))


async def _tidy(connection: asyncpg.Connection[Any]) -> None:
    """Leave a connection as it was found; only a transaction needs that, and it costs a round trip."""
    if connection.is_in_transaction():
        await connection.reset()
