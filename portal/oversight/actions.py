"""What an auditor does: ask for an export, take it."""

from uuid import UUID

from audit.ledger import record
from portal.oversight.queries import Export, export
from portal.web.ids import new_id
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
