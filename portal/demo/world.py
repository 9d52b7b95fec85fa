"""The demo as its ledger sees it: who there was, what was known, and which trips stood, at any past instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from portal.demo.opened import Opened
from portal.demo.quotes import DemoQuote
from portal.demo.sealing import SealedPerson
from portal.demo.trips import DemoTrip
from portal.web.ids import outer
from security.policy.window import LegTimes, in_window


@dataclass(frozen=True, slots=True)
class World:
    """Everything that two months of work were about; `people` are in the order of their names."""

    region: str
    began_at: datetime
    now: datetime
    accounts: Sequence[Opened]
    people: Sequence[SealedPerson]
    joined: Mapping[UUID, datetime]
    trips: Sequence[DemoTrip]
    quotes: Sequence[DemoQuote] = ()
    by_id: Mapping[UUID, SealedPerson] = field(init=False)
    _known: Sequence[tuple[datetime, str, UUID]] = field(init=False)

    def __post_init__(self) -> None:
        """Index the people."""
        people = [sealed.person for sealed in self.people]
        object.__setattr__(self, "by_id", {sealed.person.id: sealed for sealed in self.people})
        object.__setattr__(self, "_known", [(self.joined[p.id], p.org, p.id) for p in people])

    def people_at(self, at: datetime, org: str = "") -> list[UUID]:
        """List the passengers there were, of one organisation or all, as a page would."""
        return [person for since, home, person in self._known if since < at and (not org or org == home)]

    def trips_at(self, at: datetime, org: str = "") -> list[DemoTrip]:
        """List the trips that had been entered."""
        return [trip for trip in self.trips if trip.created_at < at and org in {"", trip.org}]

    def trips_of(self, person: UUID, at: datetime) -> list[DemoTrip]:
        """List the entered trips that carry somebody."""
        return [trip for trip in self.trips_at(at) if person in trip.passengers]

    def open_trips(self, at: datetime) -> list[DemoTrip]:
        """List the trips with somebody aboard whose documents could be opened then."""
        return [t for t in self.trips_at(at) if any(self.opens(t, person, at) for person in t.passengers)]

    def opens(self, trip: DemoTrip, person: UUID, at: datetime) -> bool:
        """Whether a leg of this trip that carries them was in its window."""
        legs = (leg for leg in trip.legs if person in leg.passengers)
        return in_window(
            (LegTimes(trip.state, leg.times.departs_at, leg.times.arrives_at) for leg in legs), at
        )

    def outer(self, inner: UUID) -> str:
        """Write an id as it stands in a reference."""
        return outer(self.region, inner)
