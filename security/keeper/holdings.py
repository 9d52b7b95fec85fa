"""What the keeper holds: databases, keys, ledger. Opened with patience, opened again when it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

import asyncpg
import structlog

from audit.blobs import Blobs
from audit.sequencer import Sequencer
from security.keeper.case import gather
from security.keeper.connection import KeeperUnavailable
from security.keeper.held import Held
from security.keeper.keys_made import state_keys
from security.keeper.subject_keys import keys_of
from security.keeper.together import Together
from security.settings import KeeperSettings
from security.sign_in.gate import Gate, Memory
from security.sign_in.often import Rate, Recently
from security.sign_in.passwords import Passwords
from security.sign_in.step_up import use_step_ups
from security.vault.custody import Custody

FIRST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 5.0
MINUTE: Final = 60
_SEQUENCER_CONNECTIONS: Final = 4

_log = structlog.get_logger(process="keeper")


class Holdings:
    """Holds on, until cancelled, to everything an operation needs; names what is missing meanwhile."""

    def __init__(self, settings: KeeperSettings, blobs: Blobs, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._blobs = blobs
        self._now = now
        self._passwords = Passwords(settings.password_cost, settings.password_threads)
        self._memory = Memory(Recently(MINUTE))
        self._reveals = Rate(settings.limits.reveals_per_minute, MINUTE)
        self._viewed = Recently(settings.limits.view_repeat_seconds)
        self._custody: Custody | None = None
        self._pools: dict[str, asyncpg.Pool] = {}
        self._held: Held | None = None

    def held(self) -> Held:
        """Give what an operation needs; raises `KeeperUnavailable` while something is missing."""
        if self._held is None:
            raise KeeperUnavailable
        return self._held

    def missing(self) -> list[str]:
        """Name in codes what is not there."""
        there = {
            "custody": self._custody is not None,
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
        if self._custody is None:
            self._custody = await asyncio.to_thread(Custody.open, settings.custodian, settings.region)
        await self._pool("main", settings.database_url, settings.connections)
        # Its commits do not wait for the disk: only what a later ledger commit makes durable goes here.
        await self._pool("quick", settings.database_url, settings.connections, synchronous_commit="off")
        await self._pool("ledger", settings.database_url, _SEQUENCER_CONNECTIONS)
        await self._pool("keys", settings.keystore_url, settings.connections)

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
        if self._custody is None:
            raise KeeperUnavailable
        custody = self._custody
        sequencer = Sequencer(
            self._pools["ledger"],
            region=self._settings.region,
            log_name=self._settings.log_name,
            signing_seed=custody.log_signing_seed,
            link_key=custody.link_key,
            blobs=self._blobs,
            now=self._now,
        )
        await sequencer.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(sequencer.run())
            await state_keys(self._pools["main"], sequencer, custody)
            self._held = self._gathered(custody, sequencer)
            _log.info("keeper_ready", region=self._settings.region)

    def _gathered(self, custody: Custody, sequencer: Sequencer) -> Held:
        secret, limits = custody.link_key, self._settings.limits
        gate = Gate(self._pools["main"], sequencer, secret, self._passwords, limits, self._memory)
        quick, keys = self._pools["quick"], self._pools["keys"]
        return Held(
            region=self._settings.region,
            gate=gate,
            quick=quick,
            keys=keys,
            custody=custody,
            case_of=Together(partial(gather, quick)),
            use_of=Together(partial(use_step_ups, quick)),
            key_of=Together(partial(keys_of, keys)),
            reveals=self._reveals,
            viewed=self._viewed,
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
