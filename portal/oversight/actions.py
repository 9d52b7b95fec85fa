"""What an auditor does: ask for an export, take it; keep a search, change it, remove it."""

from collections.abc import Mapping
from uuid import UUID

from audit.ledger import record
from portal.oversight.queries import Export, export
from portal.oversight.searches import Search, change, forget, keep, own_search
from portal.web.ids import new_id, outer
from portal.web.refusals import Refusal
from portal.web.unit import Unit


class ExportNotReady(Refusal):
    """The bundle is still being made."""

    code = "oversight:export_not_ready"
    status = 409


class ExportFailed(Refusal):
    """The bundle could not be made."""

    code = "oversight:export_failed"
    status = 410


async def request_export(unit: Unit) -> UUID:
    """Ask the worker for a bundle of the whole ledger. One entry."""
    made = new_id()
    await unit.connection.execute(
        "insert into ledger_export (id, account_id, requested_at) values ($1, $2, $3)",
        made,
        unit.who.account,
        unit.at,
    )
    await unit.record("oversight:export:requested", field="ledger")
    return made


async def take_export(unit: Unit, wanted: UUID) -> Export:
    """Record that a ready bundle is taken, then let it go. Raises ExportNotFound, ExportNotReady, ExportFailed."""
    async with unit.short() as connection:
        found = await export(connection, wanted)
        if found.state == "failed":
            raise ExportFailed
        if found.state != "ready":
            raise ExportNotReady
        await record(connection, unit.facts("oversight:export:downloaded", field="ledger"))
    return found


async def save_search(unit: Unit, name: str, query: Mapping[str, str], *, shared: bool) -> UUID:
    """Keep a search under a name. The entry names its id: the name is somebody's own words."""
    made = await keep(unit, name, query, shared=shared)
    await unit.record("oversight:search:saved", field="search", reference=outer(unit.settings.region, made))
    return made


async def change_search(unit: Unit, wanted: UUID, name: str, *, shared: bool) -> Search:
    """Rename one's own search, share it or stop sharing it. Raises SearchNotFound, NotYourSearch."""
    found = await own_search(unit, wanted)
    await change(unit, found, name, shared=shared)
    await unit.record(
        "oversight:search:changed", field="search", reference=outer(unit.settings.region, wanted)
    )
    return found


async def delete_search(unit: Unit, wanted: UUID) -> None:
    """Remove one's own search. Raises SearchNotFound, NotYourSearch."""
    found = await own_search(unit, wanted)
    await forget(unit, found)
    await unit.record(
        "oversight:search:deleted", field="search", reference=outer(unit.settings.region, wanted)
    )
