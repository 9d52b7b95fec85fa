"""The board: trip by trip who knows of its changes, who does not yet, where the mails are, how long there is."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.notices.audience import audience
from portal.notices.queries import AnswerView, answers_to
from portal.notices.rules import Itinerary
from portal.web.unit import Unit

MOST = 25
_TRIPS = (
    "select t.id, t.reference, t.org_id, c.changes, c.last_at, c.note, l.departs_at"
    " from trip t"
    " join (select trip_id, count(*) as changes, max(made_at) as last_at,"
    "   (array_agg(note order by made_at desc))[1] as note"
    "   from itinerary_change group by trip_id) c on c.trip_id = t.id"
    " join (select trip_id, coalesce(min(departs_at) filter (where departs_at >= $1), max(departs_at)) as departs_at"
    "   from leg group by trip_id) l on l.trip_id = t.id"
    " where ($2::uuid is null or t.id = $2)"
    " order by l.departs_at < $1, abs(extract(epoch from l.departs_at - $1)), t.id limit $3"
)
_NEWEST = (
    "select distinct on (n.recipient_id) n.id, n.trip_id, n.passenger_id, n.member_id, n.kind, n.grade, n.state,"
    " n.due_at, n.sent_at, n.settled_at, d.state as delivery, d.failure, d.next_at, d.attempts"
    " from notice n left join delivery d on d.about = n.id"
    " where n.trip_id = any($1) and not (n.state = 'retracted' and n.frozen_at is null)"
    " order by n.recipient_id, n.created_at desc, n.id desc"
)
_ABOARD = "select trip_id, passenger_id from leg_passenger where trip_id = any($1) group by 1, 2"
KNOWS = frozenset({"acknowledged", "answered"})


@dataclass(frozen=True, slots=True)
class Line:
    """One recipient of one trip: his newest notice and where it is."""

    notice: UUID
    passenger: UUID | None
    name: str = field(repr=False)
    locale: str
    kind: str
    grade: str
    state: str
    due_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    delivery: str | None
    failure: str | None
    next_at: datetime | None
    answers: list[AnswerView]

    @property
    def knows(self) -> bool:
        """Whether he has answered what is so now."""
        return self.state in KNOWS


@dataclass(slots=True)
class Sheet:
    """One trip on the board."""

    trip: UUID
    reference: str
    org: UUID
    changes: int
    last_at: datetime
    note: str
    departs_at: datetime
    lines: list[Line] = field(default_factory=list)
    unreachable: int = 0
    legs: Itinerary = ()

    @property
    def known_by(self) -> int:
        """How many know."""
        return sum(1 for line in self.lines if line.knows)


async def board(unit: Unit, trip: UUID | None = None) -> list[Sheet]:
    """Give the board: trips ahead first, the nearest departure on top."""
    rows = await unit.connection.fetch(_TRIPS, unit.at, trip, MOST)
    sheets = {
        row["id"]: Sheet(
            row["id"],
            row["reference"],
            row["org_id"],
            row["changes"],
            row["last_at"],
            row["note"],
            row["departs_at"],
        )
        for row in rows
    }
    notices = await unit.connection.fetch(_NEWEST, list(sheets))
    answers = await answers_to(unit, [row["id"] for row in notices])
    for sheet in sheets.values():
        await _fill(unit, sheet, [row for row in notices if row["trip_id"] == sheet.trip], answers)
    return list(sheets.values())


async def _fill(unit: Unit, sheet: Sheet, notices: list[Any], answers: dict[UUID, list[AnswerView]]) -> None:
    people = {(p.passenger, p.member): p for p in await audience(unit.connection, sheet.trip)}
    aboard = await unit.connection.fetch(_ABOARD, [sheet.trip])
    reachable = {person.passenger for person in people.values()}
    sheet.unreachable = sum(1 for row in aboard if row["passenger_id"] not in reachable)
    for row in notices:
        person = people.get((row["passenger_id"], row["member_id"]))
        sheet.lines.append(
            Line(
                row["id"],
                row["passenger_id"],
                person.name if person else "",
                person.locale if person else "",
                row["kind"],
                row["grade"],
                row["state"],
                row["due_at"],
                row["sent_at"],
                row["settled_at"],
                row["delivery"],
                row["failure"],
                row["next_at"],
                answers.get(row["id"], []),
            )
        )
    sheet.lines.sort(key=lambda line: (line.knows, line.name.casefold()))
