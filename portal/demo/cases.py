"""Cases at different stages, in the languages of those who opened them; rows and the entries that belong to them."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from audit.entry import Facts
from portal.demo.keeping import Moment
from portal.demo.opened import Opened
from portal.demo.world import World
from portal.desk.clocks import CLOCKS
from portal.desk.rules import Due, due_after_reply, due_at_opening
from portal.web.ids import new_id
from security.actor import CLIENT_ROLES

CASE = (
    "id org_id passenger_id trip_id kind language time_zone team state holder_id holder_name respond_by solve_by"
    " opened_at version"
)
STEP = "id case_id org_id passenger_id kind by_account by_name by_role team words at"
OF_CLIENT = frozenset({"opened", "replied"})
JUST_NOW = timedelta(seconds=40)
ENTRY = "entry"
MAILED = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Said:
    """One step: what was done, by whom, when, in which words."""

    kind: str
    by: Opened
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class DemoCase:
    """A case with its steps; the first one opens it."""

    id: UUID
    kind: str
    language: str
    passenger: UUID | None
    trip: UUID | None
    steps: Sequence[Said]
    disputes: bool = False  # it is about an entry of the own trail

    @property
    def opener(self) -> Opened:
        """Who opened it."""
        return self.steps[0].by


@cache
def _written() -> list[dict[str, Any]]:
    read = tomllib.loads(Path(__file__).with_name("cases.toml").read_text("utf-8"))
    return list(read["case"])


def plan_cases(world: World) -> list[DemoCase]:
    """Give the cases that people of this region could have opened."""
    made = []
    for nth, case in enumerate(_written()):
        clients = _who(world, _roles(case), case["language"], exact=True)
        desk = _who(world, {CLOCKS[case["kind"]].team}, case["language"], exact=False)
        if clients and desk:
            made.append(_case(world, case, clients[nth % len(clients)], desk[0]))
    return made


def _roles(case: dict[str, Any]) -> frozenset[str]:
    """Say who opens such a case: only a traveller has a trail to dispute."""
    return frozenset({"traveller"}) if case["about"] == ENTRY else CLIENT_ROLES


def _who(world: World, roles: Any, language: str, *, exact: bool) -> list[Opened]:
    found = [one for one in world.accounts if one.demo.role in roles]
    fitting = [one for one in found if one.demo.locale == language]
    return fitting if exact or fitting else found


def _case(world: World, case: dict[str, Any], client: Opened, desk: Opened) -> DemoCase:
    began = world.now - timedelta(minutes=case["ago"])
    last = world.now - JUST_NOW
    steps = [
        Said(kind, client if kind in OF_CLIENT else desk, began + timedelta(minutes=after), words)
        for after, kind, words in case["said"]
        if began + timedelta(minutes=after) <= last
    ]
    trips = world.trips_at(began, client.demo.org)
    if client.passenger:
        trips = world.trips_of(client.passenger, began)
    trip = next((t for t in reversed(trips) if t.state == "confirmed"), None)
    people = world.people_at(began, client.demo.org)
    passenger = client.passenger
    if passenger is None and case["about"] == "passenger" and people:
        passenger = people[case["ago"] % len(people)]
    return DemoCase(
        new_id(),
        case["kind"],
        case["language"],
        passenger,
        trip.id if trip and case["about"] == "trip" else None,
        steps,
        case["about"] == ENTRY,
    )


async def store_cases(connection: Any, cases: Sequence[DemoCase]) -> None:
    """Write the cases as they stand now, and their steps."""
    rows, steps = [_row(case) for case in cases], [row for case in cases for row in _steps(case)]
    await connection.copy_records_to_table("desk_case", columns=CASE.split(), records=rows)
    await connection.copy_records_to_table("case_step", columns=STEP.split(), records=steps)


def _row(case: DemoCase) -> tuple[Any, ...]:
    """Go through the steps as the desk's own rules do."""
    clock, opened_at = CLOCKS[case.kind], case.steps[0].at
    due, state, holder = due_at_opening(clock, opened_at), "opened", None
    for step in case.steps[1:]:
        match step.kind:
            case "taken":
                state, holder = "taken", step.by
            case "answered":
                state, due = "answered", Due(None, due.solve_by)
            case "replied":
                state, due = "taken", due_after_reply(clock, due, step.at)
            case "handed_over":
                state, holder = "opened", None
            case "closed":
                state, holder, due = "closed", None, Due(None, None)
    who = (case.id, case.opener.org, case.passenger, case.trip, case.kind, case.language)
    held = (holder.id, holder.demo.name) if holder else (None, None)
    owed = (due.respond_by, due.solve_by, opened_at, len(case.steps))
    return (*who, case.opener.demo.time_zone, clock.team, state, *held, *owed)


def _steps(case: DemoCase) -> Iterator[tuple[Any, ...]]:
    for step in case.steps:
        team = CLOCKS[case.kind].team if step.kind == "handed_over" else None
        by = (step.kind, step.by.id, step.by.demo.name, step.by.demo.role)
        yield (new_id(), case.id, case.opener.org, case.passenger, *by, team, step.words, step.at)


def moments_of(world: World, cases: Sequence[DemoCase]) -> Iterator[Moment]:
    """Give the entries of the steps."""
    for case in cases:
        for step in case.steps:
            facts = Facts(
                kind=f"desk:case:{step.kind.replace('_', '-')}",
                who=step.by.code,
                role=step.by.demo.role,
                request=new_id(),
                subject=case.passenger,
                field="case",
                reference=world.outer(case.id),
            )
            yield Moment(step.at, web=(facts,))
            if case.disputes:
                yield from _of_dispute(world, step, facts)


def _of_dispute(world: World, step: Said, facts: Facts) -> Iterator[Moment]:
    """Give what else is stated about a dispute: that it is one, that compliance looked, that a mail told of it."""
    if step.kind == "opened":
        chosen = replace(facts, kind="trail:digest:chosen", field="preferences", reference=None)
        yield Moment(step.at, web=(replace(facts, kind="trail:entry:disputed"), chosen))
    if step.kind == "taken":
        looks = _who(world, {"compliance"}, "en", exact=False)[0]
        seen = replace(facts, kind="trail:dispute:viewed", who=looks.code, role=looks.demo.role, tier="clear")
        yield Moment(step.at + MAILED, web=(seen,))
    if step.kind in {"opened", "answered"}:
        told = replace(facts, kind="trail:dispute:told", who="worker", role="system", field=None, via="mail")
        yield Moment(step.at + MAILED, worker=(told,))
