"""What may be asked about oneself: only the keeper can tell which entries concern a person."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from portal.trail.rules import begins, days_up_to, named_ids
from portal.trips.queries import TripView, trips_of
from portal.web.ids import outer
from portal.web.refusals import Refusal
from portal.web.unit import Unit, act_as
from security.keeper.client import OwnProof, Summary
from security.keeper.trail_messages import Asked

PAGE = 50


MOST = (
    2**62
)  # more than a ledger can ever hold, and less than a number on its way to keeper or database may be


class EntryNotFound(Refusal):
    """No such entry, or none of the own trail."""

    code = "trail:entry_not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry about the caller, read from its canonical text."""

    index: int
    at: datetime
    kind: str
    decision: str
    who: str
    role: str
    field: str
    tier: str
    purpose: str
    reference: str
    region: str
    in_list: bool
    leaf: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """What became of an entry that its person did not recognise; `answer` is the desk's last word."""

    case: UUID
    entry: int
    state: str
    respond_by: datetime | None
    solve_by: datetime | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What the house knows of entries: trips and cases by outer id, disputes by entry."""

    trips: dict[str, TripView] = field(default_factory=dict)
    cases: set[str] = field(default_factory=set)
    disputes: dict[int, Dispute] = field(default_factory=dict)


def scope_of(unit: Unit) -> Literal["about", "by"]:
    """Say which trail is one's own: what is about one's passenger, else what one did."""
    return "about" if unit.who.passenger is not None else "by"


async def moments(
    unit: Unit, *, before: int | None, only: Asked | None = None, limit: int = PAGE, scope: str = "about"
) -> tuple[list[Moment], int | None]:
    """Give entries of the own trail, newest first, and where the older ones begin."""
    which: Literal["about", "by"] = "by" if scope == "by" else "about"
    found = await unit.keeper.trail(unit.credential, unit.request, before, min(limit, 100), only, which)
    return [read_moment(item.index, item.leaf) for item in found.items], found.next


def read_moment(index: int, leaf: str) -> Moment:
    """Read a leaf's parts."""
    parts = json.loads(leaf)
    return Moment(
        index=index,
        at=datetime.fromisoformat(parts.get("at", parts["ts"])),
        kind=parts["act"],
        decision=parts["dec"],
        who=parts["who"],
        role=parts["role"],
        field=parts.get("res", ""),
        tier=parts.get("tier", ""),
        purpose=parts.get("why", ""),
        reference=parts.get("case", ""),
        region=parts["reg"],
        in_list="set" in parts,
        leaf=leaf,
    )


async def moment(unit: Unit, index: int) -> Moment:
    """Give one entry of the own trail. Raises EntryNotFound."""
    if index >= MOST:
        raise EntryNotFound
    for scope in ("about", "by"):
        found, _ = await moments(unit, before=index + 1, limit=1, scope=scope)
        if found and found[0].index == index:
            return found[0]
    raise EntryNotFound


@dataclass(frozen=True, slots=True)
class LastDays:
    """The figures of the last days, and (day, allowed, denied) for each."""

    summary: Summary
    days: list[tuple[date, int, int]]

    def people(self, deed: str) -> int:
        """How many others did this, allowed."""
        return sum(f.people for f in self.summary.figures if (f.deed, f.role, f.allowed) == (deed, "", True))

    def entries(self, deed: str) -> int:
        """How many times others did this, allowed."""
        return sum(f.entries for f in self.summary.figures if (f.deed, f.role, f.allowed) == (deed, "", True))

    @property
    def refused(self) -> int:
        """How many times others were refused."""
        return sum(f.entries for f in self.summary.figures if not f.role and not f.allowed)


async def last_days(unit: Unit) -> LastDays:
    """Count what others did with one's data in the last 30 days of the own zone."""
    zone = unit.who.time_zone
    days = days_up_to(unit.at, zone)
    bounds = [begins(day, zone) for day in days]
    found = await unit.keeper.trail_summary(unit.credential, unit.request, bounds)
    counted = {day.place: (day.allowed, day.denied) for day in found.days}
    return LastDays(found, [(day, *counted.get(nth, (0, 0))) for nth, day in enumerate(days)])


async def own_proof(unit: Unit, index: int) -> OwnProof:
    """Give the proof of one entry of the own trail; the keeper refuses others'. Raises EntryNotFound."""
    if index >= MOST:
        raise EntryNotFound
    return await unit.keeper.trail_proof(unit.credential, unit.request, index)


_DISPUTES = (
    "select c.id, c.entry, c.state, c.respond_by, c.solve_by, (select s.words from case_step s where s.case_id = c.id"
    " and s.kind in ('answered', 'closed') and s.by_role <> 'traveller' and s.words <> '' order by s.at desc limit 1)"
    " from desk_case c where c.entry = any($1::bigint[])"
)


async def disputes(connection: Any, entries: Sequence[int]) -> dict[int, Dispute]:
    """Give the disputes of the actor's own passenger about these entries."""
    rows = await connection.fetch(_DISPUTES, list(entries))
    return {row["entry"]: Dispute(*row.values()) for row in rows}


async def beside(unit: Unit, found: Sequence[Moment]) -> Beside:
    """Read what the house knows of these entries, in a short transaction as the actor."""
    region, passenger = unit.settings.region, unit.who.passenger
    if passenger is None or not found:
        return Beside()
    await unit.open()
    try:
        await act_as(unit.connection, unit.who)
        trips = await trips_of(unit, passenger)
        told = await disputes(unit.connection, [one.index for one in found])
        named = named_ids((one.reference for one in found), region)
        cases = await unit.connection.fetch("select id from desk_case where id = any($1::uuid[])", named)
    finally:
        await unit.close(keep=True)
    return Beside(
        {outer(region, trip.id): trip for trip in trips}, {outer(region, row["id"]) for row in cases}, told
    )


@dataclass(frozen=True, slots=True)
class Disputed:
    """The entry that a case is about, as the desk sees it; `name` of who acted is compliance's alone."""

    moment: Moment
    name: str | None
    name_locale: str | None


async def disputed(unit: Unit, case: UUID) -> Disputed:
    """Give the entry that a case is about. Raises EntryNotFound."""
    row = await unit.connection.fetchrow("select index, leaf from disputed_entry where case_id = $1", case)
    if row is None:
        raise EntryNotFound
    actor = None
    if unit.who.role == "compliance":
        actor = await unit.connection.fetchrow(
            "select name, locale from gate.disputed_actor where case_id = $1", case
        )
    return Disputed(read_moment(*row), actor["name"] if actor else None, actor["locale"] if actor else None)


async def wishes_digest(unit: Unit) -> bool:
    """Say whether the actor wishes the quarterly digest."""
    found: bool = await unit.connection.fetchval(
        "select exists (select from trail_wish where account_id = $1)", unit.who.account
    )
    return found
