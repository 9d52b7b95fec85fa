"""Searches that the demo's auditor has kept, one of them shared with the others."""

import json
from typing import Any

from portal.demo.world import World
from portal.web.ids import new_id

_KEPT = (
    ("Refused this month", {"decision": "deny", "when": "30d"}, True),
    ("Passports opened", {"kind": "passengers:passport:revealed", "when": "90d"}, False),
)


async def store_searches(connection: Any, world: World) -> None:
    """Keep them for the first auditor of the house."""
    first = [one for one in world.accounts if one.demo.role == "auditor"][:1]
    rows = [
        (new_id(), one.id, one.code, name, json.dumps(query), shared, world.now)
        for one in first
        for name, query, shared in _KEPT
    ]
    await connection.executemany(
        "insert into ledger_search (id, account_id, owner_code, name, query, shared, created_at, changed_at)"
        " values ($1, $2, $3, $4, $5::jsonb, $6, $7, $7)",
        rows,
    )
