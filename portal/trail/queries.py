"""What may be asked about oneself: only the keeper can tell which entries concern a person."""

import json
from dataclasses import dataclass
from datetime import datetime

from portal.web.unit import Unit

PAGE = 50


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry about the caller, read from its canonical text."""

    index: int
    at: datetime
    kind: str
    decision: str
    who: str
    role: str
    field: str
    tier: str
    purpose: str
    reference: str
    in_list: bool
    leaf: str


async def moments(unit: Unit, *, before: int | None, limit: int = PAGE) -> tuple[list[Moment], int | None]:
    """Give entries about the caller, newest first, and where the older ones begin."""
    found = await unit.keeper.trail(unit.credential, unit.request, before, min(limit, 100))
    return [read_moment(item.index, item.leaf) for item in found.items], found.next


def read_moment(index: int, leaf: str) -> Moment:
    """Read a leaf's parts."""
    parts = json.loads(leaf)
    return Moment(
        index=index,
        at=datetime.fromisoformat(parts.get("at", parts["ts"])),
        kind=parts["act"],
        decision=parts["dec"],
        who=parts["who"],
        role=parts["role"],
        field=parts.get("res", ""),
        tier=parts.get("tier", ""),
        purpose=parts.get("why", ""),
        reference=parts.get("case", ""),
        in_list="set" in parts,
        leaf=leaf,
    )
