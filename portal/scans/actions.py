"""What is done with scans: a row is written when the sealed pages already lie in the store, or deleted."""

from dataclasses import dataclass
from uuid import UUID

from portal.scans.queries import Place
from portal.scans.rules import MOST_SCANS
from portal.web.refusals import Refusal
from portal.web.unit import Unit


class UnknownScan(Refusal):
    """A scan that does not belong to this document, or was removed meanwhile."""

    code = "scans:unknown_scan"
    status = 404


class TooManyScans(Refusal):
    """The document has as many scans as it may have."""

    code = "scans:too_many_scans"
    status = 422

    def __init__(self) -> None:
        super().__init__({"file": self.code}, most=MOST_SCANS)


@dataclass(frozen=True, slots=True)
class SealedPages:
    """A scan whose pages lie in the store: its id, what was handed in, how much there is, its head."""

    id: UUID
    media: str
    pages: int
    size: int
    head: bytes


async def add_scan(unit: Unit, place: Place, sealed: SealedPages, replaces: UUID | None = None) -> None:
    """Put a scan on file, in the place of another one if that is said. Raises TooManyScans, UnknownScan."""
    document = place.document.id
    # One at a time for a document, so that two uploads cannot both be the last that fits.
    await unit.connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 30))", str(document))
    if replaces is not None:
        await _delete(unit, document, replaces)
    there = await unit.connection.fetchval(
        "select count(*) from document_scan where document_id = $1", document
    )
    if there >= MOST_SCANS:
        raise TooManyScans
    await unit.connection.execute(
        "insert into document_scan (id, document_id, passenger_id, org_id, media, pages, bytes, content, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        sealed.id,
        document,
        place.view.id,
        place.view.org,
        sealed.media,
        sealed.pages,
        sealed.size,
        sealed.head,
        unit.at,
    )
    await unit.record("scans:scan:added", subject=place.view.id, field="document.scan")


async def remove_scan(unit: Unit, place: Place, scan: UUID) -> None:
    """Take a scan off the file: without its head no page opens; the worker deletes them. Raises UnknownScan."""
    await _delete(unit, place.document.id, scan)
    await unit.record("scans:scan:removed", subject=place.view.id, field="document.scan")


async def _delete(unit: Unit, document: UUID, scan: UUID) -> None:
    gone = await unit.connection.fetchval(
        "delete from document_scan where id = $1 and document_id = $2 returning id", scan, document
    )
    if gone is None:
        raise UnknownScan
