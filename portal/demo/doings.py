"""What each role does when it visits: the desk's mornings, a booker's changes, an auditor's Friday."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from portal.demo.trips import DemoTrip
from portal.demo.visits import Visit, choose

PURPOSES = ("border_filing", "border_filing", "border_filing", "carrier_check_in", "ground_handling")
NUMBERS = ("passport.number", "passport.number", "passport.number", "birth_date")
VISA = "visa.number"
OFTEN, SOMETIMES, SELDOM, RARELY = 0.7, 0.35, 0.12, 0.06


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often and when a role visits: visits a working day, hours of the own zone, and on free days."""

    visits: float
    hours: tuple[int, int]
    every_day: bool = False


RHYTHMS: Mapping[str, Rhythm] = {
    "operations": Rhythm(1.2, (5, 23), every_day=True),
    "service_agent": Rhythm(0.9, (7, 21), every_day=True),
    "sales": Rhythm(0.7, (9, 18)),
    "finance": Rhythm(0.5, (9, 17)),
    "compliance": Rhythm(0.3, (9, 17)),
    "booker": Rhythm(0.5, (8, 19)),
    "client_admin": Rhythm(0.55, (9, 18)),
    "traveller": Rhythm(0.25, (7, 23), every_day=True),
    "auditor": Rhythm(0.3, (9, 17)),
    "administrator": Rhythm(0.25, (8, 18)),
}


def operate(visit: Visit) -> None:
    """Prepare the next departures: look at trips, open the numbers that filings need."""
    at, chance, world = visit.at, visit.chance, visit.world
    visit.look_at_trips()
    trips = choose(chance, world.open_trips(at), 4)
    for trip in trips:
        visit.look_at_trip(trip)
    if trips:
        visit.look_at_manifest(trips[0])
    if chance.random() < SELDOM:
        visit.look_through()
    visit.later(1, 6)
    if trips and chance.random() < RARELY:
        visit.ask(trips[0].passengers[0], "passport.number", "border_filing", trips[0])  # before stepping up
    if not trips or chance.random() > OFTEN:
        return
    visit.step_up()
    for trip in trips:
        for person in _interesting(visit, trip):
            field = (
                VISA if _has(visit, person, VISA) and chance.random() < SOMETIMES else chance.choice(NUMBERS)
            )
            visit.ask(person, field, chance.choice(PURPOSES), trip)
    outside = [trip for trip in world.trips_at(at) if trip not in trips and trip.state != "flown"]
    if outside and chance.random() < SELDOM:
        other = chance.choice(outside)
        visit.ask(chance.choice(other.passengers), "passport.number", "visa_application", other)


def serve(visit: Visit) -> None:
    """Answer a client: find people, look at profiles and trips."""
    for _ in range(visit.chance.randint(1, 4)):
        visit.look_through()
        visit.look_at_some(5)
    trips = visit.world.trips_at(visit.at)
    if trips:
        visit.look_at_trips()
        visit.look_at_trip(visit.chance.choice(trips))
    _try_in_vain(visit, "passport.number", "carrier_check_in", SELDOM)


def sell(visit: Visit) -> None:
    """Follow up: lists and contacts, no documents."""
    visit.look_through()
    visit.look_at_some(7)
    visit.view("quotes:list:viewed", field="quote", tier="clear", reference="open")
    if visit.chance.random() < SELDOM:
        visit.view("trips:calendar:made", field="calendar")
        visit.view("trips:calendar:read", field="calendar")
    if visit.chance.random() < SOMETIMES:
        visit.look_at_trips()
    _try_in_vain(visit, "passport.number", "identity_check", RARELY)


def settle(visit: Visit) -> None:
    """Settle trips: open a card or an account on the reference of a trip."""
    chance, world = visit.chance, visit.world
    visit.look_through()
    trips = choose(chance, world.trips_at(visit.at) or world.trips[:1], 2)
    for trip in trips:
        visit.look_at_trip(trip)
    visit.later(2, 9)
    if chance.random() > RARELY:
        visit.step_up()
    for trip in trips:
        for person in _with(visit, trip, "card.number")[:2]:
            visit.ask(person, "card.number", "payment_settlement", trip)
        for person in _with(visit, trip, "iban")[: chance.randint(0, 1)]:
            visit.ask(person, "iban", "refund", trip)
    _try_in_vain(visit, "passport.number", "payment_settlement", SELDOM)


