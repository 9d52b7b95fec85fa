"""The ledger says once which key-encryption key the region uses, by its id and epoch."""

from __future__ import annotations

from typing import Final

import asyncpg
import uuid_utils.compat as uuids

from audit.entry import Facts, canonical
from audit.sequencer import Sequencer
from security.vault.custody import Custody

KEYS_MADE: Final = "security:keys:made"
KEEPER: Final = "keeper"
_STATED: Final = """
select exists (select 1 from ledger_leaf l join ledger_fact f using (index)
               where l.act = $1 and f.document = $2)
"""


async def state_keys(pool: asyncpg.Pool, sequencer: Sequencer, custody: Custody) -> None:
    """Write the entry for the current KEK unless it is there; raises `NotCovered`."""
    document = {"kek": str(custody.kek_id), "epoch": str(custody.epoch)}
    if not await pool.fetchval(_STATED, KEYS_MADE, canonical(document).decode()):
        facts = Facts(kind=KEYS_MADE, who=KEEPER, role="process", request=uuids.uuid7(), document=document)
        await sequencer.append(facts)
