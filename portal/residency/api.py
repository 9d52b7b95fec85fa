"""The API of residency."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, get

from portal.residency.pages import residency
from portal.residency.words import CLASSES, DEFAULT_CROSSING
from portal.web.gate import ANYBODY, allow
from portal.web.unit import unit_of
from security.actor import CLIENT_ROLES


class StatementOut(msgspec.Struct, frozen=True):
    """The last daily statement. `rows`, `keys` and `system` are staff's to see; others get null."""

    index: int
    at: datetime
    leaf: str
    foreign_rows: int
    rows: dict[str, int] | None
    keys: dict[str, int] | None
    system: str | None


class WitnessOut(msgspec.Struct, frozen=True):
    """Who cosigned the log, up to which size, and when."""

    name: str
    size: int
    at: datetime


class ResidencyOut(msgspec.Struct, frozen=True):
    """Where data lives. `keys` are the ids and epochs of the keys held now; null when they cannot be told."""

    region: str
    classes: list[str]
    statement: StatementOut | None
    keys: dict[str, int] | None
    witnesses: list[WitnessOut]
    crossings: list[str]
    default_crossing: str


@get("/api/v1/residency", opt=allow(ANYBODY, outside=True), tags=["residency"])
async def read_residency(request: Request[Any, Any, Any]) -> ResidencyOut:
    """Say where each class of data lives, what was stated last, which keys are held, and what crosses (nothing yet)."""
    unit, seen = unit_of(request), await residency(request)
    short = unit.who.role in CLIENT_ROLES
    statement = None
    if (said := seen.statement) is not None:
        statement = StatementOut(
            index=said.index,
            at=said.at,
            leaf=said.leaf,
            foreign_rows=said.foreign_rows,
            rows=None if short else said.rows,
            keys=None if short else said.keks,
            system=None if short else said.system,
        )
    return ResidencyOut(
        region=unit.settings.region,
        classes=[one.code for one in CLASSES],
        statement=statement,
        keys=None if short else seen.keks,
        witnesses=[WitnessOut(w.name, w.size, w.at) for w in seen.witnesses],
        crossings=[],
        default_crossing=DEFAULT_CROSSING,
    )


API = [read_residency]
