"""What may be asked about manifests: who is aboard each leg, with masks as the role may see them."""

from dataclasses import dataclass
from uuid import UUID

from portal.manifests.rules import expires_too_soon
from portal.passengers.queries import Document, PassengerView, passengers_of
from portal.passengers.standing import papers
from portal.passengers.validity import Judgement, Shortfall
from portal.trips.documents import judged_legs, seats
from portal.trips.queries import LegView, TripView, trip
from portal.web.unit import Unit


@dataclass(frozen=True, slots=True)
class Line:
    """One passenger on one leg with the document that counts, and what falls short of the destination's rule."""

    person: PassengerView
    document: Document | None
    too_old: bool
    shortfalls: tuple[Shortfall, ...]


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
    judged = {one.id: judged_legs(view, aboard, one.id, papers(one)) for one in people}
    legs = [
        LegManifest(
            leg,
            [
                _line(one, judged[one.id][leg.id], ahead=leg.arrives_at > unit.at)
                for one in people
                if leg.id in judged[one.id]
            ],
        )
        for leg in view.legs
    ]
    return Manifest(view, legs)


def _line(person: PassengerView, judgement: Judgement, *, ahead: bool) -> Line:
    chosen = judgement.paper.id if judgement.paper else None
    document = next((one for one in person.documents if one.id == chosen), None)
    too_old = expires_too_soon(document, judgement.flight.arrives_on)
    return Line(person, document, too_old, judgement.shortfalls if ahead else ())
