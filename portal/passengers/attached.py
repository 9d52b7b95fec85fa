"""The scans that lie with a passenger's documents, for roles that may know of them."""

from collections import Counter
from uuid import UUID

from portal.passengers.queries import PassengerView, Sight
from portal.passengers.window import in_window_now
from portal.web.in_force import matrix_of
from portal.web.unit import Unit
from security.fields import SCAN


async def attach_scans(unit: Unit, view: PassengerView) -> dict[UUID, int] | None:
    """Put a passenger's scans into the view and count them by document; None for a role that may know of none."""
    if matrix_of(unit.who).rule(unit.who.role, SCAN).tier == "hidden":
        return None
    rows = await unit.connection.fetch(
        "select id, document_id from document_scan where passenger_id = $1", view.id
    )
    if rows:
        see = Sight(unit, await in_window_now(unit, [view.id]))
        content = see.sealed(view.id, SCAN, stored=True, mask=None)
        view.scans = {row["id"]: content for row in rows}
    return Counter(row["document_id"] for row in rows)
