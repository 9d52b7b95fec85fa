"""The API of the trail."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, get
from litestar.params import FromQuery

from portal.trail.pages import read_before
from portal.trail.queries import moments
from portal.web.cursors import read_limit
from portal.web.gate import ANYBODY, allow
from portal.web.unit import unit_of


class MomentOut(msgspec.Struct, frozen=True):
    """One entry about the caller; `leaf` is its canonical text in the ledger."""

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
    leaf: str


class TrailOut(msgspec.Struct, frozen=True):
    """A page of the trail, newest first."""

    items: list[MomentOut]
    next: str | None


@get("/api/v1/trail", opt=allow(ANYBODY, outside=True), tags=["trail"])
async def read_trail(
    request: Request[Any, Any, Any], cursor: FromQuery[str | None] = None, limit: FromQuery[str | None] = None
) -> TrailOut:
    """List the entries about the caller's own passenger, list views included."""
    found, older = await moments(unit_of(request), before=read_before(cursor), limit=read_limit(limit))
    items = [
        MomentOut(
            m.index, m.at, m.kind, m.decision, m.who, m.role, m.field, m.tier, m.purpose, m.reference, m.leaf
        )
        for m in found
    ]
    return TrailOut(items, str(older) if older is not None else None)


API = [read_trail]
