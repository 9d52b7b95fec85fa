"""Who is told about a trip: passengers aboard who can be reached, and the bookers of their organisation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from i18n.locales import DEFAULT, LOCALES
from portal.notices.rules import Itinerary, Leg, Told, concerning, read_state, write_state
from portal.notices.words import Reader
from portal.web.ids import new_id

FULL = "full"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be told: a passenger or a member, in his language and zone; the address does not print."""

    passenger: UUID | None
    member: UUID | None
    name: str = field(repr=False)
    email: str = field(repr=False)
    locale: str
    time_zone: str | None
    mails: str
    legs: frozenset[str]

    @property
    def reader(self) -> Reader:
        """For whom a notice is put into words."""
        return Reader(self.locale, self.time_zone)

    def concern(self, legs: Sequence[Leg]) -> Itinerary:
        """Give those of a trip's legs that concern him."""
        return tuple(leg for leg in legs if leg.id in self.legs)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a recipient stands: his row, what he knows, what he was told, and the notice that is current."""

    recipient: UUID
    told: Told
    current: UUID | None
    earlier: UUID | None  # the last one that left before the current one


async def audience(connection: Any, trip: UUID) -> list[Person]:
    """List who is told about a trip."""
    rows = await connection.fetch("select * from notice_audience($1)", trip)
    return [
        Person(
            row["passenger_id"],
            row["member_id"],
            row["name"],
            row["email"],
            row["locale"] if row["locale"] in LOCALES else DEFAULT,
            row["time_zone"],
            row["mails"],
            frozenset(str(leg) for leg in row["legs"] or ()),
        )
        for row in rows
    ]


async def standing(
    connection: Any, org: UUID, trip: UUID, person: Person, before: Sequence[Leg], at: datetime
) -> Standing:
    """Find where somebody stands; who was never told anything knows the trip as it was before this change."""
    found = await _recipient(connection, trip, person)
    were = person.concern(before)
    if found is None:
        made = new_id()
        await connection.execute(
            "insert into notice_recipient (id, org_id, trip_id, passenger_id, member_id, known, known_at)"
            " values ($1, $2, $3, $4, $5, $6, $7)",
            made,
            org,
            trip,
            person.passenger,
            person.member,
            write_state(were),
            at,
        )
        return Standing(made, Told(were, were, waits=False), None, None)
    return await _standing(connection, found, were)


async def foreseen(connection: Any, trip: UUID, person: Person, before: Sequence[Leg]) -> Standing | None:
    """Find where somebody stands without writing anything; None for who was never told anything."""
    found = await _recipient(connection, trip, person)
    return await _standing(connection, found, person.concern(before)) if found else None


async def _recipient(connection: Any, trip: UUID, person: Person) -> Any:
    return await connection.fetchval(
        "select id from notice_recipient where trip_id = $1"
        " and passenger_id is not distinct from $2 and member_id is not distinct from $3",
        trip,
        person.passenger,
        person.member,
    )


async def _standing(connection: Any, recipient: UUID, were: Itinerary) -> Standing:
    """Read with the notices locked: an answer that comes at the same time is before or after, never between."""
    notices = await connection.fetch(
        "select id, state, after, frozen_at from notice where recipient_id = $1"
        " order by created_at desc, id desc for update",
        recipient,
    )
    row = await connection.fetchrow("select known, known_at from notice_recipient where id = $1", recipient)
    known = concerning(read_state(row["known"]), were)
    current = next((n for n in notices if n["state"] in {"pending", "sent"}), None)
    left = next((n for n in notices if n["frozen_at"] and n["frozen_at"] > row["known_at"]), None)
    told = concerning(read_state(left["after"]), were) if left else known
    waits = current is not None and current["frozen_at"] is None
    return Standing(
        recipient,
        Told(known, told, waits=waits),
        current["id"] if current else None,
        left["id"] if left else None,
    )
