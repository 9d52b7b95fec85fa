"""What may be asked about findings and notes: compliance all findings, an auditor all, one from outside the own."""

import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from portal.findings.rules import Standing
from portal.web.refusals import Refusal
from portal.web.unit import Unit


class FindingNotFound(Refusal):
    """No such finding that this person may see."""

    code = "findings:not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a finding, with whose words."""

    kind: str
    by_name: str
    by_role: str
    words: str
    language: str
    commitment: str
    salt: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that a finding is about."""

    index: int
    parts: dict[str, str]

    @property
    def at(self) -> datetime:
        """When it was sequenced."""
        return datetime.fromisoformat(self.parts["ts"])


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding; `steps` and `about` are read only for one."""

    id: UUID
    title: str
    severity: str
    entries: list[int]
    due_on: date
    state: str
    language: str
    author_id: UUID
    author_name: str
    closer_id: UUID | None
    opened_at: datetime
    moved_at: datetime
    version: int
    steps: list[Step] = field(default_factory=list)
    about: list[Entry] = field(default_factory=list)

    @property
    def standing(self) -> Standing:
        """What decides about its next step."""
        return Standing(self.state, self.author_id, self.closer_id)

    def overdue(self, today: date) -> bool:
        """Whether an answer or a remediation is owed since before today."""
        return self.state in {"open", "answered"} and self.due_on < today


@dataclass(frozen=True, slots=True)
class Note:
    """A note on entries."""

    id: UUID
    author_name: str
    entries: list[int]
    words: str
    language: str
    commitment: str
    at: datetime


_FINDING = (
    "select id, title, severity, entries, due_on, state, language, author_id, author_name, closer_id, opened_at,"
    " moved_at, version from finding"
)
_ORDER = (
    " order by state = 'signed_off', case severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2"
    " else 3 end, due_on, id"
)
_STEPS = (
    "select kind, by_name, by_role, words, language, commitment, salt, at from finding_step where finding_id = $1"
    " order by at, id"
)
_NOTES = "select id, author_name, entries, words, language, commitment, at from ledger_note"


async def findings(unit: Unit, *, state: str | None = None, limit: int = 200) -> list[Finding]:
    """List findings: open ones first, the severe at the top."""
    where, values = (" where state = $1", [state]) if state else ("", [])
    rows = await unit.connection.fetch(f"{_FINDING}{where}{_ORDER} limit {limit}", *values)
    return [Finding(*row.values()) for row in rows]


async def finding(unit: Unit, wanted: UUID) -> Finding:
    """Give one with its steps and entries. Raises FindingNotFound."""
    row = await unit.connection.fetchrow(f"{_FINDING} where id = $1", wanted)
    if row is None:
        raise FindingNotFound
    steps = [Step(*one.values()) for one in await unit.connection.fetch(_STEPS, wanted)]
    return replace(Finding(*row.values()), steps=steps, about=await _about(unit, wanted, row["entries"]))


async def _about(unit: Unit, wanted: UUID, entries: list[int]) -> list[Entry]:
    if unit.who.role == "compliance":
        rows = await unit.connection.fetch("select index, leaf from finding_entries($1)", wanted)
    else:
        rows = await unit.connection.fetch(
            "select index, leaf from ledger_leaf where index = any ($1) order by index", entries
        )
    return [Entry(row["index"], _parts(row["leaf"])) for row in rows]


def _parts(leaf: str) -> dict[str, str]:
    return {name: str(value) for name, value in json.loads(leaf).items()}


async def count_seen(connection: Any, entries: list[int]) -> int:
    """Count which of these entries the caller may see."""
    seen: int = await connection.fetchval("select count(*) from ledger_leaf where index = any ($1)", entries)
    return seen


async def notes(unit: Unit, *, entry: int | None = None, limit: int = 100) -> list[Note]:
    """List notes, newest first; those on one entry if one is named."""
    where, values = (" where entries @> array[$1::bigint]", [entry]) if entry is not None else ("", [])
    rows = await unit.connection.fetch(f"{_NOTES}{where} order by at desc, id limit {limit}", *values)
    return [Note(*row.values()) for row in rows]
