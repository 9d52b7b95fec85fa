"""What may be asked about cases: rows by row-level security, their steps, and how the world queue stands."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.desk.rules import Due, Standing
from portal.web.cursors import read_cursor, write_cursor
from portal.web.refusals import Refusal
from portal.web.unit import Unit


class CaseNotFound(Refusal):
    """No such case, or none that this actor may see."""

    code = "desk:not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class StepView:
    """One step with who and when; `words` are people's own."""

    kind: str
    account: UUID
    name: str
    role: str
    team: str | None
    words: str
    at: datetime


@dataclass(slots=True)
class CaseView:
    """A case; `passenger_name` and `trip_reference` are "" where there is none or it may not be seen."""

    id: UUID
    org: UUID
    passenger: UUID | None
    trip: UUID | None
    kind: str
    language: str
    time_zone: str
    team: str
    state: str
    holder: UUID | None
    holder_name: str | None
    respond_by: datetime | None
    solve_by: datetime | None
    opened_at: datetime
    version: int
    entry: int | None
    passenger_name: str
    trip_reference: str
    steps: list[StepView] = field(default_factory=list)

    @property
    def due(self) -> Due:
        """What is owed."""
        return Due(self.respond_by, self.solve_by)

    def stands(self, account: UUID) -> Standing:
        """Where it stands for one actor."""
        return Standing(self.state, self.team, self.holder is not None, self.holder == account)


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of cases, and the cursor of the next."""

    items: list[CaseView]
    next: str | None

    @property
    def people(self) -> list[UUID]:
        """The passengers that these cases are about."""
        return sorted({view.passenger for view in self.items if view.passenger})


_SELECT = (
    "select c.id, c.org_id, c.passenger_id, c.trip_id, c.kind, c.language, c.time_zone, c.team, c.state, c.holder_id,"
    " c.holder_name, c.respond_by, c.solve_by, c.opened_at, c.version, c.entry,"
    " coalesce(nullif(trim(p.given_name || ' ' || p.family_name), ''), '') as name, coalesce(t.reference, '') as trip"
    " from desk_case c left join passenger p on p.id = c.passenger_id left join trip t on t.id = c.trip_id"
)


async def find_cases(
    unit: Unit, *, state: str | None = None, cursor: str | None = None, limit: int = 50
) -> CasePage:
    """Find cases, the newest first; `state` open, or one of the states. Raises BadCursor."""
    after = read_cursor(cursor, 2)
    where, values = ["true"], list[Any]()
    if state == "open":
        where.append("c.state <> 'closed'")
    elif state:
        values.append(state)
        where.append("c.state = $1")
    if after:
        values += [datetime.fromisoformat(after[0].decode()), UUID(bytes=after[1])]
        where.append(f"(c.opened_at, c.id) < (${len(values) - 1}, ${len(values)})")
    sql = f"{_SELECT} where {' and '.join(where)} order by c.opened_at desc, c.id desc limit {limit + 1}"
    rows = await unit.connection.fetch(sql, *values)
    items = [CaseView(*row.values()) for row in rows[:limit]]
    last = items[-1] if len(rows) > limit else None
    end = write_cursor(last.opened_at.isoformat().encode(), last.id.bytes) if last else None
    return CasePage(items, end)


async def read_case(unit: Unit, wanted: UUID) -> CaseView:
    """Give one case with its steps, oldest first. Raises CaseNotFound."""
    row = await unit.connection.fetchrow(f"{_SELECT} where c.id = $1", wanted)
    if row is None:
        raise CaseNotFound
    view = CaseView(*row.values())
    steps = await unit.connection.fetch(
        "select kind, by_account, by_name, by_role, team, words, at from case_step where case_id = $1 order by at, id",
        wanted,
    )
    view.steps = [StepView(*step.values()) for step in steps]
    return view


async def acted_in(unit: Unit, case: UUID) -> bool:
    """Say whether the actor made the entry that a case is about."""
    leaf = await unit.connection.fetchval("select leaf from disputed_entry where case_id = $1", case)
    return leaf is not None and json.loads(leaf)["who"] == unit.who.code


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whom and what a client may open a case about: (outer-less id, name)."""

    passengers: list[tuple[UUID, str]]
    trips: list[tuple[UUID, str]]


async def subjects(unit: Unit) -> Subjects:
    """List the passengers and trips ahead that the actor may name in a case."""
    people = await unit.connection.fetch(
        "select id, trim(given_name || ' ' || family_name) from passenger order by sort_key, id limit 500"
    )
    trips = await unit.connection.fetch(
        "select t.id, t.reference from trip t join leg l on l.trip_id = t.id group by t.id, t.reference"
        " having max(l.arrives_at) >= $1 order by min(l.departs_at) limit 200",
        unit.at,
    )
    return Subjects([tuple(row) for row in people], [tuple(row) for row in trips])


async def org_of_subject(unit: Unit, passenger: UUID | None, trip: UUID | None) -> bool:
    """Whether passenger and trip, as far as they are named, are ones the actor may see."""
    for table, wanted in (("passenger", passenger), ("trip", trip)):
        if wanted is not None and not await unit.connection.fetchval(
            f"select true from {table} where id = $1",  # noqa: S608 -- constants of this file
            wanted,
        ):
            return False
    return True


@dataclass(frozen=True, slots=True)
class WorldQueue:
    """Whether the front door took the last report, and when."""

    told_at: datetime | None
    failed_at: datetime | None

    @property
    def reachable(self) -> bool:
        """Whether the last report arrived."""
        return self.told_at is not None and (self.failed_at is None or self.failed_at < self.told_at)


async def world_queue(connection: Any) -> WorldQueue:
    """Say how the world queue stands."""
    row = await connection.fetchrow("select told_at, failed_at from desk_world")
    return WorldQueue(*row.values()) if row else WorldQueue(None, None)


async def queued(connection: Any, wanted: UUID) -> tuple[str, UUID] | None:
    """Say which source and item stand in the world queue under a random name."""
    row = await connection.fetchrow("select source, work_id from desk_queue where id = $1", wanted)
    return (row["source"], row["work_id"]) if row else None
