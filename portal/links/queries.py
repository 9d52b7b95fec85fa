"""What may be asked about links: those of the own organisation, and the legs one can be for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.links.rules import Course, may_withdraw, state_of
from portal.trips.airports import Airport, airport
from portal.web.refusals import Refusal
from portal.web.unit import Unit


class LinkNotFound(Refusal):
    """No such link, or none of the own organisation's."""

    code = "links:not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link as its organisation sees it: how far it is, never what opens it or what was entered."""

    id: UUID
    passenger: UUID
    trip: UUID
    leg: UUID
    locale: str
    made_at: datetime
    expires_at: datetime
    state: str

    @property
    def may_withdraw(self) -> bool:
        """Whether there is still something to take back."""
        return may_withdraw(self.state)


@dataclass(frozen=True, slots=True)
class LegChoice:
    """A leg ahead that carries the passenger."""

    id: UUID
    trip: UUID
    reference: str
    origin: Airport
    destination: Airport
    departs_at: datetime


_LINKS = (
    "select l.id, l.passenger_id, l.trip_id, l.leg_id, l.locale, l.made_at, l.expires_at, l.opened_at,"
    " l.completed_at, l.withdrawn_at, l.expired_at, d.state as mail"
    " from gate.entry_link_list l left join delivery d on d.about = l.id"
)


async def links_of(unit: Unit, passenger: UUID) -> list[LinkView]:
    """List a passenger's links, the newest first."""
    rows = await unit.connection.fetch(
        f"{_LINKS} where l.passenger_id = $1 order by l.made_at desc, l.id desc limit 50", passenger
    )
    return [_view(row, unit.at) for row in rows]


async def link(unit: Unit, passenger: UUID, wanted: UUID) -> LinkView:
    """Give one link of a passenger. Raises LinkNotFound."""
    row = await unit.connection.fetchrow(
        f"{_LINKS} where l.passenger_id = $1 and l.id = $2", passenger, wanted
    )
    if row is None:
        raise LinkNotFound
    return _view(row, unit.at)


def _view(row: Any, at: datetime) -> LinkView:
    course = Course(
        row["expires_at"],
        row["opened_at"],
        row["completed_at"],
        row["withdrawn_at"],
        row["expired_at"],
        row["mail"],
    )
    return LinkView(
        row["id"],
        row["passenger_id"],
        row["trip_id"],
        row["leg_id"],
        row["locale"],
        row["made_at"],
        row["expires_at"],
        state_of(course, at),
    )


async def leg_choices(unit: Unit, passenger: UUID) -> list[LegChoice]:
    """List the legs ahead that carry a passenger, the soonest first."""
    rows = await unit.connection.fetch(
        "select l.id, l.trip_id, t.reference, l.from_airport, l.to_airport, l.departs_at from leg_passenger lp"
        " join leg l on l.id = lp.leg_id join trip t on t.id = l.trip_id"
        " where lp.passenger_id = $1 and l.departs_at > $2 and t.state in ('draft', 'confirmed')"
        " order by l.departs_at, l.id limit 30",
        passenger,
        unit.at,
    )
    return [
        LegChoice(
            row["id"],
            row["trip_id"],
            row["reference"],
            airport(row["from_airport"]),
            airport(row["to_airport"]),
            row["departs_at"],
        )
        for row in rows
    ]


async def home_language(unit: Unit, org: UUID) -> str:
    """Give an organisation's language, in which its travellers are written to unless somebody says otherwise."""
    found: str = await unit.connection.fetchval("select locale from organisation where id = $1", org)
    return found
