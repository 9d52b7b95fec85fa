"""A file's way in: looked at, redrawn by a closed-off process, sealed by the keeper, and only then put on file."""

from uuid import UUID

from portal.scans.actions import SealedPages, TooManyScans, add_scan
from portal.scans.queries import Place, briefly, place_of, scans_of
from portal.scans.rules import MOST_SCANS, kind_of, refusal_of, unbind
from portal.scans.sandbox import SANDBOX, FileRefused
from portal.web.ids import new_id
from portal.web.refusals import NotFound
from portal.web.unit import Unit


async def take_in(
    unit: Unit, person: UUID, document: UUID, data: bytes, replaces: UUID | None = None
) -> tuple[Place, SealedPages]:
    """Take in a file as a scan of a document. No transaction is open while it is redrawn and sealed.

    Raises FileRefused, TooManyScans, UnknownScan, NotFound, PassengerNotFound, KeeperRefused, Busy.
    """
    async with briefly(unit):
        place = await place_of(unit, person, document)
        there = {scan.id for scan in await scans_of(unit, place)}
    if replaces is not None and replaces not in there:
        raise NotFound
    if replaces is None and len(there) >= MOST_SCANS:
        raise TooManyScans
    sealed = await _sealed(unit, place, data)
    async with briefly(unit):
        await add_scan(unit, place, sealed, replaces)
    return place, sealed


async def _sealed(unit: Unit, place: Place, data: bytes) -> SealedPages:
    code, kind = refusal_of(data), kind_of(data)
    if code is not None or kind is None:
        raise FileRefused(code or "scans:unknown_kind")
    content = await SANDBOX.redraw(data)
    made = new_id()
    head = await unit.keeper.seal_scan(
        unit.credential, unit.request, place.view.id, place.view.org, made, content
    )
    return SealedPages(made, kind, len(unbind(content)), len(content), head)