def comply(visit: Visit) -> None:
    """Look into a request; a second person's approval is not built yet, so opening is refused."""
    visit.look_through()
    visit.look_at_some(2)
    if visit.chance.random() < SOMETIMES:
        trip = visit.chance.choice(visit.world.trips_at(visit.at) or visit.world.trips[:1])
        visit.later(2, 8)
        visit.step_up()
        visit.ask(trip.passengers[0], "passport.number", "identity_check", trip)


def book(visit: Visit) -> None:
    """Keep one's own people in order and follow their trips."""
    visit.look_through()
    visit.look_at_some(5)
    visit.look_at_trips()
    trips = visit.world.trips_at(visit.at, visit.org)
    if trips and visit.chance.random() < OFTEN:
        visit.look_at_trip(visit.chance.choice(trips))
    people = visit.world.people_at(visit.at, visit.org)
    if people and visit.chance.random() < SOMETIMES:
        person = visit.chance.choice(people)
        visit.look_at(person)
        visit.view("passengers:profile:changed", subject=person, field="passenger")
    _try_in_vain(visit, "passport.number", "visa_application", SELDOM)


def travel(visit: Visit) -> None:
    """Look at one's own trips, one's own number, and who else has looked."""
    me = visit.who.passenger
    visit.look_at_trips()
    if me is None or visit.world.joined[me] > visit.at:
        return
    visit.look_at(me)
    visit.later(1, 5)
    visit.read_trail()
    if visit.chance.random() < SOMETIMES:
        visit.step_up()
        visit.ask(me, "passport.number", "own_record")
    if visit.chance.random() < SELDOM:
        visit.view("accounts:preferences:changed", field="preferences")


def audit(visit: Visit) -> None:
    """Read the ledger, check proofs, take an export now and then."""
    for _ in range(visit.chance.randint(1, 4)):
        visit.view("oversight:ledger:viewed", field="ledger", tier="clear")
    index = str(visit.chance.randrange(1, 400))
    visit.view("oversight:proof:viewed", field="ledger", tier="clear", reference=index)
    if visit.chance.random() < SOMETIMES:
        visit.view("oversight:export:requested", field="ledger")
        visit.later(3, 9)
        visit.view("oversight:export:downloaded", field="ledger")


def administer(visit: Visit) -> None:
    """See to accounts; a page about passengers is refused."""
    if visit.chance.random() < SOMETIMES:
        visit.view("security:access:refused", decision="deny")
    if visit.chance.random() < SELDOM:
        visit.view("accounts:preferences:changed", field="preferences")


DOINGS: Mapping[str, Callable[[Visit], None]] = {
    "operations": operate,
    "service_agent": serve,
    "sales": sell,
    "finance": settle,
    "compliance": comply,
    "booker": book,
    "client_admin": book,
    "traveller": travel,
    "auditor": audit,
    "administrator": administer,
}


def _interesting(visit: Visit, trip: DemoTrip) -> list[UUID]:
    """Choose up to three of those aboard, first of all who can read about it: travellers with an account."""
    aboard = [p for p in trip.passengers if visit.world.opens(trip, p, visit.at)]
    first = [p for p in aboard if visit.world.by_id[p].person.account]
    rest = visit.chance.sample(aboard, min(len(aboard), 3))
    return list(dict.fromkeys(first + rest))[:3]


def _with(visit: Visit, trip: DemoTrip, field: str) -> list[UUID]:
    return [person for person in trip.passengers if _has(visit, person, field)]


def _has(visit: Visit, person: UUID, field: str) -> bool:
    return any(code == field for code, _ in visit.world.by_id[person].values)


def _try_in_vain(visit: Visit, field: str, purpose: str, share: float) -> None:
    """Now and then somebody asks for what the role may not have: refused, and written down."""
    if visit.chance.random() >= share:
        return
    trips = visit.world.trips_at(visit.at, visit.org)
    if trips:
        trip = visit.chance.choice(trips)
        visit.later(1, 4)
        visit.ask(trip.passengers[0], field, purpose, trip)
