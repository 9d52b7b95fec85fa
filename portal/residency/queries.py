"""What may be asked about residency: the last statement with its proof, and who witnessed the log. It names nobody."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit import merkle
from audit.proof import format_proof
from audit.stored import head, read_covers
from portal.web.refusals import Refusal


class NothingStated(Refusal):
    """No daily statement is in the ledger yet."""

    code = "residency:nothing_stated"
    status = 404


@dataclass(frozen=True, slots=True)
class Stated:
    """The last daily residency statement: counts by table, rows of other regions (0), keys held, the database."""

    index: int
    at: datetime
    leaf: str
    region: str
    system: str
    rows: dict[str, int]
    foreign_rows: int
    keks: dict[str, int]


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody outside who cosigned the log: by name, up to which size, when."""

    name: str
    size: int
    at: datetime


async def stated(connection: Any) -> Stated | None:
    """Give the last statement; its members that an older one lacks are empty."""
    row = await connection.fetchrow("select index, leaf, ts, document from residency_stated()")
    if row is None:
        return None
    said = json.loads(row["document"])
    return Stated(
        index=row["index"],
        at=row["ts"],
        leaf=row["leaf"],
        region=said["region"],
        system=said["system_identifier"],
        rows=_numbers(said["rows"]),
        foreign_rows=int(said["foreign_rows"]),
        keks=_numbers(said.get("keks", "{}")),
    )


def _numbers(text: str) -> dict[str, int]:
    return {name: int(count) for name, count in json.loads(text).items()}


async def proof_of_statement(connection: Any) -> str:
    """Give the proof of the last statement against the newest checkpoint. Raises NothingStated."""
    found, newest = await stated(connection), await head(connection)
    if found is None or newest is None or found.index >= newest.size:
        raise NothingStated
    path = await read_covers(connection, merkle.inclusion_cover(found.index, newest.size))
    return format_proof(leaf=found.leaf.encode(), index=found.index, path=path, checkpoint=newest.note)


async def witnesses(connection: Any) -> list[Witness]:
    """List who cosigned this log, the newest first; none where no witness is known to this database."""
    if await connection.fetchval("select to_regclass('ledger_cosignature') is null"):
        return []
    rows = await connection.fetch(
        "select witness, size, cosigned_at from ledger_cosignature order by cosigned_at desc, witness"
    )
    return [Witness(*row.values()) for row in rows]
