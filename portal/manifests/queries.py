"""What may be asked about manifests: who is aboard each leg, with masks as the role may see them."""

from dataclasses import dataclass
from uuid import UUID

from portal.manifests.rules import chosen_document, expires_too_soon
from portal.passengers.queries import Document, PassengerView, passengers_of
from portal.trips.queries import LegView, TripView, trip
from portal.web.unit import Unit


@dataclass(frozen=True, slots=True)
class Line:
    """One passenger on one leg with the document that counts."""

    person: PassengerView
    document: Document | None
    too_old: bool


@dataclass(frozen=True, slots=True)
class LegManifest:
    """One leg and everybody on it, in name order."""

    leg: LegView
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A trip's manifest, leg by leg."""

    trip: TripView
    legs: list[LegManifest]

    @property
    def people(self) -> list[UUID]:
        """Everybody aboard any leg, each once."""
        return list(dict.fromkeys(line.person.id for leg in self.legs for line in leg.lines))


async def manifest(unit: Unit, wanted: UUID) -> Manifest:
    """Give the manifest of a trip. Raises TripNotFound."""
    view = await trip(unit, wanted)
    aboard = await seats(unit, wanted)
    people = await passengers_of(unit, view.passengers)
    legs = []
    for leg in view.legs:
        day = leg.arrives_at.date()
        found = [(one, chosen_document(one.documents)) for one in people if one.id in aboard.get(leg.id, ())]
        legs.append(LegManifest(leg, [Line(one, doc, expires_too_soon(doc, day)) for one, doc in found]))
    return Manifest(view, legs)


async def seats(unit: Unit, wanted: UUID) -> dict[UUID, set[UUID]]:
    """Give who is aboard which leg of a trip."""
    rows = await unit.connection.fetch(
        "select leg_id, passenger_id from leg_passenger where trip_id = $1", wanted
    )
    aboard: dict[UUID, set[UUID]] = {}
    for row in rows:
        aboard.setdefault(row["leg_id"], set()).add(row["passenger_id"])
    return aboard
