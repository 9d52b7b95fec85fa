"""The ledger says once which keys the region uses, by id and epoch or public half, and what befell the log."""

from __future__ import annotations

import json
from typing import Final

import asyncpg
import uuid_utils.compat as uuids

from audit.catalogue import LOG_REPLAYED, WITNESS_MADE
from audit.entry import Facts, canonical
from audit.sequencer import Sequencer
from security.vault.custody import Custody

KEYS_MADE: Final = "security:keys:made"
CUSTODIAN_USED: Final = "security:custodian:used"
KEEPER: Final = "keeper"
_LAST_CUSTODIAN: Final = """
select f.document from ledger_leaf l join ledger_fact f using (index) where l.act = $1 order by index desc limit 1
"""
_STATED: Final = """
select exists (select 1 from ledger_leaf l join ledger_fact f using (index)
               where l.act = $1 and f.document = $2)
"""


async def state_keys(pool: asyncpg.Pool, sequencer: Sequencer, custody: Custody) -> None:
    """Write the entry for the current KEK unless it is there; raises `NotCovered`."""
    document = {"kek": str(custody.kek_id), "epoch": str(custody.epoch)}
    if not await _stated(pool, KEYS_MADE, document):
        await sequencer.append(_facts(KEYS_MADE, document))


async def state_custodian(pool: asyncpg.Pool, sequencer: Sequencer, custody: Custody) -> None:
    """Write the entry that another kind of custodian keeps the root now; files are where every region begins."""
    last = await pool.fetchval(_LAST_CUSTODIAN, CUSTODIAN_USED)
    known = "file" if last is None else json.loads(last)["custodian"]
    if known != custody.custodian:
        await sequencer.append(_facts(CUSTODIAN_USED, {"custodian": custody.custodian}))


async def is_stated(pool: asyncpg.Pool, vkey: str) -> bool:
    """Say whether the ledger names this witness's key: then the witness has been here before."""
    return await _stated(pool, WITNESS_MADE, {"vkey": vkey})


async def state_witness(sequencer: Sequencer, vkey: str) -> None:
    """Write the entry for the witness's key."""
    await sequencer.append(_facts(WITNESS_MADE, {"vkey": vkey}))


async def state_replay(sequencer: Sequencer) -> None:
    """Write the entry that the log was replayed from its blobs, if it just was."""
    done, sequencer.replayed = sequencer.replayed, None
    if done is not None:
        document = {"from": str(done.old), "to": str(done.new)}
        await sequencer.append(_facts(LOG_REPLAYED, document))


async def _stated(pool: asyncpg.Pool, kind: str, document: dict[str, str]) -> bool:
    stated: bool = await pool.fetchval(_STATED, kind, canonical(document).decode())
    return stated


def _facts(kind: str, document: dict[str, str]) -> Facts:
    return Facts(kind=kind, who=KEEPER, role="process", request=uuids.uuid7(), document=document)
