"""What may be asked about scans: rows by row-level security, never a head; and short transactions around slow work."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from portal.passengers.attached import attach_scans
from portal.passengers.queries import HIDDEN, Document, PassengerView, Sealed, passenger
from portal.web.refusals import NotForThisRole, NotFound
from portal.web.unit import Unit, act_as
from security.actor import CLIENT_ROLES, ROLES
from security.fields import SCAN
from security.policy.matrix import MATRIX

SEES: Final = frozenset(role for role in ROLES if MATRIX.rule(role, SCAN).tier != "hidden")
"""Roles that may know of scans at all: those whose cell of the matrix is not hidden."""
EDITS: Final = CLIENT_ROLES
_COLUMNS: Final = "id, document_id as document, media, pages, bytes as size, created_at"


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan as everybody sees it: never what is on it."""

    id: UUID
    document: UUID
    media: str
    pages: int
    size: int
    created_at: datetime
    content: Sealed


@dataclass(frozen=True, slots=True)
class Place:
    """Whose document this is, and which."""

    view: PassengerView
    document: Document


@asynccontextmanager
async def briefly(unit: Unit) -> AsyncIterator[None]:
    """Hold the unit's transaction only so long: nothing may wait for a file or the keeper inside of it."""
    await unit.open()
    try:
        await act_as(unit.connection, unit.who)
        yield
    except BaseException:
        await unit.close(keep=False)
        raise
    await unit.close(keep=True)


async def place_of(unit: Unit, person: UUID, document: UUID) -> Place:
    """Find a passenger's document, with the scans of all. Raises PassengerNotFound, NotFound, NotForThisRole."""
    view = await passenger(unit, person)
    if await attach_scans(unit, view) is None:
        raise NotForThisRole
    found = next((one for one in view.documents if one.id == document), None)
    if found is None:
        raise NotFound
    return Place(view, found)


async def scans_of(unit: Unit, place: Place) -> list[Scan]:
    """Give a document's scans, the newest first."""
    rows = await unit.connection.fetch(
        f"select {_COLUMNS} from document_scan where document_id = $1 order by created_at desc, id desc",  # noqa: S608 -- only columns
        place.document.id,
    )
    return [Scan(**row, content=place.view.scans.get(row["id"], HIDDEN)) for row in rows]


def chosen(scans: Sequence[Scan], wanted: UUID) -> Scan:
    """Give the scan of this id. Raises NotFound."""
    found = next((scan for scan in scans if scan.id == wanted), None)
    if found is None:
        raise NotFound
    return found
