"""How many scans lie with each document, for roles that may know."""

from uuid import UUID

from portal.web.unit import Unit
from security.fields import SCAN
from security.policy.matrix import MATRIX


async def scan_counts(unit: Unit, passenger: UUID) -> dict[UUID, int] | None:
    """Count a passenger's scans by document; None for a role that may not know of any."""
    if MATRIX.rule(unit.who.role, SCAN).tier == "hidden":
        return None
    rows = await unit.connection.fetch(
        "select document_id, count(*) from document_scan where passenger_id = $1 group by document_id",
        passenger,
    )
    return dict(tuple(row) for row in rows)
