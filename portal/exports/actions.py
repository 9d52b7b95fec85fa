"""What is done with files: downloaded by whoever asked, revoked. Asking and approving are the keeper's to record."""

from pathlib import Path
from uuid import UUID

from audit.ledger import record
from portal.exports.queries import FileView, read_file, subjects_of
from portal.exports.rules import FOLDER, SUFFIX
from portal.web.ids import outer
from portal.web.refusals import Refusal
from portal.web.unit import Unit


class FileNotReady(Refusal):
    """Not made yet, or no longer there."""

    code = "exports:not_ready"
    status = 409


def path_of(unit: Unit, view: FileView) -> Path:
    """Say where the bytes of a file lie, closed."""
    return unit.settings.blob_folder / FOLDER / f"{view.id}.{SUFFIX[view.layout]}"


async def take_file(unit: Unit, wanted: UUID) -> FileView:
    """Count and record that a file is taken by the person it was made for, then let it go."""
    async with unit.short() as connection:
        found = await read_file(unit, connection, wanted)
        if not found.mine or found.state != "ready" or not path_of(unit, found).exists():
            raise FileNotReady
        counted = await connection.fetchval(
            "update bulk_export set downloads = downloads + 1 where id = $1 and state = 'ready' returning downloads",
            wanted,
        )
        if counted is None:
            raise FileNotReady
        via = outer(unit.settings.region, wanted)
        facts = unit.facts(
            "exports:file:downloaded",
            field="manifest",
            purpose=found.purpose,
            reference=outer(unit.settings.region, found.trip_id),
            via=via,
            document={"download": str(counted)},
        )
        await record(connection, facts)
    return found


async def revoke_file(unit: Unit, was: FileView) -> None:
    """Take a file back; the worker removes its bytes. Raises FileNotReady."""
    done = await unit.connection.fetchval(
        "update bulk_export set state = 'revoked', ended_at = $2, ended_by = $3 where id = $1"
        " and state in ('building', 'ready') returning true",
        was.id,
        unit.at,
        unit.who.code,
    )
    if not done:
        raise FileNotReady
    await unit.record(
        "exports:file:revoked",
        field="manifest",
        members=tuple(await subjects_of(unit, was.id)),
        via=outer(unit.settings.region, was.id),
    )
