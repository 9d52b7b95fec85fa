"""Open work of every kind in one shape: what each room adds to the desk's list and to the world queue.

A source is a select that yields the columns of `COLUMNS`, of what is open and nothing else. Whoever reads it is held
by row-level security as everywhere; the worker reads it too, so it may name no column that the worker has no grant on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from portal.desk.clocks import CLOCKS
from portal.desk.rules import TEAMS, how_urgent

COLUMNS: Final = "source, id, kind, org_id, language, time_zone, team, state, holder_id, opened_at, due_at"


@dataclass(frozen=True, slots=True)
class Source:
    """Where work comes from: its select, the page of one item (which takes the outer id), and who may read it."""

    select: str
    path: str
    roles: frozenset[str]
    told: bool = True  # whether the front door may hear of it


def _span(kind: str) -> str:
    return f"interval '{int(CLOCKS[kind].respond.total_seconds())} seconds'"


SOURCES: Final[Mapping[str, Source]] = {
    "case": Source(
        "select 'case' as source, id, kind, org_id, language, time_zone, team, state, holder_id, opened_at,"
        " least(respond_by, solve_by) as due_at from desk_case where state <> 'closed'",
        "/cases/{id}",
        frozenset(TEAMS),
    ),
    "quote": Source(
        "select 'quote' as source, id, 'quote' as kind, org_id, language, 'UTC' as time_zone, 'sales' as team,"  # noqa: S608 -- a number of ours
        " 'opened' as state, null::uuid as holder_id, opened_at,"
        f" opened_at + {_span('quote')} as due_at from desk_quote",
        "/quotes/{id}",
        frozenset(TEAMS),
    ),
    # By trip: a change to twenty passengers is one thing to look after, not twenty.
    "notice": Source(
        "select 'notice' as source, n.trip_id as id, 'notice' as kind, n.org_id, o.locale as language,"  # noqa: S608 -- a number of ours
        " 'UTC' as time_zone, 'operations' as team, 'told' as state, null::uuid as holder_id,"
        f" min(n.sent_at) as opened_at, min(n.sent_at) + {_span('notice')} as due_at from notice n"
        " join organisation o on o.id = n.org_id where n.state = 'sent' group by n.trip_id, n.org_id, o.locale",
        "/notices?trip={id}",
        frozenset({"operations", "service_agent"}),
    ),
    "review": Source(
        "select 'review' as source, v.id, 'break_glass_review' as kind, v.org_id, o.locale as language,"
        " 'UTC' as time_zone, 'compliance' as team, 'opened' as state, null::uuid as holder_id, v.opened_at, v.due_at"
        " from break_glass_review v join organisation o on o.id = v.org_id where v.closed_at is null",
        "/approvals/reviews#{id}",
        frozenset({"compliance"}),
    ),
    # Nobody but compliance may notice that there is one, so the world queue and the worker hear nothing of it.
    "alarm": Source(
        "select 'alarm' as source, id, 'alarm' as kind, null::uuid as org_id, '' as language, 'UTC' as time_zone,"
        " 'compliance' as team, case when taken_at is null then 'opened' else 'taken' end as state, holder_id,"
        " raised_at as opened_at, due_at from gate.alarm_work",
        "/alarms/{id}",
        frozenset({"compliance"}),
        told=False,
    ),
    "access_review": Source(
        "select 'access_review' as source, id, 'access_review' as kind, null::uuid as org_id, '' as language,"
        " 'UTC' as time_zone, 'compliance' as team, 'opened' as state, owner_id as holder_id, opened_at, due_at"
        " from access_review where signed_at is null",
        "/access-reviews/{id}",
        frozenset({"compliance"}),
        told=False,
    ),
    # An auditor's finding is owed an answer, then a remediation, by the end of its day.
    "finding": Source(
        "select 'finding' as source, id, 'finding' as kind, null::uuid as org_id, '' as language, 'UTC' as time_zone,"
        " 'compliance' as team, case state when 'open' then 'opened' else 'taken' end as state,"
        " null::uuid as holder_id, opened_at, (due_on + 1)::timestamp at time zone 'UTC' as due_at"
        " from finding where state in ('open', 'answered')",
        "/findings/{id}",
        frozenset({"compliance"}),
        told=False,
    ),
}
"""By source. A room that has work adds its line here."""

WARN: Final = timedelta(minutes=10)
"""Warning before the deadline of work that has no clock of its own in `clocks.toml`."""
MOST: Final = 500


def warn_before(kind: str) -> timedelta:
    """Say how long before its deadline work of a kind is due soon."""
    return CLOCKS[kind].warn if kind in CLOCKS else WARN


@dataclass(frozen=True, slots=True)
class Work:
    """One item of open work: `holder` is the colleague who has it; no `org`: no client's; no `due_at`: nothing owed."""

    source: str
    id: UUID
    kind: str
    org: UUID | None
    language: str
    time_zone: str
    team: str
    state: str
    holder: UUID | None
    opened_at: datetime
    due_at: datetime | None

    def urgency(self, at: datetime) -> str:
        """Say how urgent it is: `on_time`, `soon`, `late` or `no_clock`."""
        return how_urgent(self.due_at, at, warn_before(self.kind))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which work: of a team, a source, a kind, a language; only one's own or what nobody has."""

    team: str | None = None
    source: str | None = None
    kind: str | None = None
    language: str | None = None
    held_by: UUID | None = None
    unheld: bool = False

    def where(self) -> tuple[str, list[Any]]:
        """Give the conditions and their values."""
        stated = (
            ("team = ${}", self.team),
            ("source = ${}", self.source),
            ("kind = ${}", self.kind),
            ("language = ${}", self.language),
            ("holder_id = ${}", self.held_by),
        )
        given = [(clause, value) for clause, value in stated if value is not None]
        clauses = [clause.format(nth) for nth, (clause, _) in enumerate(given, 1)]
        clauses += ["holder_id is null"] if self.unheld else []
        return " and ".join(clauses) or "true", [value for _, value in given]


def every_source(role: str | None = None) -> str:
    """Give one select over the sources that a role may read; without one, over all, as the worker reads them."""
    return " union all ".join(
        f"({source.select})"
        for source in SOURCES.values()
        if (source.told if role is None else role in source.roles)
    )


async def open_work(connection: Any, role: str, wanted: Wanted, *, limit: int = MOST) -> list[Work]:
    """List open work that a role may read, what is due first at the top, what owes nothing at the end."""
    where, values = wanted.where()
    rows = await connection.fetch(
        f"select {COLUMNS} from ({every_source(role)}) w where {where}"  # noqa: S608 -- constants of this file
        f" order by due_at nulls last, opened_at, id limit {limit}",
        *values,
    )
    return [Work(*row.values()) for row in rows]
