"""Rows in bulk: everything but accounts goes in by COPY, in the order in which tables refer to each other."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.demo.people import organisations_of
from portal.demo.sealing import SealedPerson
from portal.demo.trips import DemoTrip
from portal.web.ids import new_id

Orgs = Mapping[str, UUID]
Joined = Mapping[UUID, datetime]
PASSENGER = (
    "id org_id given_name family_name native_name name_order email phone nationality birth_date sort_key"
    " created_at updated_at"
)
LEG = (
    "id trip_id org_id position from_airport to_airport departs_local arrives_local departs_at arrives_at"
    " aircraft tail"
)


async def store_organisations(connection: Any, region: str, orgs: Orgs, at: datetime) -> None:
    """Write the organisations, as if they had come at `at`."""
    rows = [(orgs[o.key], region, o.name, o.country, o.locale, at) for o in organisations_of(region)]
    await copy_rows(connection, "organisation", "id region name country locale created_at", rows)


async def store_passengers(
    connection: Any, orgs: Orgs, people: Sequence[SealedPerson], joined: Joined
) -> None:
    """Write passengers with their envelopes and masks."""
    await copy_rows(connection, "passenger", PASSENGER, [_passenger(orgs, p, joined) for p in people])
    await _store_papers(connection, orgs, people, joined)
    await _store_cards(connection, orgs, people, joined)
    await _store_banks(connection, orgs, people, joined)


async def store_trips(connection: Any, orgs: Orgs, trips: Sequence[DemoTrip]) -> None:
    """Write trips, their legs and who is aboard."""
    rows = [(t.id, orgs[t.org], t.reference, t.state, t.created_at) for t in trips]
    await copy_rows(connection, "trip", "id org_id reference state created_at", rows)
    await copy_rows(connection, "leg", LEG, [row for trip in trips for row in _legs(orgs, trip)])
    seats = [
        (new_id(), leg.id, trip.id, person, orgs[trip.org])
        for trip in trips
        for leg in trip.legs
        for person in leg.passengers
    ]
    await copy_rows(connection, "leg_passenger", "id leg_id trip_id passenger_id org_id", seats)


async def store_keys(connection: Any, orgs: Orgs, people: Sequence[SealedPerson], joined: Joined) -> None:
    """Write the key store: subjects, their wrapped keys, and whose each sealed row is."""
    subjects = [(p.person.id, orgs[p.person.org], joined[p.person.id]) for p in people]
    await copy_rows(connection, "subject", "id org_id created_at", subjects)
    keys = [
        (key.id, p.person.id, key.key_class, key.kek_id, key.wrapped, joined[p.person.id])
        for p in people
        for key in p.keys
    ]
    await copy_rows(connection, "subject_key", "id subject_id class kek_id dek created_at", keys)
    rows = {(value.row, p.person.id): None for p in people for value in p.values.values()}
    await copy_rows(connection, "sealed_row", "id subject_id", rows)


def _passenger(orgs: Orgs, sealed: SealedPerson, joined: Joined) -> tuple[Any, ...]:
    person, name, at = sealed.person, sealed.person.name, joined[sealed.person.id]
    who = (person.id, orgs[person.org], name.given, name.family, name.native, name.order)
    contact = (person.email, person.phone, name.state)
    return (*who, *contact, sealed.envelope("birth_date", person.id), person.sort_key, at, at)


async def _store_papers(connection: Any, orgs: Orgs, people: Sequence[SealedPerson], joined: Joined) -> None:
    rows, masks = [], []
    for sealed in people:
        person, org = sealed.person, orgs[sealed.person.org]
        for paper in person.papers:
            value = sealed.values[f"{paper.kind}.number", paper.id]
            about = (paper.kind, paper.issuing_state, paper.expires_on)
            rows.append((paper.id, person.id, org, *about, value.envelope, joined[person.id]))
            masks.append((paper.id, person.id, org, value.mask))
    columns = "id passenger_id org_id kind issuing_state expires_on number created_at"
    await copy_rows(connection, "travel_document", columns, rows)
    await copy_rows(connection, "document_mask", "id passenger_id org_id mask", masks)


async def _store_cards(connection: Any, orgs: Orgs, people: Sequence[SealedPerson], joined: Joined) -> None:
    rows, masks = [], []
    for sealed in people:
        person, org = sealed.person, orgs[sealed.person.org]
        for card in person.cards:
            number = sealed.values["card.number", card.id]
            rest = (sealed.envelope("card.expiry", card.id), sealed.envelope("card.holder", card.id))
            rows.append((card.id, person.id, org, number.envelope, *rest, joined[person.id]))
            masks.append((card.id, person.id, org, number.label, number.mask))
    await copy_rows(
        connection, "payment_card", "id passenger_id org_id number expiry holder created_at", rows
    )
    await copy_rows(connection, "card_mask", "id passenger_id org_id brand mask", masks)


async def _store_banks(connection: Any, orgs: Orgs, people: Sequence[SealedPerson], joined: Joined) -> None:
    rows, masks = [], []
    for sealed in people:
        person, org = sealed.person, orgs[sealed.person.org]
        for bank in person.banks:
            iban = sealed.values["iban", bank.id]
            bic = sealed.envelope("bic", bank.id)
            rows.append((bank.id, person.id, org, iban.envelope, bic, joined[person.id]))
            masks.append((bank.id, person.id, org, iban.label, iban.mask))
    await copy_rows(connection, "bank_account", "id passenger_id org_id iban bic created_at", rows)
    await copy_rows(connection, "iban_mask", "id passenger_id org_id country mask", masks)


def _legs(orgs: Orgs, trip: DemoTrip) -> Iterable[tuple[Any, ...]]:
    for position, leg in enumerate(trip.legs, 1):
        times = leg.times
        clocks = (times.departs_local, times.arrives_local, times.departs_at, times.arrives_at)
        way = (position, leg.origin, leg.destination)
        yield (leg.id, trip.id, orgs[trip.org], *way, *clocks, trip.aircraft.type, trip.aircraft.tail)


async def copy_rows(connection: Any, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows into a table by COPY."""
    await connection.copy_records_to_table(table, columns=columns.split(), records=rows)
