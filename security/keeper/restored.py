"""After a restore and before anything is served: who was shredded is taken away again; and the drill that proves it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from audit.checkpoint import origin_of
from audit.ledger import export
from audit.note import Signer
from audit.stored import generation
from audit.verify import Trust, verify_bundle
from security.keeper.drill import Snapshot, snapshot, try_all, unwrapped
from security.keeper.erasures import Erasures, replay
from security.vault.custody import Custody


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill found. `passed` only if nothing of the shredded opened and the ledger is whole.

    `came_back` of `shredded` subjects were in the backup; `shredded_opened` counts their values that opened after the
    list was replayed, here or with the keys of the running cell; `still_wrapped` is how many of their keys in the
    backup's own files the custodian could open until those files are deleted or their epoch is destroyed.
    """

    shredded: int
    came_back: int
    still_wrapped: int
    shredded_opened: int
    opened: int
    closed: int
    ledger: str

    @property
    def passed(self) -> bool:
        """Say whether the drill passed."""
        return not self.shredded_opened and self.ledger == "whole"


async def replay_erasures(main_dsn: str, keys_dsn: str, erasures: Path) -> int:
    """Take away again whoever was shredded, in databases just restored; returns how many had come back."""
    main, keys = await asyncpg.connect(main_dsn), await asyncpg.connect(keys_dsn)
    try:
        return await replay(Erasures(erasures).all(), main, keys)
    finally:
        await main.close()
        await keys.close()


@dataclass(frozen=True, slots=True)
class Place:
    """The addresses of a pair of databases."""

    main: str
    keys: str


async def drill(
    restored: Place,
    live: Place | None,
    *,
    custodian: str,
    region: str,
    erasures: Path,
    work: Path,
    log_name: str,
) -> Drilled:
    """Replay the list in restored databases, then try to open everything, there and with the running cell's keys.

    `work` is a folder for the ledger's export. Raises `CustodyRefused`, `ErasuresDamaged`.
    """
    custody = Custody.open(custodian, region)
    listed = Erasures(erasures).all()
    before = (await _seen(restored, region)).of(listed)
    came_back = await replay_erasures(restored.main, restored.keys, erasures)
    after = await _seen(restored, region)
    shredded_opened = try_all(before.sealed, after.keys, custody).opened + len(after.of(listed).sealed)
    if live is not None:
        now = await _seen(live, region)
        shredded_opened += try_all(before.sealed, now.keys, custody).opened + len(now.of(listed).sealed)
    everything = try_all(after.sealed, after.keys, custody)
    ledger = await _ledger(restored.main, work, custody, log_name)
    return Drilled(
        shredded=len(listed),
        came_back=came_back,
        still_wrapped=unwrapped(before.keys, custody),
        shredded_opened=shredded_opened,
        opened=everything.opened,
        closed=everything.closed,
        ledger=ledger,
    )


async def _seen(place: Place, region: str) -> Snapshot:
    main, keys = await asyncpg.connect(place.main), await asyncpg.connect(place.keys)
    try:
        return await snapshot(main, keys, region)
    finally:
        await main.close()
        await keys.close()


async def _ledger(dsn: str, work: Path, custody: Custody, log_name: str) -> str:
    """Export the ledger and verify it with its own key; "whole", or the code of the first finding."""
    bundle = work / "ledger.zip"
    connection: Any = await asyncpg.connect(dsn)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            number = (await generation(connection)).number
            await export(connection, bundle)
    finally:
        await connection.close()
    name = origin_of(log_name, custody.region, number)
    key = Signer.from_seed(name, custody.log_signing_seed).verifier()
    findings = verify_bundle(bundle, Trust((key,))).findings
    bundle.unlink()
    return next(iter(findings.first), "whole")
